"""What a synthetic tutor sends: VP8 and Opus with the sizes and the timing of a browser, but not to be played."""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from random import Random
from typing import Final, NamedTuple

from sfu.messages import Kind

FRAME_S: Final = 1 / 30
OPUS_FRAME_S: Final = 0.020
OPUS_BITRATE: Final = 32_000
MAX_PAYLOAD: Final = 1100
WIDTH: Final = 1280
HEIGHT: Final = 720
MIN_FRAME: Final = 60
KEYFRAME_FACTOR: Final = 8
"""How many times larger a keyframe is than a mean frame."""
PACING_FACTOR: Final = 2.5
PACING_BURST_S: Final = 0.040
"""A browser paces at 2.5 times the bitrate, in bursts of 40 ms: a frame leaves at once, a keyframe in several."""
STAMP: Final = struct.Struct("!Q")
"""The last eight bytes of each payload: the time of sending, in ns since 1970."""


class Unit(NamedTuple):
    """One RTP payload to send, without its stamp. ``layer`` counts from the lowest; sound has 0."""

    kind: Kind
    layer: int
    marker: bool
    timestamp: int
    payload: bytes


class MediaSource:
    """Sans-IO: `poll` returns what is to be sent at a moment, ``next_at`` is when to ask again (monotonic s)."""

    def __init__(self, *, bitrates: Sequence[int], random: Random, now: float) -> None:
        """``bitrates``: of the layers of the video, the lowest first, in bit/s."""
        self._bitrates = tuple(bitrates)
        self._bitrate = sum(bitrates)
        self.wanted = frozenset(range(len(bitrates)))
        """The layers that are encoded."""
        self._random = random
        self._noise = random.randbytes(4 * MAX_PAYLOAD)
        self._start = now
        self._next_audio = now
        self._next_frame = now
        self._frames = 0
        self._keyframes_wanted = set(self.wanted)
        self._paced: deque[Unit] = deque()
        self._budget = 0.0
        self._refilled = now
        self.keyframes = 0

    @property
    def next_at(self) -> float:
        waits = [self._next_audio, self._next_frame]
        if self._paced:
            waits.append(self._refilled + (-self._budget + 1) * 8 / (PACING_FACTOR * self._bitrate))
        return min(waits)

    def request_keyframe(self, layer: int) -> None:
        """The next frame of this layer is a keyframe."""
        self._keyframes_wanted.add(layer)

    def want(self, layers: Iterable[int]) -> None:
        """Encode these layers only; what is encoded anew begins with a keyframe."""
        wanted = frozenset(layers)
        self._keyframes_wanted |= wanted - self.wanted
        self.wanted = wanted

    def poll(self, now: float) -> list[Unit]:
        units: list[Unit] = []
        while self._next_audio <= now:
            units.append(self._audio())
            self._next_audio += OPUS_FRAME_S
        while self._next_frame <= now:
            self._frames += 1
            for layer in sorted(self.wanted):
                self._paced.extend(self._frame(layer))
            self._next_frame += FRAME_S
        rate = PACING_FACTOR * self._bitrate / 8
        self._budget = min(self._budget + (now - self._refilled) * rate, PACING_BURST_S * rate)
        self._refilled = now
        while self._paced and self._budget >= 0:
            unit = self._paced.popleft()
            self._budget -= len(unit.payload)
            units.append(unit)
        return units

    def _audio(self) -> Unit:
        size = int(OPUS_BITRATE / 8 * OPUS_FRAME_S * self._random.uniform(0.7, 1.3))
        return Unit("audio", 0, False, round((self._next_audio - self._start) * 48_000), self._bytes(size))

    def _frame(self, layer: int) -> list[Unit]:
        keyframe = layer in self._keyframes_wanted
        self._keyframes_wanted.discard(layer)
        self.keyframes += keyframe
        mean = self._bitrates[layer] / 8 * FRAME_S
        size = int(mean * (KEYFRAME_FACTOR if keyframe else self._random.uniform(0.6, 1.4)))
        size = max(size, MIN_FRAME)
        count = math.ceil(size / MAX_PAYLOAD)
        timestamp = round((self._next_frame - self._start) * 90_000)
        units: list[Unit] = []
        for index in range(count):
            head = _descriptor(self._frames, first=index == 0)
            if index == 0:
                head += self._keyframe_header(layer) if keyframe else b"\x01"
            payload = head + self._bytes(max(STAMP.size, size // count - len(head)))
            units.append(Unit("video", layer, index == count - 1, timestamp, payload))
        return units

    def _keyframe_header(self, layer: int) -> bytes:
        """Of a VP8 keyframe (RFC 6386 section 9.1); each layer has half the width and height of the one above."""
        shift = len(self._bitrates) - 1 - layer
        return b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", WIDTH >> shift, HEIGHT >> shift)

    def _bytes(self, size: int) -> bytes:
        start = self._random.randrange(len(self._noise) - size)
        return self._noise[start : start + size]


def _descriptor(frame: int, *, first: bool) -> bytes:
    """A VP8 payload descriptor with 15-bit picture id, TL0PICIDX and TID (RFC 7741 section 4.2)."""
    return struct.pack("!BBHBB", 0x90 if first else 0x80, 0xE0, 0x8000 | frame & 0x7FFF, frame & 0xFF, 0)
