"""Client events about the connection itself."""

from __future__ import annotations

from signaling.announcements import course_topics
from signaling.errors import Forbidden, Unauthorized
from signaling.protocol import connection as wire
from signaling.protocol.base import Ok
from signaling.realtime.caller import Caller, Handlers
from signaling.realtime.connections import Connections
from signaling.realtime.fanout import Fanout
from signaling.services.access import Access

_OK = Ok()


class ConnectionEvents:
    """One method per client event; its answer is the ack."""

    def __init__(self, connections: Connections, fanout: Fanout, access: Access) -> None:
        self._connections = connections
        self._fanout = fanout
        self._access = access

    def handlers(self) -> Handlers:
        return {
            "renew-token": self.renew,
            "join-course": self.join_course,
            "leave-course": self.leave_course,
        }

    async def renew(self, caller: Caller, payload: wire.RenewToken) -> wire.TokenRenewed:
        who = await self._access.identify(payload.token)
        if who.user_id != caller.who.user_id:
            raise Forbidden("this is the token of somebody else: connect anew with it")
        if who.grant != caller.who.grant:
            raise Forbidden("this token opens other courses: connect anew with it")
        connection = self._connections.get(caller.connection)
        if connection is None:
            raise Unauthorized("the connection is gone")
        connection.renew(who)
        return wire.TokenRenewed(expires_at=who.expires_at)

    async def join_course(self, caller: Caller, payload: wire.JoinCourse) -> wire.CourseJoined:
        principal = await self._access.member(caller.who, payload.course_id)
        section_id = payload.section_id or principal.section_id
        if section_id != principal.section_id and not principal.is_tutor:
            raise Forbidden("you are in another section")
        for topic in course_topics(payload.course_id, section_id, principal.role):
            self._fanout.follow(caller.connection, topic)
        return wire.CourseJoined(course_id=payload.course_id, section_id=section_id, role=principal.role)

    async def leave_course(self, caller: Caller, payload: wire.LeaveCourse) -> Ok:
        self._fanout.unfollow_course(caller.connection, payload.course_id)
        return _OK
