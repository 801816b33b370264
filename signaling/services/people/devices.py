"""Sign-ins that last: a device's refresh tokens, one valid at a time.

A refresh token names its device and its generation, and is sealed with the server's secret and the device's
salt: whoever reads the database cannot make one. Using the token of the current generation begins the next.
Using the one before it within the grace gives the token of the current generation once more and begins nothing,
so of two tabs that race both end up with the same. Any other use of an old token means that two parties have the
same one, and ends the device's sign-in for both.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Literal

import msgspec

from signaling.announcements import user_topic
from signaling.errors import NotFound, Unauthorized
from signaling.protocol.accounts import SignedOut
from signaling.protocol.text import clean_text
from signaling.store.database import Database, Transaction
from signaling.store.devices import DeviceRow, DeviceStore
from signaling.tokens import Tokens

log = logging.getLogger(__name__)

LONGEST_LABEL = 200
KEPT_AFTER = timedelta(days=30)
"""Sign-ins that are over are forgotten after so long."""

Use = Literal["rotate", "repeat", "reused", "over"]
Reason = Literal["signed-out", "password-changed", "token-reused"]


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """A device with its refresh token."""

    device: DeviceRow
    refresh_token: str


def judge(device: DeviceRow, generation: int, now: datetime, grace: timedelta) -> Use:
    """What the use of a genuine token of that generation means."""
    if device.revoked_at is not None or device.expires_at <= now:
        return "over"
    if generation == device.generation:
        return "rotate"
    is_previous = generation == device.generation - 1
    if is_previous and device.rotated_at is not None and now - device.rotated_at <= grace:
        return "repeat"
    return "reused"


class Devices:
    def __init__(
        self,
        *,
        database: Database,
        store: DeviceStore,
        tokens: Tokens,
        lifetime: timedelta,
        grace: timedelta,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._store = store
        self._tokens = tokens
        self._lifetime = lifetime
        self._grace = grace
        self._now = now
        self._new_id = new_id

    async def open(self, tx: Transaction, user_id: str, label: str, address: str) -> Refreshed:
        """A new sign-in."""
        now = self._now()
        device = DeviceRow(
            id=self._new_id(),
            user_id=user_id,
            label=" ".join(clean_text(label).split())[:LONGEST_LABEL],
            address=address[:64],
            salt=token_urlsafe(16),
            generation=0,
            rotated_at=None,
            created_at=now,
            last_used_at=now,
            expires_at=now + self._lifetime,
            revoked_at=None,
        )
        await self._store.add(tx, device)
        return Refreshed(device=device, refresh_token=self._token(device))

    async def refresh(self, token: str, address: str) -> Refreshed:
        """The device, and the token to use from now on. Raises `Unauthorized`."""
        async with self._db.transaction() as tx:
            device, generation = await self._genuine(tx, token)
            now = self._now()
            use = judge(device, generation, now, self._grace)
            if use == "rotate":
                device = msgspec.structs.replace(
                    device,
                    generation=device.generation + 1,
                    rotated_at=now,
                    last_used_at=now,
                    address=address[:64],
                    expires_at=now + self._lifetime,
                )
                await self._store.save(tx, device)
            elif use == "reused":
                await self.revoke(tx, device.user_id, "token-reused", only=device.id)
        if use == "reused":
            log.warning("device %s of user %s is signed out: its token was used twice", device.id, device.user_id)
        if use in ("reused", "over"):
            raise Unauthorized("you were signed out; sign in again")
        return Refreshed(device=device, refresh_token=self._token(device))

    async def sign_out(self, token: str) -> None:
        """End the sign-in that the token is of; nothing when it is of none."""
        try:
            async with self._db.transaction() as tx:
                device, generation = await self._genuine(tx, token)
                if judge(device, generation, self._now(), self._grace) != "over":
                    await self.revoke(tx, device.user_id, "signed-out", only=device.id)
        except Unauthorized:
            return

    async def revoke(
        self, tx: Transaction, user_id: str, reason: Reason, *, only: str | None = None, but: str | None = None
    ) -> list[str]:
        """End one sign-in, all but one, or all, and tell it; the ids of those that ended."""
        ended = await self._store.revoke(tx, user_id, self._now(), only=only, but=but)
        for device_id in ended:
            tx.announce(user_topic(user_id), SignedOut(reason=reason, device_id=device_id))
        return ended

    async def shut_out(self, tx: Transaction, user_id: str) -> None:
        """End every sign-in and every connection of somebody who is blocked, also of those by a link."""
        await self._store.revoke(tx, user_id, self._now())
        tx.announce(user_topic(user_id), SignedOut(reason="blocked", device_id=None))

    async def revoke_one(self, user_id: str, device_id: str) -> None:
        """Raises `NotFound`, also for somebody else's."""
        async with self._db.transaction() as tx:
            if not await self.revoke(tx, user_id, "signed-out", only=device_id):
                raise NotFound("there is no such device")

    async def revoke_others(self, user_id: str, device_id: str | None) -> None:
        """All but this one; with None all."""
        async with self._db.transaction() as tx:
            await self.revoke(tx, user_id, "signed-out", but=device_id)

    async def page(self, user_id: str, after: tuple[datetime, str] | None, limit: int) -> list[DeviceRow]:
        async with self._db.transaction() as tx:
            return await self._store.page(tx, user_id, self._now(), after=after, limit=limit)

    async def clean_up(self) -> None:
        """Forget what has been over for long. To be called now and then."""
        async with self._db.transaction() as tx:
            await self._store.drop_over(tx, self._now() - KEPT_AFTER)

    async def _genuine(self, tx: Transaction, token: str) -> tuple[DeviceRow, int]:
        """The device of a token that this server made, locked, and the token's generation. Raises `Unauthorized`:
        what was made by somebody else changes nothing."""
        refused = Unauthorized("you are not signed in")
        device_id, _, rest = token.partition(".")
        number, _, seal = rest.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) < 10 and seal.isascii()):
            raise refused
        device = await self._store.lock(tx, device_id[:128])
        if device is None:
            raise refused
        generation = int(number)
        if not hmac.compare_digest(seal, self._seal(device, generation)) or generation > device.generation:
            raise refused
        return device, generation

    def _token(self, device: DeviceRow) -> str:
        return f"{device.id}.{device.generation}.{self._seal(device, device.generation)}"

    def _seal(self, device: DeviceRow, generation: int) -> str:
        return self._tokens.seal("refresh", device.id, str(generation), device.salt)
