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
_ALONE_SHARE: Final = 0.9
"""Sound with redundancy may take so much of a line that has nothing else to carry …"""
_SHARE: Final = 0.4
"""… and so much of one that carries pictures, too."""
_KEEP: Final = 1.2
"""Redundancy is kept while it takes no more than so many times its share: estimates are noisy."""


class AudioForm(StrEnum):
    PLAIN = "plain"
    REDUNDANT = "redundant"
    MERGED = "merged"
    MERGED_REDUNDANT = "merged-redundant"


_REDUNDANT: Final = (AudioForm.REDUNDANT, AudioForm.MERGED_REDUNDANT)
_COPIES: Final = {
    AudioForm.PLAIN: 1,
    AudioForm.REDUNDANT: 3,
    AudioForm.MERGED: 1,
    AudioForm.MERGED_REDUNDANT: 2,
}
_HEADERS_BPS: Final = {
    AudioForm.PLAIN: 14_400,
    AudioForm.REDUNDANT: 18_000,
    AudioForm.MERGED: 5_400,
    AudioForm.MERGED_REDUNDANT: 6_000,
}
"""Of RTP, its extensions and SRTP, and of what joins the pieces: 50 packets a second, merged a third of that."""


def form_bps(form: AudioForm, voice_bps: int) -> int:
    """What a voice takes in this form, as lines count it: without IP and UDP headers. ``voice_bps``: of Opus."""
    return _COPIES[form] * voice_bps + _HEADERS_BPS[form]


def needed_bps(reception: Reception, form: AudioForm, voices_bps: int) -> int:
    """What a line has to carry for ``form`` with redundancy to be chosen; 0 for one without."""
    if form not in _REDUNDANT:
        return 0
    return round(voices_bps / (_ALONE_SHARE if reception is Reception.AUDIO else _SHARE))


def audio_form(
    reception: Reception,
    *,
    loss: float,
    rtt_s: float | None,
    repeats: bool,
    estimate_bps: int,
    voice_bps: int,
    voices: int,
    current: AudioForm,
) -> AudioForm:
    """The form for a line that loses ``loss`` (0 to 1) of its packets.

    ``repeats``: the subscriber asks again for lost audio (NACK), which is cheaper than redundancy where the round
    trip allows. ``voice_bps``: of Opus, of each of ``voices``. Redundancy is kept until the line is clean.
    """
    merged = reception in (Reception.SLIDES, Reception.AUDIO)
    plain, redundant = (
        (AudioForm.MERGED, AudioForm.MERGED_REDUNDANT) if merged else (AudioForm.PLAIN, AudioForm.REDUNDANT)
    )
    was_redundant = current in _REDUNDANT
    if loss < (_CLEAN if was_redundant else _LOSSY):
        return plain
    if repeats and rtt_s is not None and rtt_s < _SLOW_S and loss < _REPEATABLE:
        return plain
    needed = needed_bps(reception, redundant, voices * form_bps(redundant, voice_bps))
    return redundant if estimate_bps * (_KEEP if was_redundant else 1.0) >= needed else plain
