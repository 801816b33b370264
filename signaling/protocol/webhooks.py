"""Webhooks: events posted to other systems of the operator, signed as in Standard Webhooks 1.0.

The body is ``{id, event, createdAt, data}``. Headers: ``webhook-id``, ``webhook-timestamp`` (seconds since 1970)
and ``webhook-signature`` (``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``, with the bytes after
``whsec_`` in base64 as the key; while a secret is being replaced there are two, separated by a space).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from signaling.protocol.base import Cursor, Id, Limit, Wire
from signaling.protocol.rest import Route

WebhookEvent = Literal[
    "live-class-scheduled",
    "live-class-moved",
    "live-class-cancelled",
    "live-class-started",
    "live-class-ended",
    "live-class-missed",
    "enrolment-changed",
    "webhook-test",
]
DeliveryState = Literal["pending", "sent", "dead", "dropped"]
"""``dead``: given up after many attempts; ``dropped``: not wanted any more."""

WebhookUrl = Annotated[str, Meta(min_length=1, max_length=1000)]
WebhookEvents = Annotated[list[WebhookEvent], Meta(max_length=50)]


class CreateWebhook(Wire, frozen=True, kw_only=True):
    """``events`` empty: all of them. ``courseId``: of that course alone."""

    url: WebhookUrl
    events: WebhookEvents = field(default_factory=list)
    course_id: Id | None = None


class UpdateWebhook(Wire, frozen=True, kw_only=True):
    """What is left out stays. ``enabled`` true takes one up again that failed for too long."""

    url: WebhookUrl | None = None
    events: WebhookEvents | None = None
    enabled: bool | None = None


class Webhook(Wire, frozen=True, kw_only=True):
    """``failingSince``: the first failure after the last success. ``disabledReason``: why nothing is sent."""

    id: str
    url: str
    events: list[WebhookEvent]
    course_id: str | None
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


class WebhookWithSecret(Wire, frozen=True, kw_only=True):
    """The only time the secret is shown."""

    webhook: Webhook
    secret: str


class WebhookList(Wire, frozen=True, kw_only=True):
    """Oldest first."""

    items: list[Webhook]
    next_cursor: str | None


class WebhookQuery(Wire, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class WebhookAttempt(Wire, frozen=True, kw_only=True):
    """One try. ``status`` is the HTTP status of the answer, null when there was none; ``deliveryId`` is the
    ``webhook-id``."""

    delivery_id: str
    event: WebhookEvent
    at: datetime
    ok: bool
    status: int | None
    detail: str
    milliseconds: int


class WebhookAttemptList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[WebhookAttempt]
    next_cursor: str | None


class WebhookDelivery(Wire, frozen=True, kw_only=True):
    """``nextAttemptAt`` is null when nothing more will be tried."""

    id: str
    event: WebhookEvent
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None


class WebhookDeliveryList(Wire, frozen=True, kw_only=True):
    """Newest first."""

    items: list[WebhookDelivery]
    next_cursor: str | None


_ALL = "/api/v1/webhooks"
_ONE = f"{_ALL}/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-webhooks",
        method="GET",
        path=_ALL,
        who="admin",
        doc="All webhooks.",
        query=WebhookQuery,
        answer=WebhookList,
        errors=("forbidden",),
    ),
    Route(
        operation="create-webhook",
        method="POST",
        path=_ALL,
        who="admin",
        doc="Post events to a URL from now on. The answer has the secret, once.",
        body=CreateWebhook,
        answer=WebhookWithSecret,
        status=201,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="get-webhook",
        method="GET",
        path=_ONE,
        who="admin",
        doc="One webhook.",
        answer=Webhook,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="update-webhook",
        method="PATCH",
        path=_ONE,
        who="admin",
        doc="Change its URL or events, pause it, take it up again.",
        body=UpdateWebhook,
        answer=Webhook,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="delete-webhook",
        method="DELETE",
        path=_ONE,
        who="admin",
        doc="Delete it, with what was not delivered yet.",
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="rotate-webhook-secret",
        method="POST",
        path=f"{_ONE}/secret",
        who="admin",
        doc="A new secret. For a day everything is signed with the old one as well.",
        answer=WebhookWithSecret,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="test-webhook",
        method="POST",
        path=f"{_ONE}/test",
        who="admin",
        doc="Send a `webhook-test`; the attempts tell how it went.",
        answer=WebhookDelivery,
        status=202,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-webhook-deliveries",
        method="GET",
        path=f"{_ONE}/deliveries",
        who="admin",
        doc="What is to be sent, and what was sent lately.",
        query=WebhookQuery,
        answer=WebhookDeliveryList,
        errors=("forbidden", "not_found"),
    ),
    Route(
        operation="list-webhook-attempts",
        method="GET",
        path=f"{_ONE}/attempts",
        who="admin",
        doc="Every try lately, and what came of it.",
        query=WebhookQuery,
        answer=WebhookAttemptList,
        errors=("forbidden", "not_found"),
    ),
)
