"""Tokens: who somebody is, signed. JWT (RFC 7519), HS256 and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import jwt
import msgspec
from msgspec import Meta

from signaling.errors import Unauthorized
from signaling.protocol.messages import Id, Role

ISSUER = "podium"
ALGORITHM = "HS256"
MAX_LENGTH = 4096

UserId = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, as a verified token says."""

    user_id: str
    name: str
    role: Role
    course_id: str

    @property
    def is_tutor(self) -> bool:
        return self.role == "tutor"


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    sub: UserId
    name: Name
    role: Role
    course: Id
    iss: Literal["podium"]
    iat: int | float
    exp: int | float


class Tokens:
    """Issues and reads tokens signed with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, principal: Principal, now: datetime, lifetime: timedelta) -> str:
        """A token valid for ``lifetime`` from ``now``. Raises ValueError when a claim is not allowed."""
        claims = _Claims(
            sub=principal.user_id,
            name=principal.name,
            role=principal.role,
            course=principal.course_id,
            iss="podium",
            iat=int(now.timestamp()),
            exp=int((now + lifetime).timestamp()),
        )
        data = msgspec.to_builtins(claims)
        try:
            msgspec.convert(data, _Claims)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        return jwt.encode(data, self._secret, algorithm=ALGORITHM)

    def read(self, token: object, now: datetime) -> Principal:
        """Who the token speaks for at ``now``. Raises `Unauthorized` with a reason a person understands."""
        if not isinstance(token, str) or not token:
            raise Unauthorized("a token is needed")
        if len(token) > MAX_LENGTH:
            raise Unauthorized("this is not a token")
        try:
            # the times are checked below, against the clock that was handed in
            data = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False},
            )
            claims = msgspec.convert(data, _Claims)
        except jwt.InvalidSignatureError:
            raise Unauthorized("the token was not signed by this server") from None
        except jwt.InvalidAlgorithmError:
            raise Unauthorized(f"the token is not signed with {ALGORITHM}") from None
        except jwt.PyJWTError:
            raise Unauthorized("this is not a token") from None
        except msgspec.ValidationError as error:
            raise Unauthorized(f"the token's claims do not fit: {error}") from None
        if claims.exp <= now.timestamp():
            raise Unauthorized("the token has expired; ask for a new link")
        return Principal(user_id=claims.sub, name=claims.name, role=claims.role, course_id=claims.course)
