"""Tokens of another issuer, checked with the public keys it publishes (RFC 7517, RFC 7519).

Only signatures with a private key count: RS256, ES256 and EdDSA, and each key for the algorithm of its kind
alone. So neither ``none`` nor a MAC made with a public key can pass. Keys are kept; they are fetched again when
they are old, and when a token names one that is not known, but never more than once a minute. While the issuer
does not answer, the keys that are known go on working.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from signaling.errors import PodiumError, Unauthorized, Unavailable
from signaling.issuer_config import IssuerConfig
from signaling.services.people.claims import External, read_claims

log = logging.getLogger(__name__)

MAX_LENGTH = 16_384
FRESH_S = 3600.0
RETRY_S = 60.0
MOST_KEYS = 100
LEAST_RSA_BITS = 2048

_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_iss": False,
    "verify_aud": False,
    "verify_sub": False,
    "verify_jti": False,
}

Fetch = Callable[[str], Awaitable[bytes]]
"""The body at a URL. Raises `FetchFailed`."""


class FetchFailed(PodiumError):
    """The URL did not answer as it should; the message is for the log."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    id: str | None
    algorithm: str
    key: Any


class Issuer:
    def __init__(self, config: IssuerConfig, fetch: Fetch, monotonic: Callable[[], float]) -> None:
        self._config = config
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: tuple[Key, ...] = ()
        self._tried_at: float | None = None
        self._fetched_at: float | None = None
        self._fetching = asyncio.Lock()

    def is_for(self, token: object) -> bool:
        """Whether the token says that it is of this issuer; nothing is checked yet."""
        if not isinstance(token, str) or len(token) > MAX_LENGTH:
            return False
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError):
            return False
        return claims.get("iss") == self._config.url

    async def read(self, token: str, now: datetime) -> External:
        """Who the token speaks for at ``now``. Raises `Unauthorized`; `Unavailable` while no key can be had."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise Unauthorized("this is not a token") from None
        key = await self._key(header.get("kid"), header.get("alg"))
        try:
            # the times are checked with the rest of the claims, against the clock that was handed in
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                options=_SIGNATURE_ONLY,
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Unauthorized("the token was not signed by its issuer") from None
        return read_claims(claims, self._config, now)

    async def _key(self, key_id: object, algorithm: object) -> Key:
        found = self._find(key_id, algorithm)
        if found is None or self._is_old():
            await self._refetch(missing=found is None)
            found = self._find(key_id, algorithm)
        if found is not None:
            return found
        if not self._keys:
            raise Unavailable("the issuer of this token does not answer now; try again")
        raise Unauthorized("the token is not signed with a key of its issuer")

    def _find(self, key_id: object, algorithm: object) -> Key | None:
        """By the id that the token names; without one only where there is no choice."""
        fitting = [key for key in self._keys if key.algorithm == algorithm]
        if key_id is not None:
            fitting = [key for key in fitting if key.id == key_id]
        return fitting[0] if len(fitting) == 1 else None

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at >= FRESH_S

    async def _refetch(self, *, missing: bool) -> None:
        """Fetch the keys, unless that was tried lately. Who needs a key that is missing waits for the answer."""
        if self._fetching.locked() and not missing:
            return
        async with self._fetching:
            now = self._monotonic()
            if self._tried_at is not None and now - self._tried_at < RETRY_S:
                return
            self._tried_at = now
            try:
                keys = read_keys(await self._fetch(self._config.jwks_url))
            except FetchFailed as error:
                log.warning("the keys of %s cannot be fetched: %s", self._config.url, error)
                return
            self._keys, self._fetched_at = keys, now


def read_keys(data: bytes) -> tuple[Key, ...]:
    """The keys of a JWK set that can be used; the others are left out. Raises `FetchFailed` when there is none."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FetchFailed(f"the answer is not JSON: {error}") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise FetchFailed("the answer is not a JWK set")
    keys = [key for key in map(_read_key, entries[:MOST_KEYS]) if key is not None]
    if not keys:
        raise FetchFailed("the JWK set has no key for RS256, ES256 or EdDSA")
    return tuple(keys)


def _read_key(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    algorithm = {
        ("RSA", None): "RS256",
        ("EC", "P-256"): "ES256",
        ("OKP", "Ed25519"): "EdDSA",
    }.get((str(entry.get("kty")), entry.get("crv") if isinstance(entry.get("crv"), str) else None))
    if algorithm is None or entry.get("alg", algorithm) != algorithm or "d" in entry:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        return None
    key_id = entry.get("kid")
    return Key(id=key_id if isinstance(key_id, str) else None, algorithm=algorithm, key=key)
