"""What admins do with accounts, whom users want nothing of, and the audit log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from msgspec import UNSET

from signaling import cursors
from signaling.errors import BadRequest, Duplicate, Forbidden, NotFound
from signaling.identity import Identity
from signaling.protocol import people as wire
from signaling.services.access import Access
from signaling.services.names import name_of
from signaling.services.people.accounts import link_hash
from signaling.services.people.devices import Devices
from signaling.services.people.new_accounts import NewAccount, add_account, taken
from signaling.services.people.passwords import Passwords, check_password
from signaling.store.accounts import AccountStore
from signaling.store.database import Database, Transaction
from signaling.store.people import KnownUser, PeopleStore

log = logging.getLogger(__name__)

MOST_BLOCKED = 1000
"""Whom one user may want nothing of."""


class People:
    def __init__(
        self,
        *,
        database: Database,
        people: PeopleStore,
        accounts: AccountStore,
        devices: Devices,
        passwords: Passwords,
        access: Access,
        link_lifetime: timedelta,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._people = people
        self._accounts = accounts
        self._devices = devices
        self._passwords = passwords
        self._access = access
        self._link_lifetime = link_lifetime
        self._now = now
        self._new_id = new_id

    async def page(self, who: Identity, query: wire.UserQuery) -> wire.UserList:
        """Raises `Forbidden`."""
        self._access.require_global(who, "manage-users")
        after = None if query.cursor is None else cursors.decode(query.cursor, tuple[str, str])
        async with self._db.transaction() as tx:
            found = await self._people.page(
                tx, search=query.search, blocked=query.blocked, after=after, limit=query.limit + 1
            )
        page = found[: query.limit]
        cursor = cursors.encode(*page[-1][1]) if len(found) > len(page) else None
        return wire.UserList(items=[_shown(user) for user, _ in page], next_cursor=cursor)

    async def get(self, who: Identity, user_id: str) -> wire.User:
        """Raises `Forbidden`, `NotFound`."""
        self._access.require_global(who, "manage-users")
        async with self._db.transaction() as tx:
            return _shown(_there(await self._people.find(tx, user_id)))

    async def create(self, who: Identity, command: wire.CreateUser) -> wire.User:
        """Raises `Forbidden`, `AlreadyExists`, `BadRequest`."""
        self._access.require_global(who, "manage-users")
        new = NewAccount(
            id=self._new_id(),
            name=name_of(command.name),
            username=command.username,
            email=command.email,
            is_admin=command.is_admin,
        )
        password_hash = None
        if command.password is not None:
            check_password(command.password, command.username, command.email, command.name)
            password_hash = await self._passwords.hash(command.password)
        try:
            async with self._db.transaction() as tx:
                user = await add_account(tx, self._people, self._accounts, new, self._now())
                if password_hash is not None:
                    await self._accounts.set_password(tx, user.id, password_hash, self._now())
                await self._audit(tx, who, "create-user", user.id, is_admin=user.is_admin)
                return _shown(user)
        except Duplicate:
            raise taken() from None

    async def change(self, who: Identity, user_id: str, command: wire.ChangeUser) -> wire.User:
        """Raises `Forbidden`, `NotFound`, `BadRequest`."""
        self._access.require_global(who, "manage-users")
        async with self._db.transaction() as tx:
            admins = await self._people.admin_ids(tx)
            user = _there(await self._people.lock(tx, user_id))
            if command.name is not UNSET:
                if user.provider != "local":
                    raise Forbidden("only local accounts are named here: this name comes with their token")
                name = name_of(command.name)
                await self._audit(tx, who, "rename-user", user.id, before=user.name, after=name)
                await self._people.describe(tx, user, name=name, email=user.email)
            if command.is_admin is not UNSET and command.is_admin != user.is_admin:
                if user.provider not in ("local", "issuer"):
                    raise Forbidden("only an account can be an admin's")
                if not command.is_admin:
                    _check_not_last(admins, user_id)
                await self._people.set_admin(tx, user_id, command.is_admin)
                await self._audit(tx, who, "make-admin" if command.is_admin else "unmake-admin", user_id)
            return _shown(_there(await self._people.find(tx, user_id)))

    async def block(self, who: Identity, user_id: str, reason: str) -> wire.User:
        """Their tokens stop working, their connections end. Raises `Forbidden`, `NotFound`, `BadRequest`."""
        self._access.require_global(who, "manage-users")
        if user_id == who.user_id:
            raise BadRequest("nobody can block themselves")
        async with self._db.transaction() as tx:
            admins = await self._people.admin_ids(tx)
            user = _there(await self._people.lock(tx, user_id))
            if user.is_admin and not user.is_blocked:
                _check_not_last(admins, user_id)
            if not user.is_blocked:
                await self._people.set_blocked(tx, user_id, self._now())
                await self._devices.shut_out(tx, user_id)
                await self._accounts.drop_links(tx, user_id)
                await self._audit(tx, who, "block-user", user_id, reason=reason)
            blocked = _shown(_there(await self._people.find(tx, user_id)))
        log.info("user %s is blocked by %s", user_id, who.user_id)
        return blocked

    async def unblock(self, who: Identity, user_id: str) -> wire.User:
        """Raises `Forbidden`, `NotFound`."""
        self._access.require_global(who, "manage-users")
        async with self._db.transaction() as tx:
            user = _there(await self._people.lock(tx, user_id))
            if user.is_blocked:
                await self._people.set_blocked(tx, user_id, None)
                await self._audit(tx, who, "unblock-user", user_id)
            return _shown(_there(await self._people.find(tx, user_id)))

    async def password_link(self, who: Identity, user_id: str) -> wire.PasswordLink:
        """Raises `Forbidden`, `NotFound`."""
        self._access.require_global(who, "manage-users")
        token, expires_at = token_urlsafe(32), self._now() + self._link_lifetime
        async with self._db.transaction() as tx:
            user = _there(await self._people.lock(tx, user_id))
            if user.provider != "local":
                raise Forbidden("only local accounts have a password")
            await self._accounts.drop_links(tx, user_id)
            await self._accounts.add_link(tx, link_hash(token), "password", user_id, expires_at)
            await self._audit(tx, who, "create-password-link", user_id)
        return wire.PasswordLink(token=token, expires_at=expires_at)

    # --- blocks between users -------------------------------------------------------------------------

    async def block_for_me(self, who: Identity, other_id: str) -> None:
        """Raises `NotFound` for those one shares no course with."""
        if other_id == who.user_id:
            raise BadRequest("nobody can block themselves")
        async with self._db.transaction() as tx:
            if not await self._people.shares_course(tx, who.user_id, other_id):
                raise NotFound("there is no such user")
            if len(await self._people.blocked_by(tx, who.user_id)) >= MOST_BLOCKED:
                raise BadRequest(f"nobody can block more than {MOST_BLOCKED} users")
            await self._people.block(tx, who.user_id, other_id, self._now())

    async def unblock_for_me(self, who: Identity, other_id: str) -> None:
        async with self._db.transaction() as tx:
            await self._people.unblock(tx, who.user_id, other_id)

    async def blocked_for_me(self, who: Identity, query: wire.BlockedUserQuery) -> wire.BlockedUserList:
        after = None if query.cursor is None else cursors.decode(query.cursor, tuple[datetime, str])
        async with self._db.transaction() as tx:
            found = await self._people.blocked_by(tx, who.user_id)
        if after is not None:
            found = [(user, since) for user, since in found if (since, user.id) < after]
        page = found[: query.limit]
        return wire.BlockedUserList(
            items=[wire.BlockedUser(id=user.id, name=user.name, blocked_at=since) for user, since in page],
            next_cursor=cursors.encode(page[-1][1], page[-1][0].id) if len(found) > len(page) else None,
        )

    # --- the audit log --------------------------------------------------------------------------------

    async def audit_log(self, who: Identity, query: wire.AuditQuery) -> wire.AuditList:
        """Raises `Forbidden`."""
        self._access.require_global(who, "see-audit-log")
        before = None if query.cursor is None else cursors.decode(query.cursor, tuple[int])[0]
        async with self._db.transaction() as tx:
            found = await self._people.audit_page(
                tx,
                course_id=query.course_id,
                actor_id=query.actor_id,
                target=query.target,
                action=query.action,
                before=before,
                limit=query.limit + 1,
            )
        page = found[: query.limit]
        items = [
            wire.AuditEntry(
                id=row.id,
                at=row.at,
                actor_id=row.actor_id,
                actor_name=row.actor_name,
                action=row.action,
                target=row.target,
                target_name=row.target_name,
                course_id=row.course_id,
                course_title=row.course_title,
                details=row.details,
            )
            for row in page
        ]
        return wire.AuditList(
            items=items, next_cursor=cursors.encode(page[-1].id) if len(found) > len(page) else None
        )

    async def _audit(self, tx: Transaction, who: Identity, action: str, target: str, **details: Any) -> None:
        await self._people.audit(
            tx, actor_id=who.user_id, action=action, target=target, now=self._now(), **details
        )


def _there(user: KnownUser | None) -> KnownUser:
    if user is None:
        raise NotFound("there is no such user")
    return user


def _check_not_last(admins: list[str], user_id: str) -> None:
    if admins == [user_id]:
        raise BadRequest("this is the last admin: make another one first")


def _shown(user: KnownUser) -> wire.User:
    return wire.User(
        id=user.id,
        name=user.name,
        provider=user.provider,
        username=user.username,
        email=user.email,
        is_admin=user.is_admin,
        is_blocked=user.is_blocked,
        created_at=user.created_at,
        last_seen_at=user.last_seen_at,
    )
