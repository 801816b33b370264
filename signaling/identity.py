"""Who somebody is, and who they are in a course."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling.permissions import Actor
from signaling.protocol.base import Role
from signaling.protocol.streams import StreamKind, StreamSource


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a token itself gives: a role in one course. Such a token opens no other course."""

    course_id: str
    role: Role


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, as a verified token says. ``device_id`` names the sign-in, None for a link."""

    user_id: str
    name: str
    expires_at: datetime
    is_admin: bool = False
    grant: Grant | None = None
    device_id: str | None = None

    @property
    def actor(self) -> Actor:
        """The role outside of courses."""
        return "admin" if self.is_admin else "user" if self.grant is None else self.grant.role


class StreamPass(msgspec.Struct, frozen=True, kw_only=True):
    """What a stream key opens: one live class, to publish one source or to play. ``id`` is that of the key."""

    id: str
    kind: StreamKind
    source: StreamSource
    live_class_id: str
    user_id: str
    name: str
    expires_at: datetime


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a course. ``section_id`` None: in no section, or in all as a tutor."""

    user_id: str
    name: str
    role: Role
    course_id: str
    section_id: str | None = None

    @property
    def is_tutor(self) -> bool:
        return self.role == "tutor"

    def sees(self, section_id: str | None) -> bool:
        """Whether what is for this section, or with None for the whole course, concerns them."""
        return section_id is None or self.is_tutor or self.section_id == section_id
