"""People: accounts as admins see them, whom one wants nothing of, and the log of what was done to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from signaling.protocol.accounts import Email, Password, Provider, Username
from signaling.protocol.base import Cursor, Id, Limit, Name, Wire
from signaling.protocol.rest import Route

Reason = Annotated[str, Meta(max_length=500)]


class User(Wire, frozen=True, kw_only=True):
    """Anybody known here, as an admin sees them."""

    id: str
    name: str
    provider: Provider
    username: str | None
    email: str | None
    is_admin: bool
    is_blocked: bool
    created_at: datetime
    last_seen_at: datetime | None


class UserQuery(Wire, frozen=True, kw_only=True):
    """``search``: words, each of which is in the name, the username or the e-mail address."""

    search: Annotated[str, Meta(max_length=200)] = ""
    blocked: bool | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class UserList(Wire, frozen=True, kw_only=True):
    """By name."""

    items: list[User]
    next_cursor: str | None


class CreateUser(Wire, frozen=True, kw_only=True):
    """A local account, with a username, an e-mail address or both. Without ``password``: by a password link."""

    name: Name
    username: Username | None = None
    email: Email | None = None
    password: Password | None = None
    is_admin: bool = False


class ChangeUser(Wire, frozen=True, kw_only=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    is_admin: bool | UnsetType = UNSET


class BlockUser(Wire, frozen=True, kw_only=True):
    """``reason`` is for the audit log."""

    reason: Reason = ""


class PasswordLink(Wire, frozen=True, kw_only=True):
    """For `set-password`; shown once. The page of the web client is ``/set-password#token=…``."""

    token: str
    expires_at: datetime


class BlockedUser(Wire, frozen=True, kw_only=True):
    id: str
    name: str
    blocked_at: datetime


class BlockedUserQuery(Wire, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class BlockedUserList(Wire, frozen=True, kw_only=True):
    """Latest first."""

    items: list[BlockedUser]
    next_cursor: str | None


class AuditEntry(Wire, frozen=True, kw_only=True):
    """``target`` is the id of a user, or of whatever it was done to; ``details`` depends on ``action``. Names and
    titles are those of today, null where there is nothing of that id."""

    id: int
    at: datetime
    actor_id: str
    actor_name: str | None
    action: str
    target: str
    target_name: str | None
    course_id: str | None
    course_title: str | None
    details: dict[str, Any]


class AuditQuery(Wire, frozen=True, kw_only=True):
    course_id: Id | None = None
    actor_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    target: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    action: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AuditList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


_USERS = "/api/v1/users"
_ONE = f"{_USERS}/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-users",
        method="GET",
        path=_USERS,
        who="admin",
        doc="Everybody known here.",
        query=UserQuery,
        answer=UserList,
        errors=("forbidden",),
    ),
    Route(
        operation="create-user",
        method="POST",
        path=_USERS,
        who="admin",
        doc="Make a local account.",
        body=CreateUser,
        answer=User,
        status=201,
        errors=("forbidden", "already_exists"),
    ),
    Route(
        operation="get-user",
        method="GET",
        path=_ONE,
        who="admin",
        doc="One user.",
        answer=User,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="change-user",
        method="PATCH",
        path=_ONE,
        who="admin",
        doc="Rename a local account; make an account an admin, or no longer. One admin stays.",
        body=ChangeUser,
        answer=User,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="block-user",
        method="POST",
        path=f"{_ONE}/block",
        who="admin",
        doc="Keep somebody out: their tokens stop working and their connections are closed, at once.",
        body=BlockUser,
        answer=User,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="unblock-user",
        method="POST",
        path=f"{_ONE}/unblock",
        who="admin",
        doc="Let somebody in again.",
        answer=User,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="create-password-link",
        method="POST",
        path=f"{_ONE}/password-link",
        who="admin",
        doc="A one-time link with which somebody sets the password of their local account. Older ones end.",
        answer=PasswordLink,
        status=201,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="block-for-me",
        method="POST",
        path=f"{_ONE}/block-for-me",
        who="any user",
        doc="Want nothing of somebody one shares a course with: no direct messages, either way.",
        errors=("forbidden", "not_found"),
        status=204,
    ),
    Route(
        operation="unblock-for-me",
        method="DELETE",
        path=f"{_ONE}/block-for-me",
        who="any user",
        doc="Take that back.",
        status=204,
    ),
    Route(
        operation="list-blocked-for-me",
        method="GET",
        path="/api/v1/me/blocked-users",
        who="any user",
        doc="Whom one wants nothing of.",
        query=BlockedUserQuery,
        answer=BlockedUserList,
    ),
    Route(
        operation="list-audit-log",
        method="GET",
        path="/api/v1/audit-log",
        who="admin",
        doc="What was done to whom, and by whom.",
        query=AuditQuery,
        answer=AuditList,
        errors=("forbidden",),
    ),
)
