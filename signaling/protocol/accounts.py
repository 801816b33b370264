"""Accounts: how somebody signs in and stays signed in, and what they see of themselves.

A sign-in answers with a short access token (``Authorization: Bearer …``, and ``auth.token`` of a socket) and
sets the refresh token as a cookie: HttpOnly, SameSite=Strict, for ``/api/v1/auth`` alone. ``POST
/api/v1/auth/refresh`` answers with the next pair. A refresh token works once. For
``accounts.refresh_grace_seconds`` after that it answers with the same next token again, so that two tabs, or a
lost answer, do no harm; used later it can only be a stolen one, and the whole sign-in ends. These routes refuse
pages of origins that are not in the settings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from signaling.protocol.base import Cursor, Id, Limit, Name, Wire
from signaling.protocol.rest import Route

Provider = Literal["local", "issuer", "guest", "token"]
"""Where somebody is known from: an account here, another issuer's tokens, an invite, or a token made by hand."""
Username = Annotated[str, Meta(min_length=2, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
"""Upper and lower case are the same name."""
Email = Annotated[
    str, Meta(min_length=3, max_length=254, pattern=r"^[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\Z")
]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
"""As somebody typed it; a new one must have `MIN_PASSWORD` to `MAX_PASSWORD` characters."""
Secret = Annotated[str, Meta(min_length=1, max_length=128)]

MIN_PASSWORD = 10
MAX_PASSWORD = 200


class Me(Wire, frozen=True, kw_only=True):
    """Oneself. ``username`` and ``email`` are null for those without a local account."""

    id: str
    name: str
    is_admin: bool
    provider: Provider
    username: str | None
    email: str | None
    created_at: datetime
    has_password: bool


class SignedIn(Wire, frozen=True, kw_only=True):
    """``accessToken`` is valid until ``expiresAt``; refresh before that."""

    access_token: str
    expires_at: datetime
    device_id: str
    me: Me


class AuthOptions(Wire, frozen=True, kw_only=True):
    """What a sign-in page offers. ``setupNeeded``: there is no admin yet."""

    registration: Literal["closed", "open"]
    setup_needed: bool
    min_password: int


class SignIn(Wire, frozen=True, kw_only=True):
    """``name`` is the username or the e-mail address."""

    name: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Password


class Register(Wire, frozen=True, kw_only=True):
    username: Username
    name: Name
    password: Password
    email: Email | None = None


class Setup(Wire, frozen=True, kw_only=True):
    """The first admin. ``token`` is that of the link that the server printed."""

    token: Secret
    username: Username
    name: Name
    password: Password
    email: Email | None = None


class SetPassword(Wire, frozen=True, kw_only=True):
    """``token`` is that of a link made by an admin; it works once."""

    token: Secret
    password: Password


class ChangeMe(Wire, frozen=True, kw_only=True):
    """What is left out stays. ``email`` null takes it away."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET


class ChangePassword(Wire, frozen=True, kw_only=True):
    """All other devices are signed out."""

    password: Password
    new_password: Password


class Device(Wire, frozen=True, kw_only=True):
    """A sign-in. ``label`` is what the browser said of itself."""

    id: str
    label: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool


class DeviceList(Wire, frozen=True, kw_only=True):
    """Last used first."""

    items: list[Device]
    next_cursor: str | None


class DeviceQuery(Wire, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class SignedOut(Wire, frozen=True, kw_only=True):
    """To the user: the sign-in ``deviceId`` is over, with null every one; the server closes those connections."""

    reason: Literal["signed-out", "blocked", "password-changed", "token-reused"]
    device_id: Id | None


_AUTH = "/api/v1/auth"
_ME = "/api/v1/me"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="get-auth-options",
        method="GET",
        path=f"{_AUTH}/options",
        who="anybody",
        doc="What the sign-in page offers.",
        answer=AuthOptions,
        public=True,
    ),
    Route(
        operation="sign-in",
        method="POST",
        path=f"{_AUTH}/sign-in",
        who="anybody",
        doc="Sign in with a local account. An unknown name and a wrong password are answered alike.",
        body=SignIn,
        answer=SignedIn,
        errors=("unauthorized", "forbidden"),
        public=True,
    ),
    Route(
        operation="refresh",
        method="POST",
        path=f"{_AUTH}/refresh",
        who="who has the cookie",
        doc="The next access token, and the next cookie. A cookie used twice ends the sign-in.",
        answer=SignedIn,
        errors=("unauthorized", "forbidden"),
        public=True,
    ),
    Route(
        operation="sign-out",
        method="POST",
        path=f"{_AUTH}/sign-out",
        who="who has the cookie",
        doc="End this sign-in: its tokens stop working and its connections are closed.",
        errors=("forbidden",),
        public=True,
        status=204,
    ),
    Route(
        operation="register",
        method="POST",
        path=f"{_AUTH}/register",
        who="anybody, where `accounts.registration` is open",
        doc="Make an account for oneself, and sign in.",
        body=Register,
        answer=SignedIn,
        status=201,
        errors=("forbidden", "already_exists"),
        public=True,
    ),
    Route(
        operation="set-password",
        method="POST",
        path=f"{_AUTH}/set-password",
        who="who has a link for it",
        doc="Set a password with a one-time link, and sign in. All other devices are signed out.",
        body=SetPassword,
        answer=SignedIn,
        errors=("unauthorized", "forbidden"),
        public=True,
    ),
    Route(
        operation="setup",
        method="POST",
        path="/api/v1/setup",
        who="who has the setup link",
        doc="Make the first admin, and sign in.",
        body=Setup,
        answer=SignedIn,
        status=201,
        errors=("unauthorized", "forbidden", "already_exists"),
        public=True,
    ),
    Route(operation="get-me", method="GET", path=_ME, who="any user", doc="Oneself.", answer=Me),
    Route(
        operation="change-me",
        method="PATCH",
        path=_ME,
        who="any user",
        doc="Change one's name or e-mail address. Names of another issuer's users come from there.",
        body=ChangeMe,
        answer=Me,
        errors=("forbidden", "already_exists"),
    ),
    Route(
        operation="change-password",
        method="POST",
        path=f"{_ME}/password",
        who="any user with a local account",
        doc="Change one's password. All other devices are signed out.",
        body=ChangePassword,
        errors=("forbidden",),
        status=204,
    ),
    Route(
        operation="list-devices",
        method="GET",
        path=f"{_ME}/devices",
        who="any user",
        doc="Where one is signed in.",
        query=DeviceQuery,
        answer=DeviceList,
        errors=("forbidden",),
    ),
    Route(
        operation="revoke-device",
        method="DELETE",
        path=f"{_ME}/devices/{{id}}",
        who="any user",
        doc="Sign one device out.",
        errors=("forbidden", "not_found"),
        status=204,
    ),
    Route(
        operation="revoke-other-devices",
        method="DELETE",
        path=f"{_ME}/devices",
        who="any user",
        errors=("forbidden",),
        doc="Sign all devices out but this one.",
        status=204,
    ),
)
