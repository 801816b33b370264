"""A connection itself: its token, the courses it follows, and why it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Id, Role, Wire


class RenewToken(Wire, frozen=True, kw_only=True):
    """A newer token of the same user, so that the connection may stay."""

    token: Annotated[str, Meta(min_length=1, max_length=16_384)]


class TokenRenewed(Wire, frozen=True, kw_only=True):
    expires_at: datetime


class JoinCourse(Wire, frozen=True, kw_only=True):
    """Hear what is announced in a course. Those one is enrolled in are followed from the start; this is for who
    left one with `leave-course`, for admins, and for tutors who want to hear a section of their course."""

    course_id: Id
    section_id: Id | None = None


class CourseJoined(Wire, frozen=True, kw_only=True):
    course_id: str
    section_id: str | None
    role: Role


class LeaveCourse(Wire, frozen=True, kw_only=True):
    """Hear no more from a course on this connection; nothing else changes."""

    course_id: Id


class TokenExpiring(Wire, frozen=True, kw_only=True):
    """To one connection, a minute before: send `renew-token`, or the connection ends then."""

    expires_at: datetime


class Closing(Wire, frozen=True, kw_only=True):
    """To one connection: the server closes it now. ``retryAfterMs``: come back after so long, by oneself; None:
    not without a new token."""

    reason: Literal["token-expired", "signed-out", "flood", "stopping", "moved"]
    message: str
    retry_after_ms: int | None
