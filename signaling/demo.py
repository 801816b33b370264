"""A demo class for the first run: one tutor link and one student link."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from signaling.errors import AlreadyExists
from signaling.identity import Principal
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.tokens import Tokens

COURSE_ID = "demo"
LIVE_CLASS_ID = "demo"

TUTOR = Principal(user_id="demo-tutor", name="Tutor", role="tutor", course_id=COURSE_ID)
STUDENT = Principal(user_id="demo-student", name="Student", role="student", course_id=COURSE_ID)


async def ensure_live_class(database: Database, now: datetime) -> None:
    """Plan the demo class when there is none."""
    with suppress(AlreadyExists):
        async with database.transaction() as tx:
            if not await CourseStore().exists(tx, COURSE_ID):
                await CourseStore().add(tx, COURSE_ID, "Demo course", now)
            await LiveClassStore().create(tx, LIVE_CLASS_ID, COURSE_ID, "Demo class", now)


def link(url: str, token: str, live_class_id: str = LIVE_CLASS_ID) -> str:
    """A link that joins. The token is in the fragment, so that it never reaches a server's log."""
    return f"{url}/class/{live_class_id}#token={token}"


def links(url: str, tokens: Tokens, now: datetime, lifetime: timedelta) -> str:
    """Both links, ready to print."""
    tutor = link(url, tokens.issue(TUTOR, now, lifetime))
    student = link(url, tokens.issue(STUDENT, now, lifetime))
    return f"\n  Tutor:   {tutor}\n\n  Student: {student}\n"
