"""Web Push: which browsers of somebody are told also while no page is open (RFC 8030, RFC 8291, RFC 8292)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from signaling.protocol.base import Wire
from signaling.protocol.rest import Route

Endpoint = Annotated[str, Meta(min_length=1, max_length=1000)]
KeyText = Annotated[str, Meta(min_length=1, max_length=200)]


class PushKeys(Wire, frozen=True, kw_only=True):
    """The keys of a browser's subscription, base64url: its P-256 point and the authentication secret."""

    p256dh: KeyText
    auth: KeyText


class AddPushSubscription(Wire, frozen=True, kw_only=True):
    """What ``PushSubscription.toJSON()`` gives in a browser."""

    endpoint: Endpoint
    keys: PushKeys
    expiration_time: float | None = None


class PushSubscription(Wire, frozen=True, kw_only=True):
    """``origin`` is the push service; the whole endpoint is a secret of the browser."""

    id: str
    origin: str
    created_at: datetime
    last_success_at: datetime | None


class PushSubscriptionList(Wire, frozen=True, kw_only=True):
    """Newest first; a person has a few at most."""

    items: list[PushSubscription]


class PushKey(Wire, frozen=True, kw_only=True):
    """The ``applicationServerKey`` to subscribe with, base64url."""

    public_key: str


_ALL = "/api/v1/push/subscriptions"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="get-push-key",
        method="GET",
        path="/api/v1/push/key",
        who="any user",
        doc="The key of this server's pushes.",
        answer=PushKey,
    ),
    Route(
        operation="list-push-subscriptions",
        method="GET",
        path=_ALL,
        who="any user",
        doc="One's own subscriptions.",
        answer=PushSubscriptionList,
    ),
    Route(
        operation="add-push-subscription",
        method="POST",
        path=_ALL,
        who="any user",
        doc="Have notifications pushed to a browser. The same endpoint again replaces what was there.",
        body=AddPushSubscription,
        answer=PushSubscription,
        status=201,
    ),
    Route(
        operation="remove-push-subscription",
        method="DELETE",
        path=f"{_ALL}/{{id}}",
        who="any user",
        doc="No more pushes to it.",
        errors=("not_found",),
    ),
)
