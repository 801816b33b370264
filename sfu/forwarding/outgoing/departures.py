"""What waits to leave a worker: packets of the batch that is being read, and packets that the pacer holds back.

One for all sessions of a worker, which says when: `flush` after each batch it read, `release` every
`RELEASE_INTERVAL_S` while ``holding``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sfu.forwarding.drops import Drops
from sfu.forwarding.outgoing.fanout import flush

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.outgoing.line import Line

RELEASE_INTERVAL_S: Final = 0.005

log = logging.getLogger(__name__)


class Departures:
    """``drops``: where what cannot leave is counted."""

    __slots__ = ("_layers", "_lines", "_on_hold", "_segmentation_refused", "drops")

    def __init__(self, drops: Drops, on_hold: Callable[[], None] | None = None) -> None:
        """``on_hold`` is called when a line begins to hold packets back and none did before."""
        self.drops = drops
        self._on_hold = on_hold
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

    def flush(self, now: float) -> None:
        """The batch ended: what came with it leaves, sound first."""
        layers = self._layers
        if not layers:
            return
        self._layers = []
        if len(layers) > 1:
            layers.sort(key=_sound_first)
        for layer in layers:
            flush(layer, now)

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


def _sound_first(layer: Layer) -> bool:
    return layer.kind == "video"
