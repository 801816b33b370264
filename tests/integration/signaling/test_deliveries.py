"""The outbox on a real database, by push and mail: sent, tried again, given up, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select, update

from signaling.errors import BadRequest, NotFound
from signaling.protocol.push import AddPushSubscription, PushKeys
from signaling.services.notices.outgoing import Outcome
from signaling.services.notices.push import MOST_SUBSCRIPTIONS
from signaling.store import models as m
from tests.integration.signaling.notice_node import (
    COURSE,
    GONE,
    NOON,
    REFUSED,
    RETRY,
    Node,
    VirtualClock,
    identity,
    running_node,
    settings,
)

pytestmark = pytest.mark.integration

ADA, BEN = identity("ada"), identity("ben")


@pytest.fixture
async def node(tmp_path: Path, database_url: str) -> AsyncIterator[Node]:
    async with running_node(settings(tmp_path, database_url)) as running:
        await running.add_people("ada", "ben", email=True)
        yield running


def subscription(number: int) -> AddPushSubscription:
    keys = PushKeys(p256dh="B" + "A" * 86, auth="A" * 22)
    return AddPushSubscription(endpoint=f"https://push.example.org/{number}", keys=keys)


async def test_each_browser_gets_its_push_and_the_mailbox_its_mail(node: Node) -> None:
    for number in range(2):
        await node.parts.push.add(ADA, subscription(number))
    await node.notify("ada", live_class_id="fractions", course_id=COURSE)
    await node.send("push")
    await node.send("email")
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
    await node.send("push", days=1)
    assert len(node.sent.pushes) == 2
    assert (await node.parts.push.subscriptions(ADA)).items[0].last_success_at is not None


async def test_markup_in_a_title_is_shown_as_it_is(node: Node) -> None:
    await node.notify("ada", title="<script>alert(1)</script>\r\nBcc: eve@example.org", text='"><img src=x>')
    await node.send("email")
    assert "<script" not in node.sent.mails[0].html
    assert "<img" not in node.sent.mails[0].html


async def test_what_fails_is_tried_again_later_and_later_and_given_up(node: Node) -> None:
    await node.notify("ada")
    node.sent.answers = [RETRY] * 100
    pauses = []
    while (await node.states("email"))[0][0] == "pending":
        await node.send("email")
        await node.send("email", seconds=1)
        async with node.database.transaction() as tx:
            due = await tx.scalar(select(m.Delivery.next_attempt_at))
        pauses.append(due - node.clock())
        node.clock.at = max(due, node.clock())
    assert pauses[:-1] == sorted(pauses[:-1])
    assert pauses[-2] > timedelta(hours=9)
    assert await node.states("email") == [("dead", 9)]
    assert len(node.sent.mails) == 9


async def test_while_the_mail_server_is_down_one_mail_tries_it_for_all(node: Node) -> None:
    names = [f"p{number}" for number in range(20)]
    await node.add_people(*names, email=True)
    await node.notify(*names)
    down = Outcome(result="retry", detail="the mail server does not serve", nothing_works=True)
    node.sent.answers = [down] * 4
    await node.send("email")
    assert len(node.sent.mails) == 4, "no more than go out at once"
    await node.send("email", seconds=10)
    assert len(node.sent.mails) == 4
    await node.send("email", minutes=3)
    assert {state for state, _ in await node.states("email")} == {"sent"}
    assert len(node.sent.mails) == 24


async def test_what_waits_for_a_channel_that_is_no_more_goes_in_the_end(node: Node) -> None:
    await node.notify("ada")
    node.clock.advance(days=10)
    await node.parts.deliveries.purge()
    assert await node.deliveries() == []


async def test_what_is_refused_is_not_tried_again(node: Node) -> None:
    await node.notify("ada")
    node.sent.answers = [REFUSED]
    await node.send("email")
    await node.send("email", days=1)
    assert await node.states("email") == [("dead", 1)]


async def test_a_bug_with_one_keeps_no_other_from_going_out(node: Node) -> None:
    await node.notify("ada", "ben")
    node.sent.answers = [RuntimeError("a bug")]
    await node.send("email")
    assert sorted(state for state, _ in await node.states("email")) == ["pending", "sent"]
    await node.send("email", seconds=120)
    assert [state for state, _ in await node.states("email")] == ["sent", "sent"]


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
    await asyncio.wait_for(reached.wait(), 30)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    node.sent.mail = real  # type: ignore[method-assign]
    await node.send("email")
    assert len(node.sent.mails) == 1, "the claim has not run out yet"
    await node.send("email", seconds=90)
    assert len(node.sent.mails) == 2
    assert node.sent.mails[0].message_id == node.sent.mails[1].message_id
    assert await node.states("email") == [("sent", 2)]


async def test_a_late_answer_of_a_lost_claim_changes_nothing(node: Node) -> None:
    await node.notify("ada")
    store, clock = node.parts.deliveries._store, node.clock
    async with node.database.transaction() as tx:
        first = (await store.claim(tx, "email", clock(), clock() + timedelta(seconds=90), 10))[0]
    await node.send("email", seconds=90)
    async with node.database.transaction() as tx:
        assert not await store.finish(tx, first, "dead", "too late", clock())
        assert not await store.retry(tx, first, clock(), "too late")
    assert await node.states("email") == [("sent", 2)]


async def test_what_is_of_no_use_any_more_is_not_sent(node: Node) -> None:
    await node.parts.push.add(ADA, subscription(1))
    await node.notify("ada", kind="live-class-starting-soon")
    await node.send("push", minutes=31)
    assert node.sent.pushes == []
    assert await node.states("push") == [("dropped", 1)]


async def test_a_subscription_that_is_gone_is_removed(node: Node) -> None:
    for number in range(2):
        await node.parts.push.add(ADA, subscription(number))
    node.sent.answers = [GONE]
    await node.notify("ada")
    await node.send("push")
    assert len((await node.parts.push.subscriptions(ADA)).items) == 1
    await node.notify("ada")
    await node.send("push")
    assert len(node.sent.pushes) == 3


async def test_a_browser_changes_hands(node: Node) -> None:
    await node.parts.push.add(ADA, subscription(1))
    await node.notify("ada", kind="direct-message")
    await node.parts.push.add(BEN, subscription(1))
    await node.send("push")
    assert node.sent.pushes == [], "what was meant for the one is not shown to the other"
    assert (await node.parts.push.subscriptions(ADA)).items == []
    await node.notify("ben")
    await node.send("push")
    assert [payload["userId"] for _, payload in node.sent.pushes] == ["ben"]


@pytest.mark.parametrize("device", [{"revoked_at": NOON}, {"expires_at": NOON - timedelta(days=1)}, None])
async def test_who_signed_out_gets_no_push_in_that_browser(node: Node, device: dict[str, Any] | None) -> None:
    """Nor does whoever sits there next: the text is not theirs to read."""
    lasting = {"expires_at": NOON + timedelta(days=30), "revoked_at": None}
    signed_in = msgspec.structs.replace(ADA, device_id="d1")
    row = {"id": "d1", "user_id": "ada", "label": "", "address": "", "salt": "", "generation": 1}
    async with node.database.transaction() as tx:
        await tx.execute(insert(m.Device).values(**row, **lasting, created_at=NOON, last_used_at=NOON))
    await node.parts.push.add(signed_in, subscription(1))
    await node.notify("ada")
    await node.send("push")
    assert len(node.sent.pushes) == 1
    async with node.database.transaction() as tx:
        if device is None:
            await tx.execute(update(m.User).where(m.User.id == "ada").values(blocked_at=NOON))
        else:
            await tx.execute(update(m.Device).where(m.Device.id == "d1").values(device))
    if device is not None:
        await node.notify("ada")
        await node.send("push")
        assert (await node.parts.push.subscriptions(ADA)).items == []
    else:
        assert await node.notify("ada") == 0
    assert len(node.sent.pushes) == 1


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
    await node.send("email")
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
