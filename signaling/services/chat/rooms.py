"""Chat rooms: found or made, listed, and who is in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from signaling import cursors
from signaling.announcements import user_topic
from signaling.errors import AlreadyExists, BadRequest, Forbidden, NotFound
from signaling.identity import Identity
from signaling.protocol import chat_rooms as wire
from signaling.services.access import Access
from signaling.services.chat.access import ChatAccess, Place, course_key, direct_key, live_class_key
from signaling.services.chat.messages import ChatMessages
from signaling.services.names import title_of
from signaling.store.chat.members import ChatMemberStore, Member
from signaling.store.chat.messages import ChatMessageStore
from signaling.store.chat.reading import ChatReadStore, RoomActivity
from signaling.store.chat.rooms import ChatRoomStore, RoomRow
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import LiveClassStore

MOST_MEMBERS = 200
"""Of a group."""
_KNOWN_CLASSES = 10_000


class ChatRooms:
    def __init__(
        self,
        *,
        database: Database,
        access: Access,
        chat: ChatAccess,
        rooms: ChatRoomStore,
        members: ChatMemberStore,
        reading: ChatReadStore,
        messages: ChatMessageStore,
        sayings: ChatMessages,
        live_classes: LiveClassStore,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._access = access
        self._chat = chat
        self._rooms = rooms
        self._members = members
        self._reading = reading
        self._messages = messages
        self._sayings = sayings
        self._live_classes = live_classes
        self._now = now
        self._new_id = new_id
        self._known: dict[str, str] = {}
        """Rooms of classes that were asked for; they never change."""

    # --- found or made ------------------------------------------------------------------------------

    async def id_of_class(self, live_class_id: str) -> str:
        """The chat room of a live class, for somebody who is known to be in it. Raises `NotFound`."""
        known = self._known.get(live_class_id)
        if known is None:
            async with self._db.transaction() as tx:
                known = (await self.of_class(tx, live_class_id)).id
            if len(self._known) >= _KNOWN_CLASSES:
                self._known.clear()
            self._known[live_class_id] = known
        return known

    async def of_class(self, tx: Transaction, live_class_id: str) -> RoomRow:
        """The chat room of a live class, made if need be. Raises `NotFound`."""
        key = live_class_key(live_class_id)
        room_id = await self._rooms.id_of(tx, key)
        if room_id is None:
            live_class = await self._live_classes.get(tx, live_class_id)
            room_id = await self._make(
                tx, kind="live_class", key=key, course_id=live_class.course_id, live_class_id=live_class_id
            )
        return await self._get(tx, room_id)

    async def of_course(self, tx: Transaction, course_id: str) -> RoomRow:
        """The chat room of a course that exists, made if need be."""
        key = course_key(course_id)
        room_id = await self._rooms.id_of(tx, key)
        if room_id is None:
            room_id = await self._make(tx, kind="course", key=key, course_id=course_id)
        return await self._get(tx, room_id)

    async def set_locked(self, tx: Transaction, live_class_id: str, is_locked: bool) -> None:
        """Only tutors may write in the chat of a class, or everybody again."""
        room = await self.of_class(tx, live_class_id)
        await self._rooms.set_locked(tx, room.id, is_locked)

    async def _make(
        self,
        tx: Transaction,
        *,
        kind: wire.ChatRoomKind,
        key: str,
        course_id: str | None = None,
        live_class_id: str | None = None,
        created_by: str | None = None,
    ) -> str:
        await self._rooms.add(
            tx,
            room_id=self._new_id(),
            kind=kind,
            key=key,
            course_id=course_id,
            live_class_id=live_class_id,
            created_by=created_by,
            now=self._now(),
        )
        room_id = await self._rooms.id_of(tx, key)
        assert room_id is not None
        return room_id

    async def _get(self, tx: Transaction, room_id: str) -> RoomRow:
        room = await self._rooms.get(tx, room_id)
        assert room is not None
        return room

    async def create(self, who: Identity, command: wire.CreateChatRoom) -> wire.ChatRoom:
        """Raises `BadRequest`, `Forbidden`, `NotFound`, `AlreadyExists`."""
        _check(command)
        async with self._db.transaction() as tx:
            match command.kind:
                case "direct":
                    room_id = await self._direct(tx, who, command.user_ids[0])
                case "group":
                    room_id = await self._group(tx, who, command)
                case "course":
                    course_id = command.course_id or ""
                    await self._access.require(tx, who, course_id, "chat")
                    room_id = (await self.of_course(tx, course_id)).id
                case "live_class":
                    room_id = (await self.of_class(tx, command.live_class_id or "")).id
            place = await self._chat.enter(tx, who, room_id)
            return await self._shown(tx, place.room)

    async def _direct(self, tx: Transaction, who: Identity, other: str) -> str:
        if other == who.user_id:
            raise BadRequest("a direct room is for two: name somebody else")
        key = direct_key(who.user_id, other)
        room_id = await self._rooms.id_of(tx, key)
        if room_id is None:
            await self._chat.require_contacts(tx, who, [other])
            room_id = await self._make(tx, kind="direct", key=key, created_by=who.user_id)
            for user_id in (who.user_id, other):
                await self._members.put_member(tx, room_id, user_id, self._now())
            await self._tell(tx, room_id)
        return room_id

    async def _group(self, tx: Transaction, who: Identity, command: wire.CreateChatRoom) -> str:
        if who.grant is not None and who.grant.role == "guest":
            raise Forbidden("a guest may not open a group")
        room_id = command.id or self._new_id()
        known = await self._rooms.get(tx, room_id)
        if known is not None:
            if known.kind == "group" and known.created_by == who.user_id:
                return room_id
            raise AlreadyExists("another chat room has this id")
        title = title_of(command.title or "")
        others = [user_id for user_id in dict.fromkeys(command.user_ids) if user_id != who.user_id]
        await self._chat.require_contacts(tx, who, others)
        now = self._now()
        await self._rooms.add(tx, room_id=room_id, kind="group", title=title, created_by=who.user_id, now=now)
        await self._members.put_member(tx, room_id, who.user_id, now, is_owner=True)
        for user_id in others:
            await self._members.put_member(tx, room_id, user_id, now)
        await self._tell(tx, room_id)
        return room_id

    # --- looking ------------------------------------------------------------------------------------

    async def mine(self, who: Identity, query: wire.PageQuery) -> wire.ChatRoomList:
        before = cursors.decode(query.cursor, tuple[datetime, str]) if query.cursor else None
        course_id = who.grant.course_id if who.grant is not None else None
        async with self._db.transaction() as tx:
            found = await self._reading.of_user(tx, who.user_id, course_id, before=before, limit=query.limit + 1)
            page = found[: query.limit]
            items = await self._items(tx, who, page)
        last = page[-1].room if len(found) > query.limit else None
        return wire.ChatRoomList(items=items, next_cursor=cursors.encode(last.last_at, last.id) if last else None)

    async def get(self, who: Identity, room_id: str) -> wire.ChatRoomItem:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            place = await self._chat.enter(tx, who, room_id)
            read_seq = place.standing.read_seq
            unread = await self._reading.unread(tx, room_id, who.user_id, read_seq)
            named = await self._reading.mentions(tx, room_id, who.user_id, read_seq)
            activity = RoomActivity(room=place.room, read_seq=read_seq, unread=unread, mentions=named)
            return (await self._items(tx, who, [activity]))[0]

    async def participants(self, who: Identity, room_id: str, query: wire.PageQuery) -> wire.ChatParticipantList:
        """Raises `NotFound`, `Forbidden`."""
        after = cursors.decode(query.cursor, tuple[str])[0] if query.cursor else None
        async with self._db.transaction() as tx:
            place = await self._chat.enter(tx, who, room_id)
            if place.role == "guest":
                raise Forbidden("a guest sees who is in the class, not who is in the course")
            if place.is_private:
                everybody = sorted(await self._members.members(tx, room_id), key=lambda one: one.user_id)
                found = [one for one in everybody if after is None or one.user_id > after]
            else:
                found = await self._members.enrolled(
                    tx, place.room, place.section_id, after=after, limit=query.limit + 1
                )
        page = found[: query.limit]
        more = cursors.encode(page[-1].user_id) if len(found) > query.limit else None
        return wire.ChatParticipantList(items=[_participant(one) for one in page], next_cursor=more)

    async def _items(
        self, tx: Transaction, who: Identity, found: Sequence[RoomActivity]
    ) -> list[wire.ChatRoomItem]:
        ids = [activity.room.id for activity in found]
        rows = await self._messages.latest_of(tx, ids)
        messages = {one.room_id: one for one in await self._sayings.complete(tx, rows, who.user_id)}
        members = await self._members.members_of(tx, ids)
        return [
            wire.ChatRoomItem(
                room=_room(activity.room, members.get(activity.room.id, ())),
                last_message=messages.get(activity.room.id),
                read_seq=activity.read_seq,
                unread=activity.unread,
                mentions=activity.mentions,
            )
            for activity in found
        ]

    # --- groups -------------------------------------------------------------------------------------

    async def rename(self, who: Identity, room_id: str, title: str) -> wire.ChatRoom:
        """Raises `NotFound`, `Forbidden`, `BadRequest`."""
        title = title_of(title)
        async with self._db.transaction() as tx:
            place = await self._owned(tx, who, room_id)
            if title != place.room.title:
                await self._rooms.rename(tx, room_id, title)
                await self._sayings.say_system(tx, place.room, f"{who.name} named the group “{title}”")
                await self._tell(tx, room_id)
            return await self._shown(tx, await self._get(tx, room_id))

    async def add(self, who: Identity, room_id: str, user_id: str) -> wire.ChatRoom:
        """Raises `NotFound`, `Forbidden`, `BadRequest`."""
        async with self._db.transaction() as tx:
            place = await self._owned(tx, who, room_id)
            await self._messages.lock(tx, room_id)
            inside = await self._members.member_ids(tx, room_id)
            if user_id not in inside:
                if len(inside) >= MOST_MEMBERS:
                    raise BadRequest(f"a group may have {MOST_MEMBERS} participants")
                await self._chat.require_contacts(tx, who, [user_id])
                await self._members.put_member(tx, room_id, user_id, self._now())
                names = await self._members.names(tx, [user_id])
                await self._sayings.say_system(tx, place.room, f"{who.name} added {names[user_id]}")
                await self._tell(tx, room_id)
            return await self._shown(tx, await self._get(tx, room_id))

    async def remove(self, who: Identity, room_id: str, user_id: str) -> None:
        """Raises `NotFound`, `Forbidden`."""
        async with self._db.transaction() as tx:
            is_self = user_id == who.user_id
            place = await self._chat.enter(tx, who, room_id) if is_self else await self._owned(tx, who, room_id)
            if place.room.kind != "group":
                raise Forbidden("only a group can be left")
            await self._messages.lock(tx, room_id)
            names = await self._members.names(tx, [user_id])
            if not await self._members.remove_member(tx, room_id, user_id, self._now()):
                raise NotFound("there is no such participant")
            tx.announce(user_topic(user_id), wire.ChatRoomLeft(room_id=room_id))
            left = await self._members.members(tx, room_id)
            if left and not any(one.is_owner for one in left):
                await self._members.make_owner(tx, room_id, left[0].user_id)
            said = f"{who.name} left" if is_self else f"{who.name} removed {names.get(user_id, user_id)}"
            await self._sayings.say_system(tx, place.room, said)
            await self._tell(tx, room_id)

    async def _owned(self, tx: Transaction, who: Identity, room_id: str) -> Place:
        place = await self._chat.enter(tx, who, room_id)
        if place.room.kind != "group" or not place.standing.is_owner:
            raise Forbidden("only the owner of a group may do that")
        return place

    async def _tell(self, tx: Transaction, room_id: str) -> None:
        """To everyone in it: this is the room now."""
        room = await self._shown(tx, await self._get(tx, room_id))
        for user_id in await self._members.member_ids(tx, room_id):
            tx.announce(user_topic(user_id), wire.ChatRoomUpdated(room=room))

    async def _shown(self, tx: Transaction, room: RoomRow) -> wire.ChatRoom:
        is_private = room.kind in ("direct", "group")
        return _room(room, (await self._members.members_of(tx, [room.id])).get(room.id, ()) if is_private else ())


def _check(command: wire.CreateChatRoom) -> None:
    """The fields that the kind needs, and no other. Raises `BadRequest`."""
    given = {
        "userIds": bool(command.user_ids),
        "title": command.title is not None,
        "courseId": command.course_id is not None,
        "liveClassId": command.live_class_id is not None,
        "id": command.id is not None,
    }
    needed, possible = {
        "direct": ({"userIds"}, {"userIds"}),
        "group": ({"title"}, {"title", "userIds", "id"}),
        "course": ({"courseId"}, {"courseId"}),
        "live_class": ({"liveClassId"}, {"liveClassId"}),
    }[command.kind]
    there = {name for name, is_given in given.items() if is_given}
    if missing := needed - there:
        raise BadRequest(f"a {command.kind} room needs {missing.pop()}")
    if extra := there - possible:
        raise BadRequest(f"a {command.kind} room has no {sorted(extra)[0]}")
    if command.kind == "direct" and len(command.user_ids) != 1:
        raise BadRequest("a direct room is for two: name one other person")


def _participant(member: Member) -> wire.ChatParticipant:
    return wire.ChatParticipant(
        user_id=member.user_id, name=member.name, role=member.role, is_owner=member.is_owner
    )


def _room(room: RoomRow, members: Sequence[Member]) -> wire.ChatRoom:
    return wire.ChatRoom(
        id=room.id,
        kind=room.kind,
        title=room.title,
        course_id=room.course_id,
        live_class_id=room.live_class_id,
        created_by=room.created_by,
        created_at=room.created_at,
        seq=room.seq,
        last_seq=room.last_seq,
        last_at=room.last_at,
        is_locked=room.is_locked,
        participants=[_participant(member) for member in members],
    )
