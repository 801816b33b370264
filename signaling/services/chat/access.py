"""Who somebody is in a chat room, and what they may do there. Asked anew for every act, so that who is removed or
muted is so at once."""

from __future__ import annotations

import msgspec

from signaling.announcements import chat_topic, course_chat_topic, course_topic, user_topic
from signaling.config import ChatConfig
from signaling.errors import Forbidden, Muted, NotFound
from signaling.identity import Identity
from signaling.permissions import may, require
from signaling.protocol.base import Role
from signaling.store.chat.members import ChatMemberStore
from signaling.store.chat.rooms import ChatRoomStore, RoomRow, Standing
from signaling.store.database import Transaction

NOT_THERE = "there is no such chat room"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a chat room they may read. ``role`` is None in rooms without a course."""

    who: Identity
    standing: Standing
    role: Role | None

    @property
    def room(self) -> RoomRow:
        return self.standing.room

    @property
    def is_private(self) -> bool:
        """Direct or group: those in it are listed."""
        return self.room.kind in ("direct", "group")

    @property
    def may_moderate(self) -> bool:
        """Delete what others wrote, pin, mention everybody, write where it is locked."""
        if self.role is not None and may(self.role, "moderate-chat"):
            return True
        return self.room.kind == "group" and self.standing.is_owner

    @property
    def may_pin(self) -> bool:
        return self.may_moderate or self.room.kind == "direct"

    @property
    def along(self) -> tuple[str, ...]:
        """Whoever leaves one of these topics may have lost the room."""
        course_id = self.room.course_id
        if course_id is None:
            return ()
        section_id = self.section_id
        topics = (course_topic(course_id),)
        return topics if section_id is None else (*topics, course_topic(course_id, section_id))

    @property
    def section_id(self) -> str | None:
        """Whose students are in the room; None: all."""
        return self.standing.class_section_id if self.room.kind == "live_class" else None


class ChatAccess:
    def __init__(self, *, rooms: ChatRoomStore, members: ChatMemberStore, config: ChatConfig) -> None:
        self._rooms = rooms
        self._members = members
        self._config = config

    async def enter(self, tx: Transaction, who: Identity, room_id: str) -> Place:
        """Raises `NotFound`: what one may not see is not there."""
        standing = await self._rooms.standing(tx, room_id, who.user_id)
        if standing is None:
            raise NotFound(NOT_THERE)
        if standing.room.kind in ("direct", "group"):
            role = await self._private(tx, who, standing)
        else:
            role = await self._of_course(tx, who, standing)
        return Place(who=who, standing=standing, role=role)

    async def _private(self, tx: Transaction, who: Identity, standing: Standing) -> Role | None:
        if not standing.is_member:
            raise NotFound(NOT_THERE)
        room = standing.room
        if who.grant is not None:
            # a link of one course opens the rooms with people of that course
            others = [user for user in await self._members.member_ids(tx, room.id) if user != who.user_id]
            known = await self._members.among_enrolled(tx, who.grant.course_id, None, others)
            if who.grant.role == "guest" or (others and not known):
                raise NotFound(NOT_THERE)
        if room.course_id is not None and standing.role in (None, "guest"):
            raise NotFound(NOT_THERE)
        return standing.role

    async def _of_course(self, tx: Transaction, who: Identity, standing: Standing) -> Role:
        room, role = standing.room, standing.role
        if who.grant is not None and who.grant.course_id != room.course_id:
            role = None
        if role is None and who.is_admin:
            role = "tutor"
        if role is None or not may(role, "chat"):
            raise NotFound(NOT_THERE)
        if role == "guest":
            live_class_id = room.live_class_id
            if live_class_id is None or not await self._rooms.attended(tx, live_class_id, who.user_id):
                raise NotFound(NOT_THERE)
        elif role == "student" and standing.class_section_id not in (None, standing.section_id):
            raise NotFound(NOT_THERE)
        return role

    async def require_write(self, tx: Transaction, place: Place) -> None:
        """Raises `Forbidden` or `Muted`."""
        standing, room = place.standing, place.room
        if standing.is_archived:
            raise Forbidden("the course is archived: its chat can only be read")
        if place.role is not None:
            require(place.role, "chat")
        if place.may_moderate:
            return
        if standing.is_muted:
            raise Muted("a tutor has muted you in the chats of this course")
        if standing.is_expelled:
            raise Forbidden("you were removed from this class")
        if room.is_locked:
            raise Forbidden("the tutors have locked this chat")
        if room.kind == "direct":
            me = place.who.user_id
            others = [user for user in await self._members.member_ids(tx, room.id) if user != me]
            await self.require_contacts(tx, place.who, others)

    async def require_contacts(self, tx: Transaction, who: Identity, others: list[str]) -> None:
        """May write to each of them directly: they share a course, and none has blocked the other. Raises
        `Forbidden`, which does not say why."""
        if not others:
            return
        course_id = who.grant.course_id if who.grant is not None else None
        allowed = set(others)
        if not who.is_admin:
            allowed = await self._members.sharing_course(
                tx, who.user_id, others, course_id, need_tutor=not self._config.students_may_write_each_other
            )
        elif len(await self._members.names(tx, others)) < len(allowed):
            raise NotFound("there is no such person")
        if allowed != set(others) or await self._members.blocking(tx, who.user_id, others):
            raise Forbidden("you cannot write to this person")

    async def topics(self, tx: Transaction, place: Place | RoomRow) -> list[str]:
        """Where what happens in the room is announced."""
        room = place.room if isinstance(place, Place) else place
        if room.kind == "course":
            assert room.course_id is not None
            return [course_chat_topic(room.course_id)]
        if room.kind == "live_class":
            return [chat_topic(room.id)]
        return [user_topic(user_id) for user_id in await self._members.member_ids(tx, room.id)]

    async def in_room(self, tx: Transaction, place: Place, user_ids: list[str]) -> set[str]:
        """Those of these who are in the room."""
        room = place.room
        if place.is_private:
            return set(await self._members.member_ids(tx, room.id)) & set(user_ids)
        assert room.course_id is not None
        found = await self._members.among_enrolled(tx, room.course_id, place.section_id, user_ids)
        session_id = place.standing.session_id
        if found != set(user_ids) and room.kind == "live_class" and session_id is not None:
            found |= await self._members.present_guests(tx, session_id, user_ids)
        return found


def course_key(course_id: str) -> str:
    """What makes the room of a course unique."""
    return f"course:{course_id}"


def live_class_key(live_class_id: str) -> str:
    return f"live_class:{live_class_id}"


def direct_key(one: str, other: str) -> str:
    return "direct:" + " ".join(sorted((one, other)))
