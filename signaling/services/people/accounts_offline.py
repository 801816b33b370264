"""Accounts as the command line changes them: nobody is asked who may, and servers may run beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from signaling.announcements import user_topic
from signaling.errors import BadRequest, Forbidden, NotFound
from signaling.protocol.accounts import SignedOut
from signaling.services.names import name_of
from signaling.services.people.new_accounts import NewAccount, add_account
from signaling.services.people.passwords import Passwords, check_password
from signaling.store.accounts import AccountStore
from signaling.store.database import Database, Transaction
from signaling.store.devices import DeviceStore
from signaling.store.people import KnownUser, PeopleStore

ACTOR = "command-line"
MOST_LISTED = 10_000


class OfflineAccounts:
    def __init__(self, database: Database, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._db = database
        self._people = PeopleStore()
        self._accounts = AccountStore()
        self._devices = DeviceStore()
        self._passwords = Passwords()
        self._now = now
        self._new_id = new_id

    async def find(self, who: str) -> KnownUser:
        """By username, e-mail address or id. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            return await self._find(tx, who)

    async def find_all(self, search: str) -> list[KnownUser]:
        async with self._db.transaction() as tx:
            found = await self._people.page(tx, search=search, blocked=None, after=None, limit=MOST_LISTED)
        return [user for user, _ in found]

    async def add(
        self, *, username: str, email: str | None, name: str, password: str | None, is_admin: bool
    ) -> str:
        """The id of the new account. Raises `AlreadyExists`, `BadRequest`."""
        if password is not None:
            check_password(password, username, email, name)
        new = NewAccount(id=self._new_id(), name=name_of(name), username=username, email=email, is_admin=is_admin)
        password_hash = None if password is None else await self._passwords.hash(password)
        async with self._db.transaction() as tx:
            await add_account(tx, self._people, self._accounts, new, self._now())
            if password_hash is not None:
                await self._accounts.set_password(tx, new.id, password_hash, self._now())
            await self._audit(tx, "create-user", new.id, is_admin=is_admin)
        return new.id

    async def set_password(self, user: KnownUser, password: str) -> None:
        """Raises `BadRequest`."""
        check_password(password, user.username, user.email, user.name)
        password_hash = await self._passwords.hash(password)
        async with self._db.transaction() as tx:
            await self._people.lock(tx, user.id)
            await self._accounts.set_password(tx, user.id, password_hash, self._now())
            await self._accounts.drop_links(tx, user.id)
            for device_id in await self._devices.revoke(tx, user.id, self._now()):
                tx.announce(user_topic(user.id), SignedOut(reason="password-changed", device_id=device_id))
            await self._audit(tx, "set-password", user.id)

    async def set_blocked(self, who: str, blocked: bool) -> KnownUser:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            user = await self._find(tx, who)
            if user.is_blocked != blocked:
                await self._people.set_blocked(tx, user.id, self._now() if blocked else None)
                if blocked:
                    await self._devices.revoke(tx, user.id, self._now())
                    await self._accounts.drop_links(tx, user.id)
                    tx.announce(user_topic(user.id), SignedOut(reason="blocked", device_id=None))
                await self._audit(tx, "block-user" if blocked else "unblock-user", user.id)
            return user

    async def set_admin(self, who: str, is_admin: bool) -> KnownUser:
        """Raises `NotFound`, `Forbidden`, `BadRequest`."""
        async with self._db.transaction() as tx:
            admins = await self._people.admin_ids(tx)
            user = await self._find(tx, who)
            if user.provider not in ("local", "issuer"):
                raise Forbidden("only an account can be an admin's")
            if not is_admin and admins == [user.id]:
                raise BadRequest("this is the last admin: make another one first")
            if user.is_admin != is_admin:
                await self._people.set_admin(tx, user.id, is_admin)
                await self._audit(tx, "make-admin" if is_admin else "unmake-admin", user.id)
            return user

    async def _find(self, tx: Transaction, who: str) -> KnownUser:
        account = await self._accounts.by_name(tx, who)
        user = await self._people.lock(tx, account.user_id if account is not None else who)
        if user is None:
            raise NotFound(f"there is no user {who}")
        return user

    async def _audit(self, tx: Transaction, action: str, target: str, **details: Any) -> None:
        await self._people.audit(tx, actor_id=ACTOR, action=action, target=target, now=self._now(), **details)
