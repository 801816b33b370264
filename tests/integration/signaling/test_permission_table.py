"""The table of permissions is what REST and sockets do: each role and action, allowed and denied."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from signaling.permissions import Action, Actor, CourseAction, GlobalAction, may
from tests.integration.signaling.harness import config, serving
from tests.integration.signaling.permission_attempts import ATTEMPTS, World

pytestmark = pytest.mark.integration

ACTIONS: set[Action] = {*get_args(CourseAction), *get_args(GlobalAction)}
STRANGER = ("forbidden", "not_found", "not_joined")
"""How somebody is refused who has no role in the course: what one may not see is not there."""


def test_every_action_has_an_attempt() -> None:
    assert {attempt.action for attempt in ATTEMPTS} == ACTIONS


@pytest.mark.parametrize("actor", get_args(Actor))
async def test_what_a_role_may_do_and_what_not(tmp_path: Path, database_url: str, actor: Actor) -> None:
    wrong = []
    async with serving(config(tmp_path, database_url)) as harness:
        world = await World.make(harness, actor)
        for attempt in ATTEMPTS:
            code = await attempt.do(world)
            allowed = may(actor, attempt.action)
            refusals = STRANGER if actor == "user" else attempt.refusals
            if code != "" if allowed else code not in refusals:
                name = getattr(attempt.do, "__name__", "")
                wrong.append(
                    f"{actor} {'may' if allowed else 'may not'} {attempt.action} ({attempt.over} {name}): {code!r}"
                )
    assert not wrong, "\n".join(wrong)
