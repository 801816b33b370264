"""A voice for a browser's fake microphone: syllables with pitch, formants and hiss, and pauses between them."""

from __future__ import annotations

import math
import random
import wave
from array import array
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

RATE = 16_000
_FORMANTS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (640, 1190, 2390))
"""Hz, of five vowels."""
_BANDWIDTH = 90.0


def write_voice(path: Path, *, seconds: float = 10.0, pause_s: float = 0.5) -> None:
    """A WAV file, 16 kHz mono. ``pause_s``: how long the pause after each sentence of some two seconds is."""
    source = random.Random(1)
    samples: list[float] = []
    while len(samples) < seconds * RATE:
        for _ in range(9):
            samples += _syllable(source)
        samples += [0.0] * int(pause_s * RATE)
    peak = max(map(abs, samples))
    _write(path, (round(20_000 * sample / peak) for sample in samples))


def write_silence(path: Path, *, seconds: float = 400.0) -> None:
    """A quiet room in which somebody spoke first: a WAV file with a voice and then the faintest noise.

    Without the voice an encoder would not know that the noise is none (DTX)."""
    write_voice(path, seconds=4.0)
    with wave.open(str(path), "rb") as file:
        voice = array("h", file.readframes(file.getnframes()))
    source = random.Random(1)
    _write(path, chain(voice, (source.randint(-2, 2) for _ in range(int(seconds * RATE)))))


def _write(path: Path, samples: Iterable[int]) -> None:
    sound = array("h", samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())


def _syllable(source: random.Random) -> list[float]:
    """A consonant's hiss and a vowel, about a quarter of a second."""
    hiss = int(source.uniform(0.02, 0.06) * RATE)
    vowel = int(source.uniform(0.14, 0.22) * RATE)
    pitch = source.uniform(100, 140)
    phase, glottal = 0.0, []
    for index in range(vowel):
        phase += pitch * (1 + 0.1 * math.sin(2 * math.pi * index / vowel)) / RATE
        glottal.append(1.0 if int(phase) != int(phase - pitch / RATE) else 0.0)
    sound = [source.gauss(0, 0.02) for _ in range(hiss)]
    voiced = glottal
    for frequency in source.choice(_FORMANTS):
        voiced = _resonate(voiced, frequency)
    return sound + [sample * min(1.0, index / 400, (vowel - index) / 600) for index, sample in enumerate(voiced)]


def _resonate(samples: list[float], frequency: float) -> list[float]:
    """A second-order resonance."""
    radius = math.exp(-math.pi * _BANDWIDTH / RATE)
    first = 2 * radius * math.cos(2 * math.pi * frequency / RATE)
    gain = 1 - radius
    out: list[float] = []
    one = two = 0.0
    for sample in samples:
        one, two = gain * sample + first * one - radius * radius * two, one
        out.append(one)
    return out
