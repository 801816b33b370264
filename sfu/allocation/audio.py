"""In which form a subscriber gets the sound: as it came, with redundancy, merged for a narrow line, or both."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sfu.messages import Reception

_LOSSY: Final = 0.03
_CLEAN: Final = 0.01
_SLOW_S: Final = 0.150
"""With a longer round trip a repeated packet comes after its sound was due."""
_REPEATABLE: Final = 0.10
"""Losing more than this, too many of the repeated packets are lost again."""
_SPARE: Final = 2.5
"""Redundancy doubles the sound; a line takes that when it carries this many times the plain sound."""


class AudioForm(StrEnum):
    PLAIN = "plain"
    REDUNDANT = "redundant"
    MERGED = "merged"
    MERGED_REDUNDANT = "merged-redundant"


def audio_form(
    reception: Reception,
    *,
    loss: float,
    rtt_s: float | None,
    repeats: bool,
    estimate_bps: int,
    audio_bps: int,
    current: AudioForm,
) -> AudioForm:
    """The form for a line that loses ``loss`` (0 to 1) of its packets.

    ``repeats``: the subscriber asks again for lost audio (NACK), which is cheaper than redundancy where the round
    trip allows. ``audio_bps``: of what it hears in plain form. Redundancy is kept until the line is clean.
    """
    merged = reception is Reception.AUDIO
    was_redundant = current in (AudioForm.REDUNDANT, AudioForm.MERGED_REDUNDANT)
    lossy = loss >= (_CLEAN if was_redundant else _LOSSY)
    repeatable = repeats and rtt_s is not None and rtt_s < _SLOW_S and loss < _REPEATABLE
    redundant = lossy and not repeatable and estimate_bps >= _SPARE * audio_bps
    if merged:
        return AudioForm.MERGED_REDUNDANT if redundant else AudioForm.MERGED
    return AudioForm.REDUNDANT if redundant else AudioForm.PLAIN
