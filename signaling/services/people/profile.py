"""Oneself: what one sees of one's account, and changes there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import UNSET

from signaling.errors import BadRequest, Duplicate, Forbidden, NotFound
from signaling.identity import Identity
from signaling.protocol.accounts import ChangeMe, ChangePassword, Me
from signaling.services.names import name_of
from signaling.services.people.devices import Devices
from signaling.services.people.new_accounts import taken
from signaling.services.people.passwords import Passwords, check_password
from signaling.services.people.throttle import SignInThrottle
from signaling.store.accounts import AccountStore
from signaling.store.database import Database, Transaction
from signaling.store.people import KnownUser, PeopleStore


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, as far as the connection tells: ``agent`` is what the browser says of itself."""

    address: str
    agent: str


class Profile:
    def __init__(
        self,
        *,
        database: Database,
        people: PeopleStore,
        accounts: AccountStore,
        devices: Devices,
        passwords: Passwords,
        throttle: SignInThrottle,
        now: Callable[[], datetime],
    ) -> None:
        self._db = database
        self._people = people
        self._accounts = accounts
        self._devices = devices
        self._passwords = passwords
        self._throttle = throttle
        self._now = now

    async def me(self, who: Identity) -> Me:
        async with self._db.transaction() as tx:
            user = await self._people.find(tx, who.user_id)
            if user is None:
                raise NotFound("there is no such account any more")
            return await describe(tx, user, self._accounts)

    async def change_me(self, who: Identity, command: ChangeMe) -> Me:
        """Raises `Forbidden` for those whose name comes from elsewhere, `AlreadyExists`, `BadRequest`."""
        name = None if command.name is UNSET else name_of(command.name)
        try:
            async with self._db.transaction() as tx:
                user = await self._local(tx, who)
                email = user.email if command.email is UNSET else command.email
                if email is None and user.username is None:
                    raise BadRequest("an account without a username needs its e-mail address")
                if email is not None and await self._accounts.is_taken(tx, email, but_by=user.id):
                    raise taken()
                await self._accounts.set_names(tx, user.id, (user.username, email))
                user = await self._people.describe(tx, user, name=name or user.name, email=email)
                return await describe(tx, user, self._accounts)
        except Duplicate:
            raise taken() from None

    async def change_password(self, who: Identity, command: ChangePassword, visitor: Visitor) -> None:
        """Raises `Forbidden`: the password is wrong, or there is none; `BadRequest`, `RateLimited`."""
        async with self._db.transaction() as tx:
            user = await self._local(tx, who)
            kept = await self._accounts.password_hash(tx, user.id)
        check_password(command.new_password, user.username, user.email, user.name)
        async with self._passwords.turn():
            self._throttle.check(user.id, visitor.address)
            if not await self._passwords.verify(kept, command.password):
                self._throttle.failed(user.id, visitor.address)
                raise Forbidden("the password is wrong")
        password_hash = await self._passwords.hash(command.new_password)
        async with self._db.transaction() as tx:
            await self._people.lock(tx, user.id)
            if await self._accounts.password_hash(tx, user.id) != kept:
                raise Forbidden("the password is wrong")
            await self._accounts.set_password(tx, user.id, password_hash, self._now())
            await self._accounts.drop_links(tx, user.id)
            await self._devices.revoke(tx, user.id, "password-changed", but=who.device_id)

    async def _local(self, tx: Transaction, who: Identity) -> KnownUser:
        """Oneself, with a local account, and not by a link. Raises `Forbidden`."""
        user = await self._people.lock(tx, who.user_id) if who.grant is None else None
        if user is None or user.provider != "local":
            raise Forbidden("this is for accounts of this server alone")
        return user


async def describe(tx: Transaction, user: KnownUser, accounts: AccountStore) -> Me:
    """A user as they see themselves."""
    return Me(
        id=user.id,
        name=user.name,
        is_admin=user.is_admin,
        provider=user.provider,
        username=user.username,
        email=user.email,
        created_at=user.created_at,
        has_password=await accounts.password_hash(tx, user.id) is not None,
    )
