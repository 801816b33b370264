"""Is the event loop in time?"""

from __future__ import annotations

import pytest

from signaling.vitals import Vitals


def test_stalls_are_counted_and_the_longest_of_a_minute_is_known(caplog: pytest.LogCaptureFixture) -> None:
    clock = [0.0]
    vitals = Vitals(lambda: clock[0])
    assert (vitals.stalls, vitals.longest_stall_s) == (0, 0.0)
    for clock[0], late in ((1.0, 0.01), (2.0, 0.3), (2.5, 0.06), (30.0, 0.1), (50.0, 0.02)):
        vitals.late(late)
    assert (vitals.stalls, vitals.longest_stall_s) == (3, 0.3)
    # not one line for each when there are many
    assert [record.getMessage() for record in caplog.records] == [
        "the event loop stood still for 300 ms",
        "the event loop stood still for 100 ms",
    ]
    clock[0] = 62.5
    assert vitals.longest_stall_s == 0.1
    clock[0] = 95.0
    assert vitals.longest_stall_s == 0.02
    clock[0] = 200.0
    assert (vitals.stalls, vitals.longest_stall_s) == (3, 0.0)
