"""A track: one published mic, camera or screen, as one or more layers of the same picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfu.forwarding.incoming.audio_forms import AudioForms
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.offers import offers

if TYPE_CHECKING:
    from sfu.allocation.allocator import LayerOffer
    from sfu.messages import Kind, Source


class Track:
    """What one participant sends from one source. ``layers``: the lowest first, at least one.

    ``on``: it may be forwarded; packets of any other are dropped on entry.
    """

    __slots__ = ("forms", "kind", "layers", "on", "participant_id", "source")

    def __init__(self, participant_id: str, source: Source, rids: tuple[str, ...] = ()) -> None:
        """``rids``: of its simulcast layers, the lowest first; without any there is one layer with rid ""."""
        self.participant_id = participant_id
        self.source = source
        self.kind: Kind = source.kind
        self.on = False
        self.layers = [Layer(self, rid) for rid in rids or ("",)]
        self.forms = AudioForms(self.layers[0]) if self.kind == "audio" else None
        """The forms in which a microphone can be sent; None for pictures."""

    def layer(self, rid: str) -> Layer | None:
        """The layer of this RTP stream id; None when it was not negotiated."""
        for layer in self.layers:
            if layer.rid == rid:
                return layer
        return None

    def offers(self, now: float) -> tuple[LayerOffer, ...]:
        """What its layers offer to those who share out a line; the lowest first."""
        return offers(self, now)

    def close(self) -> None:
        """Let go of everything: what was cached is given back at once, not when the garbage collector comes by."""
        self.stop()
        for layer in self.layers:
            layer.cache.clear()
        self.layers.clear()
        self.forms = None

    def stop(self) -> None:
        """Let go of every slot."""
        for layer in self.layers:
            layer.stop()
        if self.forms is not None:
            self.forms.stop()
