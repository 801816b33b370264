"""Invites: links that let people into a course, guests by their name alone, students with their account.

The page of the web client is ``/invite/{token}``. A guest's token opens the course of the invite and no other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Cursor, Id, Limit, Name, Role, Wire
from signaling.protocol.rest import Route

InviteRole = Literal["guest", "student"]


class Invite(Wire, frozen=True, kw_only=True):
    """``maxUses`` null: as many as come. ``revokedAt``: nobody else is let in; who is in stays."""

    id: str
    course_id: str
    live_class_id: str | None
    role: InviteRole
    label: str
    token: str
    expires_at: datetime
    max_uses: int | None
    uses: int
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


class CreateInvite(Wire, frozen=True, kw_only=True):
    """``liveClassId``: the invite leads to that class and ends with it. ``expiresAt`` left out:
    ``accounts.invite_days`` from now, and at most a year."""

    role: InviteRole = "guest"
    label: Annotated[str, Meta(max_length=100)] = ""
    live_class_id: Id | None = None
    expires_at: datetime | None = None
    max_uses: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class InviteQuery(Wire, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class InviteList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[Invite]
    next_cursor: str | None


class InviteInfo(Wire, frozen=True, kw_only=True):
    """What somebody with the link may know before they accept. ``tutors``: the first of them, by name. What is
    about the class is null in an invite to a course; ``startedAt`` is null while the class does not run."""

    course_title: str
    live_class_title: str | None
    role: InviteRole
    tutors: list[str]
    scheduled_at: datetime | None
    duration_minutes: int | None
    started_at: datetime | None


class AcceptInvite(Wire, frozen=True, kw_only=True):
    """``name`` is a guest's; those who are signed in come with theirs."""

    name: Name | None = None


class InviteAccepted(Wire, frozen=True, kw_only=True):
    """``token`` and ``expiresAt`` are a guest's; null for those who are signed in, whose own token opens the
    course now. ``role`` is what one is in the course, which for a member stays what it was."""

    user_id: str
    course_id: str
    live_class_id: str | None
    role: Role
    token: str | None
    expires_at: datetime | None


_OF_COURSE = "/api/v1/courses/{id}/invites"
_ONE = "/api/v1/invites/{token}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="create-invite",
        method="POST",
        path=_OF_COURSE,
        who="tutor",
        doc="Make an invite.",
        body=CreateInvite,
        answer=Invite,
        status=201,
        errors=("forbidden", "not_found", "wrong_status"),
    ),
    Route(
        operation="list-invites",
        method="GET",
        path=_OF_COURSE,
        who="tutor",
        doc="The invites of a course, also those that do not work any more.",
        query=InviteQuery,
        answer=InviteList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="revoke-invite",
        method="DELETE",
        path=f"{_OF_COURSE}/{{inviteId}}",
        who="tutor",
        doc="Let nobody else in by this invite.",
        errors=("forbidden", "not_found"),
        status=204,
    ),
    Route(
        operation="get-invite",
        method="GET",
        path=_ONE,
        who="who has the link",
        doc="What the invite leads to, while it works.",
        answer=InviteInfo,
        errors=("not_found", "invite_expired", "invite_used_up", "invite_revoked"),
        public=True,
    ),
    Route(
        operation="accept-invite",
        method="POST",
        path=f"{_ONE}/accept",
        who="who has the link, signed in or, for a guest's, not",
        doc="Come in. With the token of an account that is enrolled, else a guest is made.",
        body=AcceptInvite,
        answer=InviteAccepted,
        errors=("unauthorized", "forbidden", "not_found", "invite_expired", "invite_used_up", "invite_revoked"),
        public=True,
    ),
)
