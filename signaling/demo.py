"""A demo class for the first run: one tutor link and one student link."""

from __future__ import annotations

from datetime import datetime, timedelta

from signaling.errors import AlreadyExists
from signaling.store.repository import Store
from signaling.tokens import Principal, Tokens

COURSE_ID = "demo"
LIVE_CLASS_ID = "demo"

TUTOR = Principal(user_id="demo-tutor", name="Tutor", role="tutor", course_id=COURSE_ID)
STUDENT = Principal(user_id="demo-student", name="Student", role="student", course_id=COURSE_ID)


async def ensure_live_class(store: Store, now: datetime) -> None:
    """Plan the demo class when there is none."""
    try:
        await store.create_live_class(LIVE_CLASS_ID, COURSE_ID, "Demo class", now)
    except AlreadyExists:
        return


def link(url: str, token: str, live_class_id: str = LIVE_CLASS_ID) -> str:
    """A link that joins. The token is in the fragment, so that it never reaches a server's log."""
    return f"{url}/class/{live_class_id}#token={token}"


def links(url: str, tokens: Tokens, now: datetime, lifetime: timedelta) -> str:
    """Both links, ready to print."""
    tutor = link(url, tokens.issue(TUTOR, now, lifetime))
    student = link(url, tokens.issue(STUDENT, now, lifetime))
    return f"\n  Tutor:   {tutor}\n\n  Student: {student}\n"
