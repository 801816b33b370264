"""Local accounts: signing in and out, the first admin, registration, passwords by link."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe

import msgspec

from signaling.config import AccountsConfig
from signaling.errors import Duplicate, Forbidden, Unauthorized
from signaling.identity import Identity
from signaling.protocol.accounts import (
    MIN_PASSWORD,
    AuthOptions,
    Register,
    Setup,
    SignedIn,
    SignIn,
)
from signaling.services.names import name_of
from signaling.services.people.devices import Devices, Refreshed
from signaling.services.people.new_accounts import NewAccount, add_account, taken
from signaling.services.people.passwords import Passwords, check_password
from signaling.services.people.profile import Visitor, describe
from signaling.services.people.throttle import SignInThrottle
from signaling.store.accounts import AccountStore, sign_in_name
from signaling.store.database import Database, Transaction
from signaling.store.people import KnownUser, PeopleStore
from signaling.tokens import Tokens

log = logging.getLogger(__name__)

WRONG = "the name or the password is wrong"


class SignInResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, and the cookie that goes with it."""

    signed_in: SignedIn
    refresh_token: str
    refresh_seconds: int


class Accounts:
    def __init__(
        self,
        *,
        database: Database,
        people: PeopleStore,
        accounts: AccountStore,
        devices: Devices,
        passwords: Passwords,
        throttle: SignInThrottle,
        tokens: Tokens,
        config: AccountsConfig,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._people = people
        self._accounts = accounts
        self._devices = devices
        self._passwords = passwords
        self._throttle = throttle
        self._tokens = tokens
        self._config = config
        self._now = now
        self._new_id = new_id

    # --- signing in -----------------------------------------------------------------------------------

    async def options(self) -> AuthOptions:
        async with self._db.transaction() as tx:
            setup_needed = not await self._people.has_admin(tx)
        registration = self._config.registration
        return AuthOptions(registration=registration, setup_needed=setup_needed, min_password=MIN_PASSWORD)

    async def sign_in(self, command: SignIn, visitor: Visitor) -> SignInResult:
        """Raises `Unauthorized`, the same for an unknown name and a wrong password, and `RateLimited`."""
        key = sign_in_name(command.name)
        async with self._passwords.turn():
            # in turn: of many tries at once each is counted before the next is looked at
            self._throttle.check(key, visitor.address)
            async with self._db.transaction() as tx:
                account = await self._accounts.by_name(tx, key)
            kept = account.password_hash if account is not None else None
            if not await self._passwords.verify(kept, command.password):
                self._throttle.failed(key, visitor.address)
                log.info("a sign-in from %s failed", visitor.address)
                raise Unauthorized(WRONG)
            assert account is not None and kept is not None
            renewed = await self._passwords.renewed(kept, command.password)
        self._throttle.succeeded(key)
        async with self._db.transaction() as tx:
            user = await self._people.lock(tx, account.user_id)
            if user is None or await self._accounts.password_hash(tx, account.user_id) != kept:
                raise Unauthorized(WRONG)
            if user.is_blocked:
                raise Unauthorized("this account is blocked")
            if renewed is not None:
                await self._accounts.replace_hash(tx, user.id, kept, renewed)
            return await self._open(tx, user, visitor)

    async def refresh(self, token: str, visitor: Visitor) -> SignInResult:
        """The next access token and the next refresh token. Raises `Unauthorized`."""
        refreshed = await self._devices.refresh(token, visitor.address)
        async with self._db.transaction() as tx:
            user = await self._people.find(tx, refreshed.device.user_id)
            if user is None or user.is_blocked:
                raise Unauthorized("this account is blocked")
            return await self._signed_in(tx, user, refreshed)

    async def sign_out(self, token: str) -> None:
        await self._devices.sign_out(token)

    async def clean_up(self) -> None:
        """Forget links and sign-ins that have run out. To be called now and then."""
        async with self._db.transaction() as tx:
            await self._accounts.drop_expired_links(tx, self._now())
        await self._devices.clean_up()

    async def _open(self, tx: Transaction, user: KnownUser, visitor: Visitor) -> SignInResult:
        opened = await self._devices.open(tx, user.id, visitor.agent, visitor.address)
        return await self._signed_in(tx, user, opened)

    async def _signed_in(self, tx: Transaction, user: KnownUser, refreshed: Refreshed) -> SignInResult:
        now = self._now()
        identity = Identity(
            user_id=user.id,
            name=user.name,
            expires_at=now + timedelta(minutes=self._config.access_minutes),
            is_admin=user.is_admin,
            device_id=refreshed.device.id,
        )
        answer = SignedIn(
            access_token=self._tokens.issue_access(identity, now),
            expires_at=identity.expires_at,
            device_id=refreshed.device.id,
            me=await describe(tx, user, self._accounts),
        )
        return SignInResult(
            signed_in=answer,
            refresh_token=refreshed.refresh_token,
            refresh_seconds=round((refreshed.device.expires_at - now).total_seconds()),
        )

    # --- accounts made by their owners ------------------------------------------------------------------

    async def register(self, command: Register, visitor: Visitor) -> SignInResult:
        """Raises `Forbidden` unless registration is open, `AlreadyExists`, `BadRequest`."""
        if self._config.registration != "open":
            raise Forbidden("accounts are made by an admin here")
        new = self._new(command)
        password_hash = await self._passwords.hash(command.password)
        try:
            async with self._db.transaction() as tx:
                user = await add_account(tx, self._people, self._accounts, new, self._now())
                await self._accounts.set_password(tx, user.id, password_hash, self._now())
                return await self._open(tx, user, visitor)
        except Duplicate:
            raise taken() from None

    async def new_setup_token(self) -> str | None:
        """A token for a link that makes the first admin, None when there is one."""
        token = token_urlsafe(32)
        async with self._db.transaction() as tx:
            if await self._people.has_admin(tx):
                return None
            expires_at = self._now() + timedelta(hours=self._config.setup_hours)
            await self._accounts.drop_expired_links(tx, self._now())
            await self._accounts.add_link(tx, link_hash(token), "setup", None, expires_at)
        return token

    async def setup(self, command: Setup, visitor: Visitor) -> SignInResult:
        """The first admin; all setup links are void then. Raises `Unauthorized`, `BadRequest`, `AlreadyExists`."""
        new = self._new(command, is_admin=True)
        refused = Unauthorized("this setup link does not work any more")
        self._throttle.check(_links(visitor), visitor.address)
        password_hash = await self._passwords.hash(command.password)
        try:
            async with self._db.transaction() as tx:
                valid = await self._accounts.take_setup_links(tx, self._now())
                if link_hash(command.token) not in valid or await self._people.has_admin(tx):
                    # nothing is committed: a wrong token leaves the right ones as they were
                    raise refused
                user = await add_account(tx, self._people, self._accounts, new, self._now())
                await self._accounts.set_password(tx, user.id, password_hash, self._now())
                await self._people.audit(
                    tx, actor_id=user.id, action="make-admin", target=user.id, now=self._now(), by="setup"
                )
                result = await self._open(tx, user, visitor)
        except Unauthorized:
            self._throttle.failed(_links(visitor), visitor.address)
            raise
        except Duplicate:
            raise taken() from None
        log.info("user %s is the first admin", user.id)
        return result

    async def set_password(self, token: str, password: str, visitor: Visitor) -> SignInResult:
        """With a one-time link. Raises `Unauthorized`, `BadRequest`."""
        check_password(password)
        self._throttle.check(_links(visitor), visitor.address)
        password_hash = await self._passwords.hash(password)
        async with self._db.transaction() as tx:
            user_id = await self._accounts.take_password_link(tx, link_hash(token), self._now())
            user = await self._people.lock(tx, user_id) if user_id is not None else None
            if user is not None and not user.is_blocked:
                check_password(password, user.username, user.email, user.name)
                await self._accounts.set_password(tx, user.id, password_hash, self._now())
                await self._accounts.drop_links(tx, user.id)
                await self._devices.revoke(tx, user.id, "password-changed")
                return await self._open(tx, user, visitor)
        self._throttle.failed(_links(visitor), visitor.address)
        raise Unauthorized("this link does not work any more; ask for a new one")

    def _new(self, command: Register | Setup, *, is_admin: bool = False) -> NewAccount:
        check_password(command.password, command.username, command.email, command.name)
        return NewAccount(
            id=self._new_id(),
            username=command.username,
            email=command.email,
            name=name_of(command.name),
            is_admin=is_admin,
        )


def _links(visitor: Visitor) -> str:
    """What wrong one-time links are counted under: nobody else is kept from using theirs."""
    return f"links from {visitor.address}"


def link_hash(token: str) -> str:
    """What is kept of a one-time link."""
    return hashlib.sha256(token.encode()).hexdigest()
