"""The outbox on a real database: sent, tried again, given up, never lost; by push, mail and webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from signaling.errors import BadRequest, Forbidden, NotFound
from signaling.protocol import webhooks as wire
from signaling.protocol.push import AddPushSubscription, PushKeys
from signaling.services.outgoing import Outcome
from signaling.services.push import MOST_SUBSCRIPTIONS
from signaling.store import models as m
from tests.integration.signaling.notice_node import (
    ADMIN,
    COURSE,
    Node,
    VirtualClock,
    identity,
    running_node,
    settings,
)

pytestmark = pytest.mark.integration

ADA, BEN = identity("ada"), identity("ben")
RETRY, REFUSED = Outcome(result="retry", status=503, detail="HTTP 503"), Outcome(result="refused", status=413)
GONE = Outcome(result="gone", status=410, detail="HTTP 410")


@pytest.fixture
async def node(tmp_path: Path, database_url: str) -> AsyncIterator[Node]:
    async with running_node(settings(tmp_path, database_url)) as running:
        await running.add_people("ada", "ben", email=True)
        yield running


def subscription(number: int) -> AddPushSubscription:
    keys = PushKeys(p256dh="B" + "A" * 86, auth="A" * 22)
    return AddPushSubscription(endpoint=f"https://push.example.org/{number}", keys=keys)


async def send(node: Node, channel: Any, **delta: float) -> None:
    node.clock.advance(**delta)
    await node.parts.deliveries.tick(channel)


async def states(node: Node, channel: str) -> list[tuple[str, int]]:
    return [(state, attempts) for found, state, attempts in await node.deliveries() if found == channel]


# --- push and mail ----------------------------------------------------------------------------------


async def test_each_browser_gets_its_push_and_the_mailbox_its_mail(node: Node) -> None:
    for number in range(2):
        await node.parts.push.add(ADA, subscription(number))
    await node.notify("ada", live_class_id="fractions", course_id=COURSE)
    await send(node, "push")
    await send(node, "email")
    assert sorted(target.endpoint for target, _ in node.sent.pushes) == [
        "https://push.example.org/0",
        "https://push.example.org/1",
    ]
    assert node.sent.pushes[0][1] == {
        "userId": "ada",
        "seq": 1,
        "kind": "enrolled",
        "title": "Welcome",
        "text": "You are in.",
        "courseId": COURSE,
        "liveClassId": "fractions",
        "chatRoomId": None,
    }
    mail = node.sent.mails[0]
    assert (mail.to, mail.subject) == ("ada@example.org", "Welcome")
    assert "https://class.example.org/class/fractions" in mail.text
    assert node.parts.mail_links.read(mail.unsubscribe_url.partition("token=")[2]) == "ada"
    await send(node, "push", days=1)
    assert len(node.sent.pushes) == 2
    assert (await node.parts.push.subscriptions(ADA)).items[0].last_success_at is not None


async def test_markup_in_a_title_is_shown_as_it_is(node: Node) -> None:
    await node.notify("ada", title="<script>alert(1)</script>\r\nBcc: eve@example.org", text='"><img src=x>')
    await send(node, "email")
    assert "<script" not in node.sent.mails[0].html
    assert "<img" not in node.sent.mails[0].html


async def test_what_fails_is_tried_again_later_and_later_and_given_up(node: Node) -> None:
    await node.notify("ada")
    node.sent.answers = [RETRY] * 100
    pauses = []
    while (await states(node, "email"))[0][0] == "pending":
        await send(node, "email")
        await send(node, "email", seconds=1)
        async with node.database.transaction() as tx:
            due = await tx.scalar(select(m.Delivery.next_attempt_at))
        pauses.append(due - node.clock())
        node.clock.at = max(due, node.clock())
    assert pauses[:-1] == sorted(pauses[:-1])
    assert pauses[-2] > timedelta(hours=9)
    assert await states(node, "email") == [("dead", 9)]
    assert len(node.sent.mails) == 9


async def test_what_is_refused_is_not_tried_again(node: Node) -> None:
    await node.notify("ada")
    node.sent.answers = [REFUSED]
    await send(node, "email")
    await send(node, "email", days=1)
    assert await states(node, "email") == [("dead", 1)]


async def test_a_bug_with_one_keeps_no_other_from_going_out(node: Node) -> None:
    await node.notify("ada", "ben")
    node.sent.answers = [RuntimeError("a bug")]
    await send(node, "email")
    assert sorted(state for state, _ in await states(node, "email")) == ["pending", "sent"]
    await send(node, "email", seconds=120)
    assert [state for state, _ in await states(node, "email")] == ["sent", "sent"]


async def test_what_was_sent_but_not_noted_is_sent_again(node: Node) -> None:
    """The server dies in between: asyncio's cancelling is as near as a test comes without a process."""
    await node.notify("ada")
    reached, held = asyncio.Event(), asyncio.Event()
    real = node.sent.mail

    async def hang(*arguments: Any) -> Outcome:
        await real(*arguments)
        reached.set()
        await held.wait()
        raise AssertionError("unreachable")

    node.sent.mail = hang  # type: ignore[method-assign,assignment]
    dying = asyncio.create_task(node.parts.deliveries.tick("email"))
    await asyncio.wait_for(reached.wait(), 5)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    node.sent.mail = real  # type: ignore[method-assign]
    await send(node, "email")
    assert len(node.sent.mails) == 1, "the claim has not run out yet"
    await send(node, "email", seconds=90)
    assert len(node.sent.mails) == 2
    assert node.sent.mails[0].message_id == node.sent.mails[1].message_id
    assert await states(node, "email") == [("sent", 2)]


