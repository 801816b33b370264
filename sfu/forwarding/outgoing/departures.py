"""What waits to leave a worker: packets of the batch that is being read, and packets that the pacer holds back.

One for all sessions of a worker, which says when: `flush` after each batch it read, `release` every
`RELEASE_INTERVAL_S` while ``holding``. A picture is worth nothing without its last packet, so the packets of one
frame wait for one another for a moment: together they leave at half the cost.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sfu.forwarding.drops import Drops
from sfu.forwarding.outgoing.fanout import flush
from sfu.forwarding.outgoing.line import MAX_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.outgoing.line import Line

RELEASE_INTERVAL_S: Final = 0.005
GATHER_S: Final = 0.002
"""So long after its first packet came the rest of a frame is waited for."""
GATHER_SLOTS: Final = 8
"""With fewer slots there is nothing to be gained."""

log = logging.getLogger(__name__)


class Departures:
    """``drops``: where what cannot leave is counted."""

    __slots__ = (
        "_clock",
        "_gathering",
        "_layers",
        "_lines",
        "_on_gather",
        "_on_hold",
        "_segmentation_refused",
        "drops",
    )

    def __init__(
        self,
        drops: Drops,
        on_hold: Callable[[], None] | None = None,
        on_gather: Callable[[], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """``on_hold`` is called when a line begins to hold packets back and none did before; ``on_gather`` when
        `flush` with ``everything`` has to follow in `GATHER_S`: without it no frame is waited for. ``clock``:
        looked at while much leaves; without it all of it has the time of `flush`."""
        self.drops = drops
        self._clock = clock
        self._on_hold = on_hold
        self._on_gather = on_gather
        self._gathering = False
        self._layers: list[Layer] = []
        self._lines: dict[Line, None] = {}
        self._segmentation_refused = False

    @property
    def holding(self) -> bool:
        """Whether some line holds packets back."""
        return bool(self._lines)

    def add(self, layer: Layer) -> None:
        """A layer has packets that wait for the end of the batch."""
        self._layers.append(layer)

    def flush(self, now: float, *, everything: bool = False) -> None:
        """The batch ended: what came with it leaves, sound first, but for frames of which more is to come."""
        if everything:
            self._gathering = False
        layers = self._layers
        if not layers:
            return
        self._layers = []
        if len(layers) > 1:
            layers.sort(key=_sound_first)
        on_gather = None if everything else self._on_gather
        for layer in layers:
            if on_gather is None or not _unfinished(layer, now):
                flush(layer, now, self._clock)
                continue
            self._layers.append(layer)
            if not self._gathering:
                self._gathering = True
                on_gather()

    def hold(self, line: Line) -> None:
        """A line holds packets back."""
        if not self._lines and self._on_hold is not None:
            self._lines[line] = None
            self._on_hold()
        self._lines[line] = None

    def release(self, now: float) -> None:
        """Let the lines send what their pacers allow by now."""
        for line in list(self._lines):
            if not line.release(now):
                del self._lines[line]

    def segmentation_refused(self, error: OSError) -> None:
        """A line goes on without batches; said once."""
        if not self._segmentation_refused:
            self._segmentation_refused = True
            log.warning("the kernel takes no UDP_SEGMENT (%s): packets leave one by one, which costs more", error)


def _unfinished(layer: Layer, now: float) -> bool:
    """Whether the rest of a frame is worth waiting for."""
    pending = layer.pending
    if not pending or layer.kind == "audio" or len(layer.slots) < GATHER_SLOTS:
        return False
    last = pending[-1]
    return (
        not last.marker
        and not last.padding_only
        and now - pending[0].arrival < GATHER_S
        and len(pending) < MAX_SEGMENTS
    )


def _sound_first(layer: Layer) -> bool:
    return layer.kind == "video"
