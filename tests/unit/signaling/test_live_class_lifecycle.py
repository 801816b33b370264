"""The state machine of live classes, every state with every act."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from signaling.errors import AlreadyLive, NotLive, Refusal, WrongStatus
from signaling.protocol.live_classes import LiveClassStatus
from signaling.services.classes.lifecycle import Act, transition
from tests.unit.signaling.rooms_support import LIVE_CLASS

EXPECTED: dict[tuple[LiveClassStatus, Act], LiveClassStatus | type[Refusal]] = {
    ("scheduled", "start"): "live",
    ("scheduled", "end"): NotLive,
    ("scheduled", "cancel"): "cancelled",
    ("live", "start"): AlreadyLive,
    ("live", "end"): "ended",
    ("live", "cancel"): AlreadyLive,
    ("ended", "start"): "live",
    ("ended", "end"): NotLive,
    ("ended", "cancel"): WrongStatus,
    ("cancelled", "start"): WrongStatus,
    ("cancelled", "end"): NotLive,
    ("cancelled", "cancel"): WrongStatus,
}


def test_the_table_is_whole() -> None:
    assert set(EXPECTED) == {(s, a) for s in get_args(LiveClassStatus) for a in get_args(Act)}


@pytest.mark.parametrize(("status", "act"), EXPECTED)
def test_every_state_with_every_act(status: LiveClassStatus, act: Act) -> None:
    live_class = msgspec.structs.replace(LIVE_CLASS, status=status, session_id="running")
    expected = EXPECTED[status, act]
    if isinstance(expected, str):
        assert transition(live_class, act) == expected
        return
    with pytest.raises(expected) as refused:
        transition(live_class, act)
    assert str(refused.value)
    if isinstance(refused.value, AlreadyLive):
        assert refused.value.session_id == "running"