async def test_a_late_answer_of_a_lost_claim_changes_nothing(node: Node) -> None:
    await node.notify("ada")
    store, clock = node.parts.deliveries._store, node.clock
    async with node.database.transaction() as tx:
        first = (await store.claim(tx, "email", clock(), clock() + timedelta(seconds=90), 10))[0]
    await send(node, "email", seconds=90)
    async with node.database.transaction() as tx:
        assert not await store.finish(tx, first, "dead", "too late", clock())
        assert not await store.retry(tx, first, clock(), "too late")
    assert await states(node, "email") == [("sent", 2)]


async def test_what_is_of_no_use_any_more_is_not_sent(node: Node) -> None:
    await node.parts.push.add(ADA, subscription(1))
    await node.notify("ada", kind="live-class-starting-soon")
    await send(node, "push", minutes=31)
    assert node.sent.pushes == []
    assert await states(node, "push") == [("dropped", 1)]


async def test_a_subscription_that_is_gone_is_removed(node: Node) -> None:
    for number in range(2):
        await node.parts.push.add(ADA, subscription(number))
    node.sent.answers = [GONE]
    await node.notify("ada")
    await send(node, "push")
    assert len((await node.parts.push.subscriptions(ADA)).items) == 1
    await node.notify("ada")
    await send(node, "push")
    assert len(node.sent.pushes) == 3


async def test_a_browser_changes_hands(node: Node) -> None:
    await node.parts.push.add(ADA, subscription(1))
    await node.notify("ada", kind="direct-message")
    await node.parts.push.add(BEN, subscription(1))
    await send(node, "push")
    assert node.sent.pushes == [], "what was meant for the one is not shown to the other"
    assert (await node.parts.push.subscriptions(ADA)).items == []
    await node.notify("ben")
    await send(node, "push")
    assert [payload["userId"] for _, payload in node.sent.pushes] == ["ben"]


async def test_subscriptions_are_few_and_ones_own(node: Node) -> None:
    for number in range(MOST_SUBSCRIPTIONS + 2):
        node.clock.advance(seconds=1)
        await node.parts.push.add(ADA, subscription(number))
    items = (await node.parts.push.subscriptions(ADA)).items
    assert len(items) == MOST_SUBSCRIPTIONS
    assert {item.origin for item in items} == {"https://push.example.org"}
    with pytest.raises(NotFound):
        await node.parts.push.remove(BEN, items[0].id)
    await node.parts.push.remove(ADA, items[0].id)
    assert len((await node.parts.push.subscriptions(ADA)).items) == MOST_SUBSCRIPTIONS - 1


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("AAAA", "A" * 22), ("B" + "A" * 86, "AA"), ("é", "A"), ("B" * 87, "")]
)
async def test_keys_that_are_none_are_refused(node: Node, p256dh: str, auth: str) -> None:
    command = AddPushSubscription(endpoint="https://push.example.org/", keys=PushKeys(p256dh=p256dh, auth=auth))
    with pytest.raises(BadRequest):
        await node.parts.push.add(ADA, command)


async def test_whoever_ends_mails_gets_none_not_even_those_that_wait(node: Node) -> None:
    await node.notify("ada", "ben")
    await node.parts.notifications.stop_mail("ada")
    await node.notify("ada", "ben")
    await send(node, "email")
    assert [mail.to for mail in node.sent.mails] == ["ben@example.org", "ben@example.org"]
    assert len(await node.inbox("ada")) == 2


async def test_servers_on_one_database_send_each_mail_once(tmp_path: Path, database_url: str) -> None:
    clock = VirtualClock()
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(running_node(settings(tmp_path, database_url), clock, name))
            for name in ("a", "b")
        ]
        names = [f"p{number}" for number in range(40)]
        await nodes[0].add_people(*names, email=True)
        await nodes[0].notify(*names)
        await asyncio.gather(*(node.parts.deliveries.tick("email") for node in nodes for _ in range(2)))
        to = [mail.to for node in nodes for mail in node.sent.mails]
        assert sorted(to) == sorted(f"{name}@example.org" for name in names)
        clock.advance(days=8)
        await nodes[0].parts.deliveries.purge()
        assert await nodes[1].deliveries() == []


# --- webhooks ---------------------------------------------------------------------------------------


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
    await send(node, "webhook")
    await send(node, "webhook", seconds=10)
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
        await send(node, "webhook")
        assert len(node.sent.posts[-1][1]["webhook-signature"].split()) == count


async def test_a_webhook_that_fails_for_days_is_disabled_and_that_is_noted(node: Node) -> None:
    made = await create(node)
    node.sent.answers = [RETRY] * 1000
    for _ in range(30):
        await enqueue(node, "live-class-started")
        await send(node, "webhook", hours=3)
    webhook = await get(node, made.webhook.id)
    assert webhook.disabled_at is not None
    assert webhook.disabled_reason
    assert webhook.failing_since is not None
    assert "pending" not in {state for state, _ in await states(node, "webhook")}
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
    await send(node, "webhook")
    assert len(node.sent.posts) == posts + 1


async def test_a_success_forgets_the_failures(node: Node) -> None:
    made = await create(node)
    await enqueue(node, "live-class-started")
    node.sent.answers = [RETRY]
    await send(node, "webhook")
    assert (await get(node, made.webhook.id)).failing_since is not None
    await send(node, "webhook", seconds=10)
    assert (await get(node, made.webhook.id)).failing_since is None


async def test_a_webhook_that_says_it_is_gone_is_disabled(node: Node) -> None:
    made = await create(node)
    await enqueue(node, "live-class-started")
    node.sent.answers = [GONE]
    await send(node, "webhook")
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
    await send(node, "webhook")
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
    await send(node, "webhook")
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
    await send(node, "webhook")
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
