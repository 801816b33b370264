"""Passwords: which are good enough, and how they are kept (argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import unicodedata
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_bytes

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from signaling.errors import BadRequest, RateLimited
from signaling.protocol.accounts import MAX_PASSWORD, MIN_PASSWORD

MEMORY_KIB = 19_456
PASSES = 2
"""About 20 ms of one core: a class that signs in together must not make a running one stutter."""
AT_ONCE = 2
MOST_WAITING = 500

_COMMON = (
    *("1234567890", "0123456789", "9876543210", "qwertyuiop", "qwertzuiop", "password", "passwort", "iloveyou"),
    *("letmein", "welcome", "administrator", "changeme", "qwerty", "abcdefghij", "1q2w3e4r5t", "asdfghjkl"),
)


class Passwords:
    """Hashes and compares in threads, so many at once and no more."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        # random octets where the digest would be: as long to compare, and nothing was hashed for it
        salt, digest = (_unpadded(token_bytes(size)) for size in (self._hasher.salt_len, self._hasher.hash_len))
        self._nobody = f"$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${digest}"

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place among those who hash now. Raises `RateLimited` when too many wait."""
        if self._waiting >= MOST_WAITING:
            raise RateLimited("too many sign in at once; try again", 5.0)
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def hash(self, password: str) -> str:
        """In a `turn` of its own. Raises `RateLimited`."""
        async with self.turn():
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """In the caller's `turn`. Whether it is the password; for nobody's (None) it takes as long to say no."""
        matches = await asyncio.to_thread(self._verify, kept or self._nobody, _normal(password))
        return matches and kept is not None

    async def renewed(self, kept: str, password: str) -> str | None:
        """In the caller's `turn`. The right password hashed with the parameters of today, None when it is so."""
        if not self._hasher.check_needs_rehash(kept):
            return None
        return await asyncio.to_thread(self._hasher.hash, _normal(password))

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def _unpadded(octets: bytes) -> str:
    return b64encode(octets).decode().rstrip("=")


def check_password(password: str, *unlike: str | None) -> None:
    """Raises `BadRequest` with what is wrong with a new password. ``unlike``: the names of its owner."""
    password = _normal(password)
    if len(password) < MIN_PASSWORD:
        raise BadRequest(f"a password must have at least {MIN_PASSWORD} characters")
    if len(password) > MAX_PASSWORD:
        raise BadRequest(f"a password may have {MAX_PASSWORD} characters")
    folded = password.casefold()
    if len(set(folded)) < 4 or folded.rstrip("0123456789!?.") in _COMMON or folded in _COMMON:
        raise BadRequest("this password is among the first that are tried; take another")
    for name in filter(None, unlike):
        if folded in (_normal(name).casefold(), _normal(name).casefold().partition("@")[0]):
            raise BadRequest("a password must not be one's name or e-mail address")


def _normal(password: str) -> str:
    """The same for the same text, whatever keyboard it was typed on (RFC 8265)."""
    return unicodedata.normalize("NFKC", password)
