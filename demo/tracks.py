"""What the demo tutor shows and plays: a clock with moving discs, and a quiet melody."""

from __future__ import annotations

import asyncio
import math
import time
from array import array
from datetime import datetime
from fractions import Fraction

from aiortc import MediaStreamTrack
from av import AudioFrame, VideoFrame

from demo.canvas import Canvas, Color

WIDTH, HEIGHT = 640, 360
FRAME_RATE = 15
VIDEO_CLOCK = 90_000
SAMPLE_RATE = 48_000
FRAME_SAMPLES = SAMPLE_RATE // 50
NOTES_HZ = (262, 330, 392, 440, 523, 440, 392, 330)
NOTE_S = 0.5
LOUDNESS = 0.06

NIGHT: Color = (34, 140, 122)
SHADE: Color = (50, 142, 120)
CHALK: Color = (225, 126, 130)
SUN: Color = (180, 60, 160)
LEAF: Color = (140, 100, 80)
ROSE: Color = (130, 120, 190)


class _Paced(MediaStreamTrack):
    """Hands out frames at their times, and skips what it has no time for."""

    def __init__(self) -> None:
        super().__init__()
        self._started: float | None = None
        self._number = -1

    async def _next(self, per_second: float) -> int:
        now = time.monotonic()
        if self._started is None:
            self._started = now
        self._number = max(self._number + 1, math.floor((now - self._started) * per_second))
        await asyncio.sleep(max(0.0, self._started + self._number / per_second - now))
        return self._number


class Picture(_Paced):
    """The time of day, a second hand made of a bar, three discs that swing."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._background = Canvas(WIDTH, HEIGHT, NIGHT)
        for stripe in range(0, WIDTH, 80):
            self._background.rectangle(stripe, 0, 40, HEIGHT, SHADE)

    async def recv(self) -> VideoFrame:
        number = await self._next(FRAME_RATE)
        frame = draw(self._background, datetime.now(), number / FRAME_RATE).frame()
        frame.pts = number * VIDEO_CLOCK // FRAME_RATE
        frame.time_base = Fraction(1, VIDEO_CLOCK)
        return frame


def draw(background: Canvas, clock: datetime, seconds: float) -> Canvas:
    """The picture at this time of day, ``seconds`` after the start."""
    canvas = background.copy()
    for color, pace, radius in ((SUN, 0.9, 34), (LEAF, 0.7, 26), (ROSE, 1.3, 20)):
        swing = math.sin(seconds * pace * 2)
        canvas.disc(WIDTH / 2 + swing * (WIDTH / 2 - 50), 285 - 60 * abs(math.cos(seconds * pace)), radius, color)
    left = 74.0
    for character in f"{clock:%H:%M:%S}":
        if character == ":":
            canvas.disc(left + 8, 90, 6, CHALK)
            canvas.disc(left + 8, 130, 6, CHALK)
            left += 34
        else:
            canvas.digit(int(character), left, 55, 54, CHALK)
            left += 72
    canvas.rectangle(0, HEIGHT - 8, WIDTH * (clock.second + clock.microsecond / 1e6) / 60, 8, SUN)
    return canvas


class Melody(_Paced):
    """Eight soft notes, over and over."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._samples = melody()

    async def recv(self) -> AudioFrame:
        number = await self._next(SAMPLE_RATE / FRAME_SAMPLES)
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        at = number * FRAME_SAMPLES % len(self._samples)
        frame.planes[0].update(self._samples[at : at + FRAME_SAMPLES].tobytes())
        frame.pts = number * FRAME_SAMPLES
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        return frame


def melody() -> array[int]:
    """One round of the notes, as 16-bit samples: a whole number of frames."""
    samples = array("h")
    for pitch in NOTES_HZ:
        for number in range(round(NOTE_S * SAMPLE_RATE)):
            at = number / SAMPLE_RATE
            envelope = min(1.0, at / 0.02) * math.exp(-3 * at) * min(1.0, (NOTE_S - at) / 0.02)
            samples.append(round(32767 * LOUDNESS * envelope * math.sin(2 * math.pi * pitch * at)))
    return samples
