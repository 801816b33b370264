"""Sending to the outside: what came of it, when to try again, and what an address may be.

The senders themselves speak HTTP and SMTP; they are in `signaling.senders` and are handed in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from signaling.errors import BadRequest

Result = Literal["sent", "retry", "refused", "gone"]
"""``refused``: this message will never be taken; ``gone``: nor will any other at this address."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt. ``status`` is that of the protocol, ``detail`` is for the operator;
    ``retry_after`` is what the other side asked for."""

    result: Result
    status: int | None = None
    detail: str = ""
    retry_after: timedelta | None = None
    milliseconds: int = 0
    nothing_works: bool = False
    """It was not this message or its address: everything on this way fails now."""


class PushTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A browser's subscription: where to post to, and the keys to encrypt with."""

    endpoint: str
    p256dh: str
    auth: str


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """``unsubscribe_url`` ends all mail to this person, by one click too (RFC 8058). A repeated ``message_id`` is
    the same mail again."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    unsubscribe_url: str


class PushSender(Protocol):
    @property
    def public_key(self) -> str:
        """The ``applicationServerKey``, base64url."""
        ...

    async def push(
        self, target: PushTarget, payload: bytes, *, ttl: timedelta, urgent: bool, now: datetime
    ) -> Outcome: ...


class MailSender(Protocol):
    async def mail(self, mail: Mail, now: datetime) -> Outcome: ...


class WebhookSender(Protocol):
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome: ...


class Senders(msgspec.Struct, frozen=True, kw_only=True):
    """``mail`` None: none is sent."""

    push: PushSender
    mail: MailSender | None
    webhook: WebhookSender


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """``delays`` between the attempts: after the last one nothing more is tried. ``at_once`` go out together."""

    delays: tuple[timedelta, ...]
    at_once: int = 16
    lease: timedelta = timedelta(seconds=90)
    """How long an attempt may take before it is taken for lost; more than any timeout of a sender."""


JITTER = 0.2
RETRY_AFTER_MOST = timedelta(hours=6)


def next_attempt(
    policy: Policy, attempts: int, outcome: Outcome, expires_at: datetime | None, now: datetime, random: float
) -> datetime | None:
    """When to try again after so many attempts, None: never. ``random`` from 0 to 1 spreads those that failed
    together."""
    if attempts > len(policy.delays):
        return None
    delay = policy.delays[attempts - 1] * (1 + JITTER * (2 * random - 1))
    if outcome.retry_after is not None:
        delay = max(delay, min(outcome.retry_after, RETRY_AFTER_MOST))
    at = now + delay
    return at if expires_at is None or at < expires_at else None


def check_url(url: str, *, allow_private: bool) -> None:
    """Whether we may be asked to post there. Names are looked at again when they are resolved. Raises
    `BadRequest`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadRequest("this is not a URL") from None
    if any(ord(c) <= 32 or ord(c) > 126 for c in url) or not host or port == 0:
        raise BadRequest("this is not a URL")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadRequest("the URL may have no user, no password and no fragment")
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise BadRequest("the URL must start with https://")
    if not allow_private and (is_local_name(host) or not is_public(host, if_name=True)):
        raise BadRequest("the URL is of a private address")


def is_local_name(host: str) -> bool:
    """A name that can be of this network alone."""
    host = host.rstrip(".").lower()
    bare = "." not in host and ":" not in host
    return bare or host.endswith((".localhost", ".local", ".internal"))


def is_public(host: str, *, if_name: bool) -> bool:
    """Whether an address is of the public internet; ``if_name`` is the answer for what is no address."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        # 127.1 and 0x7f000001 are addresses for a resolver
        last = host.rstrip(".").rpartition(".")[2]
        return if_name and not (last.isdigit() or last.lower().startswith("0x"))
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is not None:
            address = inner
    return address.is_global and not address.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address behind the well-known prefix (RFC 6052)."""
    if address in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
