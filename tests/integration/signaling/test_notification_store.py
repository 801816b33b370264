"""Notifications on a real database: numbered, told once, read, missed, wished for or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.announcements import user_topic
from signaling.errors import NotFound
from signaling.protocol.notifications import (
    KindChannels,
    MarkRead,
    NotificationQuery,
    NotificationSettings,
    QuietHours,
)
from signaling.protocol.push import AddPushSubscription, PushKeys
from signaling.services.notices.notifications import SYNC_LIMIT
from tests.integration.signaling.notice_node import Node, VirtualClock, identity, running_node, settings

pytestmark = pytest.mark.integration

ADA, BEN = identity("ada"), identity("ben")


@pytest.fixture
async def node(tmp_path: Path, database_url: str) -> AsyncIterator[Node]:
    async with running_node(settings(tmp_path, database_url)) as running:
        await running.add_people("ada", "ben", "cem")
        yield running


def subscription(number: int) -> AddPushSubscription:
    # a point of the curve is not needed where nothing is encrypted
    keys = PushKeys(p256dh="B" + "A" * 86, auth="A" * 22)
    return AddPushSubscription(endpoint=f"https://push.example.org/{number}", keys=keys)


async def test_everybody_is_told_once_and_numbered_by_person(node: Node) -> None:
    assert await node.notify("ada", "ben", "ada", "nobody", dedupe_key="one") == 2
    assert await node.notify("ada", "cem", dedupe_key="one") == 1
    assert await node.notify("ada", kind="direct-message") == 1
    assert await node.inbox("ben") == [(1, "enrolled")]
    ada = await node.inbox("ada")
    assert [kind for _, kind in ada] == ["enrolled", "direct-message"]
    assert ada[0][0] < ada[1][0]
    told = node.announced.to(user_topic("ada"), "notification")
    assert [one.notification.seq for one in told] == [seq for seq, _ in ada]
    assert node.announced.to(user_topic("nobody"), "notification") == []


async def test_the_same_at_the_same_time_is_told_once(node: Node) -> None:
    counts = await asyncio.gather(*(node.notify("ada", "ben", dedupe_key="one") for _ in range(8)))
    assert sum(counts) == 2
    assert len(await node.inbox("ada")) == 1


async def test_numbers_grow_in_the_order_in_which_they_can_be_seen(node: Node) -> None:
    """Whoever asks for what came after a number misses nothing that is committed later."""
    seen: list[int] = []

    async def tell(number: int) -> None:
        # the other way round, so that two wait for each other unless the order is kept
        names = ("ada", "ben") if number % 2 else ("ben", "ada")
        await node.notify(*names, dedupe_key=f"n{number}")

    async def follow() -> None:
        last = 0
        while len(seen) < 20:
            synced = await node.parts.notifications.sync(ADA, last)
            seen.extend(item.seq for item in synced.items)
            last = synced.last_seq

    async with asyncio.timeout(30):
        await asyncio.gather(follow(), *(tell(number) for number in range(20)))
    assert seen == sorted(set(seen))
    assert len(seen) == 20


async def test_a_transaction_that_fails_tells_nobody(node: Node) -> None:
    with pytest.raises(ZeroDivisionError):
        async with node.database.transaction() as tx:
            await node.parts.notifications.notify(
                tx, user_ids=["ada"], kind="enrolled", title="Welcome", text="You are in."
            )
            raise ZeroDivisionError
    assert await node.inbox("ada") == []
    assert node.announced.all == []
    assert await node.deliveries() == []


async def test_what_was_missed_comes_in_parts(node: Node) -> None:
    await node.notify("ada", times=SYNC_LIMIT + 3)
    first = await node.parts.notifications.sync(ADA, 0)
    assert (len(first.items), first.has_more, first.unread_count) == (SYNC_LIMIT, True, SYNC_LIMIT + 3)
    rest = await node.parts.notifications.sync(ADA, first.last_seq)
    assert [item.seq for item in rest.items] == [SYNC_LIMIT + 1, SYNC_LIMIT + 2, SYNC_LIMIT + 3]
    assert (rest.has_more, rest.last_seq) == (False, SYNC_LIMIT + 3)
    again = await node.parts.notifications.sync(ADA, rest.last_seq)
    assert (again.items, again.last_seq) == ([], rest.last_seq)


async def test_a_number_of_the_future_begins_again_at_the_newest(node: Node) -> None:
    await node.notify("ada")
    synced = await node.parts.notifications.sync(ADA, 10**12)
    assert (synced.items, synced.last_seq) == ([], 1)


async def test_the_list_goes_on_where_it_stopped(node: Node) -> None:
    await node.notify("ada", times=5)
    page = await node.parts.notifications.newest(ADA, NotificationQuery(limit=2))
    seqs = [item.seq for item in page.items]
    while page.next_cursor:
        page = await node.parts.notifications.newest(ADA, NotificationQuery(limit=2, cursor=page.next_cursor))
        seqs += [item.seq for item in page.items]
    assert seqs == [5, 4, 3, 2, 1]


async def test_reading_is_told_to_the_other_devices(node: Node) -> None:
    notifications = node.parts.notifications
    await node.notify("ada", "ben", times=5)
    assert await notifications.mark_read(ADA, MarkRead(seqs=[2, 4, 77])) == 3
    assert await notifications.mark_read(ADA, MarkRead(seqs=[2, 4])) == 3
    assert await notifications.mark_read(ADA, MarkRead(up_to=3)) == 1
    unread = await notifications.newest(ADA, NotificationQuery(unread=True))
    assert [item.seq for item in unread.items] == [5]
    assert await notifications.mark_read(ADA, MarkRead(all=True)) == 0
    assert await notifications.unread_count(BEN) == 5
    told = node.announced.to(user_topic("ada"), "notifications-read")
    assert [(one.seqs, one.up_to, one.unread_count) for one in told] == [
        ([2, 4], None, 3),
        ([], 3, 1),
        ([], 5, 0),
    ]
    assert node.announced.to(user_topic("ben"), "notifications-read") == []


async def test_a_deleted_one_is_gone_and_is_not_told_again(node: Node) -> None:
    await node.notify("ada", dedupe_key="one")
    await node.parts.notifications.delete(ADA, "1")
    assert await node.inbox("ada") == []
    assert await node.parts.notifications.unread_count(ADA) == 0
    assert await node.notify("ada", dedupe_key="one") == 0
    for name in ("1", "2", "x", "-1", "9" * 30, "½"):
        with pytest.raises(NotFound):
            await node.parts.notifications.delete(ADA, name)
    await node.notify("ada")
    with pytest.raises(NotFound):
        await node.parts.notifications.delete(BEN, "2")


async def test_old_ones_go(node: Node) -> None:
    await node.notify("ada")
    node.clock.advance(days=181)
    await node.notify("ada")
    await node.parts.notifications.purge()
    assert await node.inbox("ada") == [(2, "enrolled")]


async def test_blocked_people_are_not_told(node: Node) -> None:
    await node.set_user("ben", blocked_at=node.clock())
    assert await node.notify("ada", "ben") == 1
    assert await node.inbox("ben") == []


async def test_title_and_text_are_cut(node: Node) -> None:
    await node.notify("ada", title="x" * 1000, text="y" * 5000)
    item = (await node.parts.notifications.sync(ADA, 0)).items[0]
    assert (len(item.title), len(item.text)) == (200, 500)
    assert item.text.endswith("…")


async def test_a_channel_that_is_not_wished_for_is_left_out(node: Node) -> None:
    await node.set_user("ada", email="ada@example.org")
    for number in range(2):
        await node.parts.push.add(ADA, subscription(number))
    await node.notify("ada")
    assert sorted(channel for channel, _, _ in await node.deliveries()) == ["email", "push", "push"]
    choice = KindChannels(kind="enrolled", in_app=False, push=False, email=False)
    await node.parts.notifications.set_settings(ADA, NotificationSettings(channels=[choice]))
    assert await node.notify("ada", dedupe_key="hidden") == 1
    assert len(await node.deliveries()) == 3
    assert len(await node.inbox("ada")) == 1
    assert len(node.announced.to(user_topic("ada"), "notification")) == 1
    assert await node.notify("ada", kind="direct-message") == 1
    assert len(await node.deliveries()) == 5, "not by mail, unless wished for"


async def test_quiet_hours_put_off_what_is_still_of_use(tmp_path: Path, database_url: str) -> None:
    clock = VirtualClock()
    async with running_node(settings(tmp_path, database_url), clock) as node:
        await node.add_people("ada", email=True)
        quiet = QuietHours(starts="12:00", ends="14:00", time_zone="UTC")
        await node.parts.notifications.set_settings(ADA, NotificationSettings(channels=[], quiet_hours=quiet))
        await node.notify("ada")
        await node.parts.deliveries.tick("email")
        assert node.sent.mails == []
        assert len(node.announced.to(user_topic("ada"), "notification")) == 1
        clock.advance(hours=2)
        await node.parts.deliveries.tick("email")
        assert [mail.to for mail in node.sent.mails] == ["ada@example.org"]


async def test_a_crowd_is_told_in_one_transaction(node: Node) -> None:
    names = [f"p{number}" for number in range(1200)]
    await node.add_people(*names)
    assert await node.notify(*names, dedupe_key="all") == 1200
    assert await node.notify(*names, dedupe_key="all") == 0
