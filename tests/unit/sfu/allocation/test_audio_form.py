"""In which form the sound goes to a subscriber."""

from __future__ import annotations

import pytest

from sfu.allocation.audio import AudioForm, audio_form
from sfu.messages import Reception

PLAIN, REDUNDANT = AudioForm.PLAIN, AudioForm.REDUNDANT
MERGED, MERGED_REDUNDANT = AudioForm.MERGED, AudioForm.MERGED_REDUNDANT


def form(
    loss: float,
    *,
    reception: Reception = Reception.FULL,
    rtt_s: float | None = 0.3,
    repeats: bool = True,
    estimate_bps: int = 1_000_000,
    voice_bps: int = 24_000,
    current: AudioForm = PLAIN,
) -> AudioForm:
    return audio_form(
        reception,
        loss=loss,
        rtt_s=rtt_s,
        repeats=repeats,
        estimate_bps=estimate_bps,
        voice_bps=voice_bps,
        voices=1,
        current=current,
    )


def test_a_clean_line_gets_the_sound_as_it_came() -> None:
    assert form(0.0) is PLAIN


def test_a_lossy_line_with_a_long_round_trip_gets_redundancy() -> None:
    assert form(0.05) is REDUNDANT


def test_where_the_round_trip_allows_lost_packets_are_repeated_instead() -> None:
    assert form(0.05, rtt_s=0.05) is PLAIN
    assert form(0.05, rtt_s=0.05, repeats=False) is REDUNDANT
    assert form(0.12, rtt_s=0.05) is REDUNDANT, "too many repeats would be lost again"


def test_a_line_that_carries_the_sound_only_once_gets_no_more() -> None:
    assert form(0.05, estimate_bps=80_000) is PLAIN


def test_merged_on_the_step_for_sound_alone() -> None:
    assert form(0.0, reception=Reception.AUDIO) is MERGED
    assert form(0.09, reception=Reception.AUDIO, estimate_bps=150_000) is MERGED_REDUNDANT


def test_on_the_step_for_slides_the_sound_leaves_them_more_room() -> None:
    assert form(0.0, reception=Reception.SLIDES) is MERGED


def test_redundancy_alone_on_a_line_may_take_nearly_all_of_it() -> None:
    """What counts is what this voice takes, merged: twice 24 kbit/s and few headers go over 61 kbit/s."""

    def alone(estimate_bps: int, voice_bps: int, current: AudioForm = MERGED) -> AudioForm:
        return form(
            0.09, reception=Reception.AUDIO, estimate_bps=estimate_bps, voice_bps=voice_bps, current=current
        )

    assert alone(61_000, 24_000) is MERGED_REDUNDANT
    assert alone(58_000, 24_000) is MERGED
    assert alone(58_000, 24_000, MERGED_REDUNDANT) is MERGED_REDUNDANT, "kept while the estimate wavers"
    assert alone(61_000, 32_000) is MERGED
    assert form(0.09, reception=Reception.SLIDES, estimate_bps=61_000, current=MERGED) is MERGED


@pytest.mark.parametrize(("loss", "kept"), [(0.02, True), (0.005, False)])
def test_redundancy_stays_until_the_line_is_clean(loss: float, kept: bool) -> None:
    assert (form(loss, current=REDUNDANT) is REDUNDANT) is kept
