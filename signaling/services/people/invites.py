"""Invites: who may make them, who may come in by one, and for how long."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from signaling import cursors
from signaling.config import AccountsConfig
from signaling.errors import (
    BadRequest,
    Duplicate,
    Forbidden,
    InviteExpired,
    InviteRevoked,
    InviteUsedUp,
    NotFound,
    Unauthorized,
    WrongStatus,
)
from signaling.identity import Identity, Principal
from signaling.permissions import CourseAction
from signaling.protocol import invites as wire
from signaling.protocol.base import Role
from signaling.protocol.live_classes import LiveClass
from signaling.services.access import Access
from signaling.services.courses.enrolments import EnrolmentNews
from signaling.services.names import name_of
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.invites import InviteRow, InviteStore
from signaling.store.live_classes import LiveClassStore
from signaling.store.people import PeopleStore
from signaling.store.roster import RosterStore
from signaling.tokens import Tokens

log = logging.getLogger(__name__)

LONGEST = timedelta(days=366)
SEAL_LENGTH = 32


class Invites:
    def __init__(
        self,
        *,
        database: Database,
        invites: InviteStore,
        people: PeopleStore,
        courses: CourseStore,
        roster: RosterStore,
        live_classes: LiveClassStore,
        access: Access,
        news: EnrolmentNews,
        tokens: Tokens,
        config: AccountsConfig,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._invites = invites
        self._people = people
        self._courses = courses
        self._roster = roster
        self._live_classes = live_classes
        self._access = access
        self._news = news
        self._tokens = tokens
        self._config = config
        self._now = now
        self._new_id = new_id

    # --- for tutors -------------------------------------------------------------------------------------

    async def create(self, who: Identity, course_id: str, command: wire.CreateInvite) -> wire.Invite:
        """Raises `Forbidden`, `NotFound`, `BadRequest`; `WrongStatus` for a course that was archived."""
        now = self._now()
        expires_at = command.expires_at or now + timedelta(days=self._config.invite_days)
        if not now < expires_at <= now + LONGEST:
            raise BadRequest("expiresAt must be later than now, and within a year")
        async with self._db.transaction() as tx:
            action: CourseAction = "invite-guests" if command.role == "guest" else "manage-roster"
            await self._access.require(tx, who, course_id, action)
            if await self._courses.lock(tx, course_id, shared=True):
                raise WrongStatus("the course was archived")
            if command.live_class_id is not None:
                live_class = await self._live_classes.get(tx, command.live_class_id)
                if live_class.course_id != course_id:
                    raise NotFound("there is no such live class")
            invite = InviteRow(
                id=self._new_id(),
                course_id=course_id,
                live_class_id=command.live_class_id,
                role=command.role,
                label=name_of(command.label) if command.label.strip() else "",
                expires_at=expires_at,
                max_uses=command.max_uses,
                uses=0,
                created_by=who.user_id,
                created_at=now,
            )
            await self._invites.add(tx, invite)
            await self._audit(tx, who, "create-invite", invite.id, course_id, role=invite.role)
        return self._shown(invite)

    async def page(self, who: Identity, course_id: str, query: wire.InviteQuery) -> wire.InviteList:
        """Raises `Forbidden`, `NotFound`."""
        after = None if query.cursor is None else cursors.decode(query.cursor, tuple[datetime, str])
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "invite-guests")
            found = await self._invites.page(tx, course_id, after=after, limit=query.limit + 1)
        page = found[: query.limit]
        return wire.InviteList(
            items=[self._shown(invite) for invite in page],
            next_cursor=cursors.encode(page[-1].created_at, page[-1].id) if len(found) > len(page) else None,
        )

    async def revoke(self, who: Identity, course_id: str, invite_id: str) -> None:
        """Raises `Forbidden`, `NotFound`."""
        async with self._db.transaction() as tx:
            await self._access.require(tx, who, course_id, "invite-guests")
            if not await self._invites.revoke(tx, course_id, invite_id, self._now()):
                raise NotFound("there is no such invite")
            await self._audit(tx, who, "revoke-invite", invite_id, course_id)

    # --- for who has the link ---------------------------------------------------------------------------

    async def info(self, token: str) -> wire.InviteInfo:
        """Raises `NotFound` for what never was an invite; `InviteExpired`, `InviteUsedUp`, `InviteRevoked`."""
        async with self._db.transaction() as tx:
            invite, live_class = await self._open(tx, token)
            course = await self._courses.get(tx, invite.course_id, "")
            tutors = await self._roster.tutor_names(tx, invite.course_id)
        return wire.InviteInfo(
            course_title=course.title,
            live_class_title=live_class.title if live_class else None,
            role=invite.role,
            tutors=tutors,
            scheduled_at=live_class.scheduled_at if live_class else None,
            duration_minutes=live_class.duration_minutes if live_class else None,
            started_at=live_class.started_at if live_class and live_class.status == "live" else None,
        )

    async def accept(self, who: Identity | None, token: str, name: str | None) -> wire.InviteAccepted:
        """``who`` None, or known by a link alone: comes as a guest, by ``name``. Raises what `info` raises,
        `Unauthorized` when an account is needed, `Forbidden` for those who were blocked in the course."""
        account = who if who is not None and who.grant is None else None
        try:
            return await self._accept(account, token, name)
        except Duplicate:
            # the same account twice at once: now it is enrolled
            return await self._accept(account, token, name)

    async def _accept(self, who: Identity | None, token: str, name: str | None) -> wire.InviteAccepted:
        async with self._db.transaction() as tx:
            invite, _ = await self._open(tx, token)
            if who is not None:
                role = await self._enrol(tx, who, invite)
                return self._accepted(invite, who.user_id, role)
            if invite.role != "guest":
                raise Unauthorized("sign in to accept this invite")
            if name is None:
                raise BadRequest("a name is needed")
            now = self._now()
            guest = Principal(
                user_id=self._new_id(), name=name_of(name), role=invite.role, course_id=invite.course_id
            )
            await self._use(tx, invite)
            await self._people.add(tx, guest.user_id, guest.name, now, provider="guest")
            await self._courses.enrol(tx, invite.course_id, guest.user_id, guest.role, now)
            await self._news.changed(tx, invite.course_id, guest.user_id, guest.role)
        lifetime = timedelta(hours=self._config.guest_hours)
        if self._config.guests_until == "invite":
            lifetime = min(lifetime, invite.expires_at - now)
        log.info("guest %s came by invite %s", guest.user_id, invite.id)
        issued = self._tokens.issue(guest, now, lifetime)
        return self._accepted(invite, guest.user_id, guest.role, issued, now + lifetime)

    async def _enrol(self, tx: Transaction, who: Identity, invite: InviteRow) -> Role:
        """What they are in the course now. Who is in it already costs no use."""
        known = await self._courses.enrolment(tx, invite.course_id, who.user_id)
        if known is not None and known.is_blocked:
            raise Forbidden("you were blocked in this course")
        if known is not None and not known.is_removed:
            return known.role
        await self._use(tx, invite)
        if known is None:
            await self._courses.enrol(tx, invite.course_id, who.user_id, invite.role, self._now())
        else:
            back = {"role": invite.role, "section_id": None, "removed_at": None}
            await self._roster.change(tx, invite.course_id, who.user_id, **back)
        await self._news.changed(tx, invite.course_id, who.user_id, invite.role)
        return invite.role

    async def _use(self, tx: Transaction, invite: InviteRow) -> None:
        if not await self._invites.use(tx, invite.id, self._now()):
            # somebody else had its last use meanwhile
            raise _used_up()

    async def _open(self, tx: Transaction, token: str) -> tuple[InviteRow, LiveClass | None]:
        """The invite of the token while it works, and its class. Why it does not is told to nobody but who has a
        link that was made here."""
        invite_id, seal = token[:-SEAL_LENGTH], token[-SEAL_LENGTH:]
        if not hmac.compare_digest(seal, self._tokens.seal("invite", invite_id)):
            raise _unknown()
        invite = await self._invites.find(tx, invite_id)
        if invite is None:
            raise _unknown()
        if invite.revoked_at is not None:
            raise InviteRevoked("this invite was withdrawn; ask for a new one")
        if invite.expires_at <= self._now() or await self._courses.lock(tx, invite.course_id, shared=True):
            raise _expired()
        live_class = None
        if invite.live_class_id is not None:
            live_class = await self._live_classes.get(tx, invite.live_class_id)
            if live_class.status in ("ended", "cancelled"):
                raise _expired()
        if invite.max_uses is not None and invite.uses >= invite.max_uses:
            raise _used_up()
        return invite, live_class

    def _shown(self, invite: InviteRow) -> wire.Invite:
        return wire.Invite(
            id=invite.id,
            course_id=invite.course_id,
            live_class_id=invite.live_class_id,
            role=invite.role,
            label=invite.label,
            token=invite.id + self._tokens.seal("invite", invite.id),
            expires_at=invite.expires_at,
            max_uses=invite.max_uses,
            uses=invite.uses,
            created_by=invite.created_by,
            created_at=invite.created_at,
            revoked_at=invite.revoked_at,
        )

    def _accepted(
        self,
        invite: InviteRow,
        user_id: str,
        role: Role,
        token: str | None = None,
        expires_at: datetime | None = None,
    ) -> wire.InviteAccepted:
        return wire.InviteAccepted(
            user_id=user_id,
            course_id=invite.course_id,
            live_class_id=invite.live_class_id,
            role=role,
            token=token,
            expires_at=expires_at,
        )

    async def _audit(
        self, tx: Transaction, who: Identity, action: str, invite_id: str, course_id: str, **details: Any
    ) -> None:
        await self._people.audit(
            tx,
            actor_id=who.user_id,
            action=action,
            target=invite_id,
            course_id=course_id,
            now=self._now(),
            **details,
        )


def _unknown() -> NotFound:
    return NotFound("there is no such invite; check the link")


def _expired() -> InviteExpired:
    return InviteExpired("this invite has expired; ask for a new one")


def _used_up() -> InviteUsedUp:
    return InviteUsedUp("this invite was used as often as it may be; ask for a new one")
