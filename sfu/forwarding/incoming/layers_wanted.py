"""Which layers a publisher need send: those that somebody takes or waits for.

A layer is wanted at once, and not wanted any more when nobody took it for `LINGER_S`: people come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sfu.forwarding.incoming.offers import is_aimed_at
from sfu.messages import LayersWanted

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.incoming.track import Track

LINGER_S: Final = 5.0


class LayersWantedWatch:
    """What the publishers of one session were told."""

    __slots__ = ("_session_id", "_told", "_wanted_at")

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._told: dict[Track, list[str]] = {}
        self._wanted_at: dict[Layer, float] = {}

    def changes(self, tracks: Iterable[Track], now: float) -> list[LayersWanted]:
        """What to tell. ``tracks``: all that are published here now; one that comes (again) sends all it has."""
        told = self._told
        events: list[LayersWanted] = []
        known: dict[Track, list[str]] = {}
        for track in tracks:
            if track.kind == "audio":
                continue
            wanted = [layer.rid for layer in track.layers if self._lingers(layer, track not in told, now)]
            if told.get(track) != wanted:
                events.append(
                    LayersWanted(
                        session_id=self._session_id,
                        participant_id=track.participant_id,
                        source=track.source,
                        layers=wanted,
                    )
                )
            known[track] = wanted
        if len(known) < len(told) or known.keys() != told.keys():
            self._wanted_at = {layer: at for layer, at in self._wanted_at.items() if layer.track in known}
        self._told = known
        return events

    def _lingers(self, layer: Layer, fresh: bool, now: float) -> bool:
        if fresh or is_aimed_at(layer):
            self._wanted_at[layer] = now
            return True
        return now < self._wanted_at[layer] + LINGER_S
