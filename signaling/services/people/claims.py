"""What another issuer's token says, read by the claim names of the settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from signaling.errors import Unauthorized
from signaling.identity import Grant
from signaling.issuer_config import IssuerConfig
from signaling.protocol.accounts import Email
from signaling.protocol.base import Id, Role
from signaling.protocol.text import MOST_NAME, clean_name

LEEWAY_S = 60
"""Clocks of two services differ."""
MOST_SUBJECT = 255
NAMELESS = "Member"


class External(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as their issuer describes them. ``is_admin`` None: the issuer does not say."""

    issuer: str
    subject: str
    name: str
    email: str | None
    is_admin: bool | None
    grant: Grant | None
    expires_at: datetime


def read_claims(claims: Mapping[str, Any], config: IssuerConfig, now: datetime) -> External:
    """Checks who made the token, for whom and until when, and reads the rest. The signature was checked before.
    Raises `Unauthorized`."""
    if claims.get("iss") != config.url:
        raise _refused("it is of another issuer")
    audience = claims.get("aud")
    if config.audience not in ([audience] if isinstance(audience, str) else _texts(audience)):
        raise _refused("it was made for another service")
    expires_at = _check_times(claims, now)
    subject = _find(claims, config.user_claim)
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or "\0" in subject:
        raise _refused(f"the claim {config.user_claim} names nobody")
    email = _email(_find(claims, config.email_claim))
    is_admin = None
    if config.admin_claim:
        is_admin = config.admin_value in _texts(_find(claims, config.admin_claim))
    return External(
        issuer=config.url,
        subject=subject,
        name=_name(_find(claims, config.name_claim), email),
        email=email,
        is_admin=is_admin,
        grant=_grant(claims, config),
        expires_at=expires_at,
    )


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When it ends."""
    times = {}
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name)
        if value is None and name != "exp":
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refused(f"{name} is no moment")
        times[name] = value
    moment = now.timestamp()
    if times["exp"] <= moment:
        raise Unauthorized("the token has expired; sign in again")
    if max(times.get("nbf", 0), times.get("iat", 0)) > moment + LEEWAY_S:
        raise _refused("it is not valid yet")
    try:
        return datetime.fromtimestamp(times["exp"], UTC)
    except (ValueError, OverflowError, OSError):
        raise _refused("exp is no moment") from None


def _grant(claims: Mapping[str, Any], config: IssuerConfig) -> Grant | None:
    if not config.course_claim:
        return None
    course = _find(claims, config.course_claim)
    if course is None:
        return None
    try:
        course_id = msgspec.convert(course, Id)
    except msgspec.ValidationError:
        raise _refused(f"the claim {config.course_claim} is no id of a course") from None
    roles = _texts(_find(claims, config.role_claim))
    role: Role = "student"
    if any(value in config.tutor_values for value in roles):
        role = "tutor"
    elif roles == ["guest"]:
        role = "guest"
    return Grant(course_id=course_id, role=role)


def _find(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by a path through objects; names with dots in them win."""
    if not path:
        return None
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def _texts(value: Any) -> list[str]:
    """A text, or the texts of a list; true is "true"."""
    values = value if isinstance(value, list) else [value]
    return [
        str(entry).lower() if isinstance(entry, bool) else entry
        for entry in values
        if isinstance(entry, str | bool)
    ]


def _email(value: Any) -> str | None:
    try:
        return msgspec.convert(value, Email)
    except msgspec.ValidationError:
        return None


def _name(value: Any, email: str | None) -> str:
    """Somebody gets in with a strange name too, but under one that can be shown."""
    for text in (value, (email or "").partition("@")[0]):
        if isinstance(text, str):
            try:
                return clean_name(text[: MOST_NAME * 10])
            except ValueError:
                pass
    return NAMELESS


def _refused(reason: str) -> Unauthorized:
    return Unauthorized(f"the token cannot be used here: {reason}")
