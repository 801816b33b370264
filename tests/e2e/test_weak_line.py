"""A line becomes weak, and then so weak that only sound is left: that is known soon, and the sound goes on.

All kinds of lines, from a good one and for longer, are measured by `bench.lines`.
"""

from pathlib import Path

import pytest

from bench.lines import PROFILES, REACH_S, Row, WeakClass, weak_class
from tests.support.listening import heard

pytestmark = [pytest.mark.netns, pytest.mark.long, pytest.mark.alone]

WATCH_S = REACH_S + 8
PROFILE = {profile.name: profile for profile in PROFILES}


async def _watched(room: WeakClass, name: str) -> tuple[Row, float]:
    """What came of it, and the longest gap in the sound once the step was found, in ms, that is not the machine's
    doing."""
    row = await room.watch(PROFILE[name], WATCH_S, settle_s=1)
    assert room.other is not None
    on_a_good_line = await heard(room.other.tab)
    assert row.lost > 0.3 * PROFILE[name].down.loss, "the line lost too little to prove anything"
    assert row.sound.loud > 0, "nothing was heard"
    return row, row.sound.longest_gap_ms - on_a_good_line.longest_gap_ms - 1000 * row.held_up_s


async def test_a_voice_is_left_on_the_weakest_line(tmp_path: Path) -> None:
    async with weak_class(tmp_path, beside=True) as room:
        poor, gap_ms = await _watched(room, "poor")
        assert gap_ms < 300, poor.sound.gaps
        emergency, gap_ms = await _watched(room, "emergency")
        assert emergency.kbps < 1.2 * emergency.profile.down.rate_bps / 1000, "the line carried too much"
        assert emergency.step_at(REACH_S + emergency.held_up_s) == "audio", emergency.steps
        assert gap_ms < 1000, emergency.sound.gaps
