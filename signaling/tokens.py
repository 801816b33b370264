"""Tokens: who somebody is, signed. JWT (RFC 7519), HS256 and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, cast, get_args

import jwt
import msgspec
from msgspec import Meta

from signaling.errors import Unauthorized
from signaling.identity import Grant, Identity, Principal, StreamPass
from signaling.protocol.base import Id, Name, Role
from signaling.protocol.streams import StreamKind, StreamSource

ALGORITHM = "HS256"
MAX_LENGTH = 4096
STREAMS = "podium-streams"
"""Whom stream keys are for (``aud``); other tokens name nobody."""

UserId = Annotated[str, Meta(min_length=1, max_length=128)]


class _Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    sub: UserId
    name: Name
    role: Literal["tutor", "student", "guest", "user", "admin"]
    iss: Literal["podium"]
    iat: int | float
    exp: int | float
    course: Id | None = None
    """With a role in a course, and only then."""
    sid: Id | None = None
    """The sign-in of an account: one device."""

    def __post_init__(self) -> None:
        if (self.role in get_args(Role)) != (self.course is not None):
            raise ValueError(f"the role {self.role} and the course do not go together")


class _StreamClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Without a role: such a token opens nothing else."""

    sub: UserId
    name: Name
    kind: StreamKind
    source: StreamSource
    live_class: Id
    jti: Id
    aud: Literal["podium-streams"]
    iss: Literal["podium"]
    iat: int | float
    exp: int | float


class Tokens:
    """Issues and reads tokens signed with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, principal: Principal, now: datetime, lifetime: timedelta) -> str:
        """A token for one course, valid for ``lifetime`` from ``now``. Raises ValueError when a claim is not
        allowed."""
        return self._sign(
            _Claims(
                sub=principal.user_id,
                name=principal.name,
                role=principal.role,
                course=principal.course_id,
                iss="podium",
                iat=int(now.timestamp()),
                exp=int((now + lifetime).timestamp()),
            )
        )

    def issue_access(self, identity: Identity, now: datetime) -> str:
        """A token for an account, valid until ``identity.expires_at``."""
        return self._sign(
            _Claims(
                sub=identity.user_id,
                name=identity.name,
                role="admin" if identity.is_admin else "user",
                sid=identity.device_id,
                iss="podium",
                iat=int(now.timestamp()),
                exp=int(identity.expires_at.timestamp()),
            )
        )

    def issue_stream_key(self, given: StreamPass, now: datetime) -> str:
        """A token for one live class, valid until ``given.expires_at``. Raises ValueError when a claim is not
        allowed."""
        return self._sign(
            _StreamClaims(
                sub=given.user_id,
                name=given.name,
                kind=given.kind,
                source=given.source,
                live_class=given.live_class_id,
                jti=given.id,
                aud="podium-streams",
                iss="podium",
                iat=int(now.timestamp()),
                exp=int(given.expires_at.timestamp()),
            )
        )

    def seal(self, purpose: str, *parts: str) -> str:
        """32 characters that only this server can make of these parts: for links and cookies that name a row of
        the database. Compare with `hmac.compare_digest`. The last is a letter: mail and chat programs leave "-"
        and "_" at the end of a link out of it."""
        key = hmac.digest(self._secret.encode(), f"podium {purpose}".encode(), hashlib.sha256)
        data = b"".join(len(part).to_bytes(4, "big") + part for part in (text.encode() for text in parts))
        seal = hmac.digest(key, data, hashlib.sha256)[:24]
        return base64.urlsafe_b64encode(seal[:-1] + bytes([seal[-1] & 0xF0])).decode("ascii")

    def _sign(self, claims: _Claims | _StreamClaims) -> str:
        data = msgspec.to_builtins(claims)
        try:
            msgspec.convert(data, type(claims))
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        return jwt.encode(data, self._secret, algorithm=ALGORITHM)

    def read(self, token: object, now: datetime) -> Identity:
        """Who the token speaks for at ``now``. Raises `Unauthorized` with a reason a person understands."""
        if not isinstance(token, str) or not token:
            raise Unauthorized("a token is needed")
        data = self._decode(token)
        if data.get("aud") == STREAMS:
            raise Unauthorized("this is a stream key: it opens WHIP and WHEP alone")
        if "aud" in data:
            raise Unauthorized("the token is meant for another service")
        try:
            claims = msgspec.convert(data, _Claims)
        except msgspec.ValidationError as error:
            raise Unauthorized(f"the token's claims do not fit: {error}") from None
        expires_at = _expiry(claims.exp, now)
        grant = None
        if claims.course is not None:
            grant = Grant(course_id=claims.course, role=cast(Role, claims.role))
        return Identity(
            user_id=claims.sub,
            name=claims.name,
            expires_at=expires_at,
            is_admin=claims.role == "admin",
            grant=grant,
            device_id=claims.sid,
        )

    def read_stream_key(self, token: str, now: datetime) -> StreamPass | None:
        """What a stream key opens at ``now``, None for what is no stream key. Raises `Unauthorized`."""
        try:
            data = self._decode(token)
        except Unauthorized:
            return None
        if data.get("aud") != STREAMS:
            return None
        try:
            claims = msgspec.convert(data, _StreamClaims)
        except msgspec.ValidationError as error:
            raise Unauthorized(f"the key's claims do not fit: {error}") from None
        return StreamPass(
            id=claims.jti,
            kind=claims.kind,
            source=claims.source,
            live_class_id=claims.live_class,
            user_id=claims.sub,
            name=claims.name,
            expires_at=_expiry(claims.exp, now),
        )

    def _decode(self, token: str) -> dict[str, Any]:
        """The claims of a token that this server signed. Raises `Unauthorized`."""
        if len(token) > MAX_LENGTH:
            raise Unauthorized("this is not a token")
        try:
            # the times are checked below, against the clock that was handed in
            data: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_iss": False,
                    "verify_aud": False,
                },
            )
        except jwt.InvalidSignatureError:
            raise Unauthorized("the token was not signed by this server") from None
        except jwt.InvalidAlgorithmError:
            raise Unauthorized(f"the token is not signed with {ALGORITHM}") from None
        except jwt.PyJWTError:
            raise Unauthorized("this is not a token") from None
        return data


def _expiry(exp: float, now: datetime) -> datetime:
    """Raises `Unauthorized`."""
    if exp <= now.timestamp():
        raise Unauthorized("the token has expired; sign in again, or ask for a new link")
    try:
        return datetime.fromtimestamp(exp, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unauthorized("the token's claims do not fit: exp is no moment") from None
