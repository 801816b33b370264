"""Tells people: at once where they are, later where they come back to, and outside of the program as they wish."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import msgspec

from signaling import cursors
from signaling.announcements import user_topic
from signaling.errors import BadRequest, NotFound
from signaling.identity import Identity
from signaling.protocol import notifications as wire
from signaling.services.notices import notification_rules as rules
from signaling.store.audience import AudienceStore
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Delivery, DeliveryStore
from signaling.store.notifications import NewNotification, NotificationStore

log = logging.getLogger(__name__)

SYNC_LIMIT = 100
"""Notifications in one answer to somebody who comes back."""
TITLE_LENGTH, TEXT_LENGTH = 200, 500


class Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What goes into a push or a mail: enough to show it and to open the right page, and no secret."""

    user_id: str
    seq: int
    kind: wire.NotificationKind
    title: str
    text: str
    course_id: str | None
    live_class_id: str | None
    chat_room_id: str | None


class Notifications:
    def __init__(
        self,
        *,
        database: Database,
        store: NotificationStore,
        audience: AudienceStore,
        deliveries: DeliveryStore,
        sends_mail: bool,
        keep: timedelta,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._store = store
        self._audience = audience
        self._deliveries = deliveries
        self._sends_mail = sends_mail
        self._keep = keep
        self._now = now
        self._new_id = new_id

    async def notify(
        self,
        tx: Transaction,
        *,
        user_ids: Collection[str],
        kind: wire.NotificationKind,
        title: str,
        text: str,
        course_id: str | None = None,
        live_class_id: str | None = None,
        chat_room_id: str | None = None,
        dedupe_key: str | None = None,
    ) -> int:
        """Tell these people, once this transaction is committed; how many of them are told.

        Who has no account, or a blocked one, is left out; so is who was told with the same ``dedupe_key`` before.
        Title and text are cut to what a notification may have.
        """
        known = await self._audience.known(tx, sorted(set(user_ids)))
        if not known:
            return 0
        now = self._now()
        settings = await self._store.settings(tx, known)
        new = NewNotification(
            kind=kind,
            title=_cut(title, TITLE_LENGTH) or kind,
            text=_cut(text, TEXT_LENGTH),
            course_id=course_id,
            live_class_id=live_class_id,
            chat_room_id=chat_room_id,
            dedupe_key=dedupe_key,
            created_at=now,
        )
        in_app = {user: rules.channels_of(settings.get(user), kind).in_app for user in known}
        seqs = await self._store.add(tx, new, in_app)
        for user_id, seq in seqs.items():
            if in_app[user_id]:
                told = wire.Notification(
                    seq=seq,
                    kind=kind,
                    title=new.title,
                    text=new.text,
                    course_id=course_id,
                    live_class_id=live_class_id,
                    chat_room_id=chat_room_id,
                    created_at=now,
                    read_at=None,
                )
                tx.announce(user_topic(user_id), wire.NotificationTold(notification=told))
        await self._send_outside(tx, new, seqs, settings)
        return len(seqs)

    async def _send_outside(
        self,
        tx: Transaction,
        new: NewNotification,
        seqs: dict[str, int],
        settings: dict[str, wire.NotificationSettings],
    ) -> None:
        now = new.created_at
        send_at: dict[str, datetime] = {}
        for user in seqs:
            if (at := rules.send_at(settings.get(user), new.kind, now)) is not None:
                send_at[user] = at
        wanted = {user: rules.channels_of(settings.get(user), new.kind) for user in send_at}
        by_push = [user for user, channels in wanted.items() if channels.push]
        by_mail = [user for user, channels in wanted.items() if channels.email] if self._sends_mail else []
        places: list[tuple[rules.OutsideChannel, str, str]] = []
        for found in await self._audience.subscriptions(tx, by_push):
            places.append(("push", found.user_id, found.target))
        for user_id in await self._audience.with_mail(tx, by_mail):
            places.append(("email", user_id, user_id))
        deliveries = []
        for channel, user_id, target in places:
            told = Told(
                user_id=user_id,
                seq=seqs[user_id],
                kind=new.kind,
                title=new.title,
                text=new.text,
                course_id=new.course_id,
                live_class_id=new.live_class_id,
                chat_room_id=new.chat_room_id,
            )
            deliveries.append(
                Delivery(
                    id=self._new_id(),
                    channel=channel,
                    target=target,
                    event=new.kind,
                    payload=msgspec.json.encode(told).decode(),
                    next_attempt_at=send_at[user_id],
                    created_at=now,
                    expires_at=rules.expires_at(new.kind, now),
                )
            )
        await self._deliveries.add(tx, deliveries)

    # --- one's own ----------------------------------------------------------------------------------

    async def newest(self, who: Identity, query: wire.NotificationQuery) -> wire.NotificationList:
        before = cursors.decode(query.cursor, tuple[int])[0] if query.cursor is not None else None
        async with self._db.transaction() as tx:
            found = await self._store.newest(
                tx, who.user_id, before=before, unread=query.unread, limit=query.limit + 1
            )
        items = found[: query.limit]
        more = len(found) > query.limit
        return wire.NotificationList(items=items, next_cursor=cursors.encode(items[-1].seq) if more else None)

    async def sync(self, who: Identity, last_seq: int) -> wire.NotificationsSynced:
        """What somebody missed, oldest first, up to `SYNC_LIMIT`."""
        async with self._db.transaction() as tx:
            found = await self._store.after(tx, who.user_id, last_seq, SYNC_LIMIT + 1)
            unread = await self._store.unread_count(tx, who.user_id)
            newest = await self._store.last_seq(tx, who.user_id)
        items, more = found[:SYNC_LIMIT], len(found) > SYNC_LIMIT
        # no further than what is answered: others commit meanwhile. But a number that is not reached yet, of a
        # database that was restored since, would miss all that comes
        last = items[-1].seq if items else min(last_seq, newest)
        return wire.NotificationsSynced(items=items, last_seq=last, has_more=more, unread_count=unread)

    async def unread_count(self, who: Identity) -> int:
        async with self._db.transaction() as tx:
            return await self._store.unread_count(tx, who.user_id)

    async def mark_read(self, who: Identity, command: wire.MarkRead) -> int:
        """How many are left unread. Raises `BadRequest`."""
        if [command.seqs, command.up_to, command.all].count(None) != 2:
            raise BadRequest("say exactly one of seqs, upTo and all")
        async with self._db.transaction() as tx:
            up_to = command.up_to
            if command.all:
                up_to = await self._store.last_seq(tx, who.user_id)
            changed = await self._store.mark_read(tx, who.user_id, self._now(), seqs=command.seqs, up_to=up_to)
            unread = await self._store.unread_count(tx, who.user_id)
            if changed:
                seqs = changed if command.seqs is not None else []
                body = wire.NotificationsRead(seqs=seqs, up_to=up_to, unread_count=unread)
                tx.announce(user_topic(who.user_id), body)
        return unread

    async def delete(self, who: Identity, name: str) -> None:
        """``name`` is its number. Raises `NotFound`."""
        seq = _seq(name)
        async with self._db.transaction() as tx:
            if seq is None or not await self._store.delete(tx, who.user_id, seq):
                raise NotFound("there is no such notification")
            unread = await self._store.unread_count(tx, who.user_id)
            tx.announce(user_topic(who.user_id), wire.NotificationDeleted(seq=seq, unread_count=unread))

    # --- settings -----------------------------------------------------------------------------------

    async def settings(self, who: Identity) -> wire.NotificationSettings:
        async with self._db.transaction() as tx:
            found = await self._store.settings(tx, [who.user_id])
        return rules.complete(found.get(who.user_id))

    async def set_settings(self, who: Identity, settings: wire.NotificationSettings) -> wire.NotificationSettings:
        """Raises `BadRequest`."""
        whole = rules.complete(settings)
        if whole.quiet_hours is not None:
            rules.check_quiet_hours(whole.quiet_hours)
        async with self._db.transaction() as tx:
            await self._store.save_settings(tx, who.user_id, whole)
        return whole

    async def stop_mail(self, user_id: str) -> None:
        """No more mail to somebody, of any kind. Raises `NotFound`."""
        async with self._db.transaction() as tx:
            if not await self._audience.known(tx, [user_id]):
                raise NotFound("there is no such account any more")
            whole = rules.complete((await self._store.settings(tx, [user_id])).get(user_id))
            channels = [msgspec.structs.replace(choice, email=False) for choice in whole.channels]
            changed = msgspec.structs.replace(whole, channels=channels)
            await self._store.save_settings(tx, user_id, changed)
            await self._deliveries.drop(tx, "email", user_id, "unsubscribed", self._now())

    async def purge(self) -> None:
        """Delete the notifications that are older than what is kept."""
        async with self._db.transaction() as tx:
            count = await self._store.purge(tx, self._now() - self._keep)
        if count:
            log.info("%d old notifications deleted", count)


def _cut(text: str, length: int) -> str:
    text = text.strip()
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _seq(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
