"""Webhooks on a real database: who gets what, signed how, tried again, disabled, and seen by admins alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from signaling.errors import BadRequest, Forbidden, NotFound
from signaling.protocol import webhooks as wire
from signaling.services.notices.outgoing import Outcome
from signaling.store import models as m
from tests.integration.signaling.notice_node import (
    ADMIN,
    COURSE,
    GONE,
    RETRY,
    Node,
    identity,
    running_node,
    settings,
)

pytestmark = pytest.mark.integration


@pytest.fixture
async def node(tmp_path: Path, database_url: str) -> AsyncIterator[Node]:
    async with running_node(settings(tmp_path, database_url)) as running:
        await running.add_people("ada", "ben", email=True)
        yield running


async def create(node: Node, **fields: Any) -> wire.WebhookWithSecret:
    command = wire.CreateWebhook(**{"url": "http://127.0.0.1:1/hook", **fields})
    return await node.parts.webhook_admin.create(ADMIN, command)


async def enqueue(node: Node, event: wire.WebhookEvent, course_id: str | None = COURSE) -> int:
    async with node.database.transaction() as tx:
        return await node.parts.webhooks.enqueue(tx, event, course_id, {"liveClassId": "fractions"})


async def get(node: Node, webhook_id: str) -> wire.Webhook:
    return await node.parts.webhook_admin.get(ADMIN, webhook_id)


async def test_a_webhook_gets_the_events_and_the_course_it_wants(node: Node) -> None:
    await create(node, events=["live-class-started", "live-class-started"])
    await create(node, course_id=COURSE)
    assert await enqueue(node, "live-class-started") == 2
    assert await enqueue(node, "live-class-started", "other") == 1
    assert await enqueue(node, "live-class-ended") == 1
    assert await enqueue(node, "live-class-ended", None) == 0
    with pytest.raises(NotFound):
        await create(node, course_id="nowhere")


async def test_the_post_is_signed_and_keeps_its_id_over_all_attempts(node: Node) -> None:
    made = await create(node)
    await enqueue(node, "live-class-started")
    node.sent.answers = [RETRY]
    await node.send("webhook")
    await node.send("webhook", seconds=10)
    (url, headers, body), (_, again, same) = node.sent.posts
    assert url == "http://127.0.0.1:1/hook"
    assert body == same
    assert set(body) == {"id", "event", "createdAt", "data"}
    assert headers["webhook-id"] == again["webhook-id"] == body["id"]
    assert headers["webhook-timestamp"] != again["webhook-timestamp"]
    assert made.secret not in str(body)
    attempts = await node.parts.webhook_admin.attempts(ADMIN, made.webhook.id, wire.WebhookQuery())
    assert [(a.ok, a.status) for a in attempts.items] == [(True, None), (False, 503)]


async def test_the_old_secret_signs_as_well_for_a_day(node: Node) -> None:
    made = await create(node)
    rotated = await node.parts.webhook_admin.rotate(ADMIN, made.webhook.id)
    assert rotated.secret != made.secret
    for delta, count in ((timedelta(hours=1), 2), (timedelta(hours=24), 1)):
        node.clock.at += delta
        await enqueue(node, "live-class-started")
        await node.send("webhook")
        assert len(node.sent.posts[-1][1]["webhook-signature"].split()) == count


async def test_a_webhook_that_fails_for_days_is_disabled_and_that_is_noted(node: Node) -> None:
    made = await create(node)
    node.sent.answers = [RETRY] * 1000
    for _ in range(30):
        await enqueue(node, "live-class-started")
        await node.send("webhook", hours=3)
    webhook = await get(node, made.webhook.id)
    assert webhook.disabled_at is not None
    assert webhook.disabled_reason
    assert webhook.failing_since is not None
    assert "pending" not in {state for state, _ in await node.states("webhook")}
    async with node.database.transaction() as tx:
        a = m.AuditEntry
        found = await tx.scalar(select(a.target).where(a.action == "disable-webhook"))
    assert found == made.webhook.id
    posts = len(node.sent.posts)
    assert await enqueue(node, "live-class-started") == 0
    with pytest.raises(BadRequest):
        await node.parts.webhook_admin.test(ADMIN, made.webhook.id)
    update = wire.UpdateWebhook(enabled=True)
    enabled = await node.parts.webhook_admin.update(ADMIN, made.webhook.id, update)
    assert (enabled.disabled_at, enabled.failing_since) == (None, None)
    node.sent.answers = []
    await enqueue(node, "live-class-started")
    await node.send("webhook")
    assert len(node.sent.posts) == posts + 1


async def test_a_success_forgets_the_failures(node: Node) -> None:
    made = await create(node)
    await enqueue(node, "live-class-started")
    node.sent.answers = [RETRY]
    await node.send("webhook")
    assert (await get(node, made.webhook.id)).failing_since is not None
    await node.send("webhook", seconds=10)
    assert (await get(node, made.webhook.id)).failing_since is None


async def test_a_webhook_that_says_it_is_gone_is_disabled(node: Node) -> None:
    made = await create(node)
    await enqueue(node, "live-class-started")
    node.sent.answers = [GONE]
    await node.send("webhook")
    assert (await get(node, made.webhook.id)).disabled_at is not None


async def test_one_that_does_not_answer_holds_up_no_other(node: Node) -> None:
    broken = (await create(node, url="http://127.0.0.1:1/broken", events=["live-class-ended"])).webhook
    await create(node, url="http://127.0.0.1:1/fine", events=["live-class-started"])
    for _ in range(40):
        await enqueue(node, "live-class-ended")
    await enqueue(node, "live-class-started")
    real = node.sent.post

    async def post(url: str, headers: Any, body: bytes) -> Outcome:
        await real(url, headers, body)
        return RETRY if url.endswith("broken") else Outcome(result="sent")

    node.sent.post = post  # type: ignore[method-assign]
    await node.send("webhook")
    urls = [url.rpartition("/")[2] for url, _, _ in node.sent.posts]
    assert urls.count("fine") == 1
    assert urls.count("broken") <= node.parts.webhooks.policy.at_once
    deliveries = await node.parts.webhook_admin.deliveries(ADMIN, broken.id, wire.WebhookQuery(limit=200))
    assert len(deliveries.items) == 40
    assert {delivery.state for delivery in deliveries.items} == {"pending"}


async def test_a_deleted_webhook_gets_nothing_more(node: Node) -> None:
    made = await create(node)
    await enqueue(node, "live-class-started")
    await node.parts.webhook_admin.delete(ADMIN, made.webhook.id)
    await node.send("webhook")
    assert node.sent.posts == []
    with pytest.raises(NotFound):
        await get(node, made.webhook.id)


async def test_the_lists_go_on_where_they_stopped(node: Node) -> None:
    admin = node.parts.webhook_admin
    ids = [(await create(node)).webhook.id for _ in range(5)]
    page = await admin.page(ADMIN, wire.WebhookQuery(limit=2))
    found = [webhook.id for webhook in page.items]
    while page.next_cursor:
        page = await admin.page(ADMIN, wire.WebhookQuery(limit=2, cursor=page.next_cursor))
        found += [webhook.id for webhook in page.items]
    assert sorted(found) == sorted(ids)
    assert len(found) == 5
    for _ in range(5):
        await enqueue(node, "live-class-started")
    await node.send("webhook")
    for listed in (admin.deliveries, admin.attempts):
        part: Any = await listed(ADMIN, ids[0], wire.WebhookQuery(limit=2))
        seen = list(part.items)
        while part.next_cursor:
            part = await listed(ADMIN, ids[0], wire.WebhookQuery(limit=2, cursor=part.next_cursor))
            seen += part.items
        assert len(seen) == 5
        with pytest.raises(BadRequest):
            await listed(ADMIN, ids[0], wire.WebhookQuery(cursor="nonsense"))


async def test_admins_alone_have_webhooks(node: Node) -> None:
    made = await create(node)
    admin, who = node.parts.webhook_admin, identity("ada")
    for asked in (
        admin.page(who, wire.WebhookQuery()),
        admin.get(who, made.webhook.id),
        admin.get(who, "nowhere"),
        admin.create(who, wire.CreateWebhook(url="http://127.0.0.1:1/")),
        admin.update(who, made.webhook.id, wire.UpdateWebhook(enabled=False)),
        admin.rotate(who, made.webhook.id),
        admin.delete(who, made.webhook.id),
        admin.test(who, made.webhook.id),
        admin.deliveries(who, made.webhook.id, wire.WebhookQuery()),
        admin.attempts(who, made.webhook.id, wire.WebhookQuery()),
    ):
        with pytest.raises(Forbidden):
            await asked
