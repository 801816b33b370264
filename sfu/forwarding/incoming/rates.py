"""How much a layer sends, by temporal layer, over the last second."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_S: Final = 1.0
OVERHEAD: Final = 36
"""Bytes of a packet on the wire around its payload: RTP header with the transport-wide number, SRTP tag."""


class Rates:
    """``octets``: sent so far, by temporal layer; the hot path adds to it, `OVERHEAD` a packet included."""

    __slots__ = ("_samples", "octets")

    def __init__(self) -> None:
        self.octets = [0, 0, 0, 0]
        self._samples: deque[tuple[float, tuple[int, ...]]] = deque()

    def sample(self, now: float) -> None:
        """Call it a few times a second."""
        samples = self._samples
        samples.append((now, tuple(self.octets)))
        while len(samples) > 2 and samples[1][0] <= now - WINDOW_S:
            samples.popleft()

    def restart(self) -> None:
        """What came before does not tell how much comes now."""
        self._samples.clear()

    def bps(self) -> tuple[int, ...]:
        """bit/s of the layers up to each temporal layer; empty while there is no second to go by."""
        samples = self._samples
        if len(samples) < 2 or samples[-1][0] - samples[0][0] < WINDOW_S / 2:
            return ()
        (start, before), (end, after) = samples[0], samples[-1]
        cumulative: list[int] = []
        total = 0
        for earlier, later in zip(before, after, strict=True):
            total += later - earlier
            cumulative.append(round(total * 8 / (end - start)))
        while len(cumulative) > 1 and cumulative[-1] == cumulative[-2]:
            cumulative.pop()
        return tuple(cumulative)
