"""Live classes as their people use them: found, started, joined, left, ended. They are planned in
`signaling.services.classes.plans`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import msgspec

from signaling import cursors
from signaling.errors import BadRequest, Elsewhere, NotFound, NotLive
from signaling.identity import Identity, Principal
from signaling.permissions import CourseAction, may, require
from signaling.protocol import live_classes as wire
from signaling.protocol.live_classes import LiveClass
from signaling.rooms.commands.waiting import must_wait
from signaling.rooms.reception_use import reception_use
from signaling.services.access import Access
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.sessions.sessions import Sessions
from signaling.store.database import Database, Transaction
from signaling.store.live_classes import Filter, LiveClassStore, Seen
from signaling.store.roster import RosterStore
from signaling.store.series import SeriesStore

log = logging.getLogger(__name__)

_STATUS: dict[str, wire.LiveClassStatus] = {
    "upcoming": "scheduled",
    "live": "live",
    "ended": "ended",
    "cancelled": "cancelled",
}
_NOT_NOW: dict[wire.LiveClassStatus, wire.NoJoinReason] = {
    "scheduled": "not-started",
    "ended": "ended",
    "cancelled": "cancelled",
}


class LiveClasses:
    def __init__(
        self,
        *,
        database: Database,
        live_classes: LiveClassStore,
        series: SeriesStore,
        roster: RosterStore,
        sessions: Sessions,
        lifecycle: Lifecycle,
        access: Access,
        max_participants: int,
        socket_path: str,
        now: Callable[[], datetime],
    ) -> None:
        """``max_participants`` is for live classes that do not say; ``socket_path`` is told to who may join."""
        self._db = database
        self._live_classes = live_classes
        self._series = series
        self._roster = roster
        self._sessions = sessions
        self._lifecycle = lifecycle
        self._access = access
        self._max_participants = max_participants
        self._socket_path = socket_path
        self._now = now

    async def visible(self, who: Identity, query: wire.LiveClassQuery) -> wire.LiveClassList:
        """Those of one's courses, or of one of them. Raises `BadRequest`, `NotFound`."""
        after = cursors.decode(query.cursor, tuple[datetime, str]) if query.cursor is not None else None
        if query.start is not None and query.end is not None and query.end <= query.start:
            raise BadRequest("to must be later than from")
        async with self._db.transaction() as tx:
            found = await self._live_classes.page(
                tx,
                Filter(
                    seen=await self._seen(tx, who, query.course_id),
                    section_id=query.section_id,
                    series_id=query.series_id,
                    status=_STATUS[query.status] if query.status is not None else None,
                    start=query.start,
                    end=query.end,
                    order="soonest" if query.status == "upcoming" else "newest",
                    after=after,
                    limit=query.limit + 1,
                ),
            )
        items = found[: query.limit]
        cursor = cursors.encode(*items[-1][1]) if len(found) > query.limit else None
        return wire.LiveClassList(items=[live_class for live_class, _ in items], next_cursor=cursor)

    async def _seen(self, tx: Transaction, who: Identity, course_id: str | None) -> list[Seen]:
        course_ids = [course_id] if course_id is not None else await self._access.course_ids(tx, who)
        seen = []
        for one in course_ids:
            principal = await self._access.principal(tx, who, one)
            seen.append(Seen(course_id=one, everything=principal.is_tutor, section_id=principal.section_id))
        return seen

    async def get(self, who: Identity, live_class_id: str) -> wire.LiveClassDetails:
        """Raises `NotFound`, also for a live class of a course or section they are not in."""
        async with self._db.transaction() as tx:
            live_class, principal = await self._allowed(tx, who, live_class_id, "see-course")
            connected = None
            if may(principal.role, "see-roster"):
                session_id = live_class.session_id
                is_live = live_class.status == "live" and session_id is not None
                connected = await self._live_classes.connected(tx, session_id or "") if is_live else []
            series = await self._series.find(tx, live_class.series_id) if live_class.series_id else None
        recurrence = None
        if series is not None:
            recurrence = wire.Recurrence(rrule=series.rule, time_zone=series.time_zone)
        fields = msgspec.structs.asdict(live_class)
        return wire.LiveClassDetails(**fields, connected=connected, recurrence=recurrence)

    # --- started and ended ----------------------------------------------------------------------------

    async def start(self, who: Identity, live_class_id: str) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `AlreadyLive`, `WrongStatus`."""
        async with self._db.transaction() as tx:
            await self._allowed(tx, who, live_class_id, "start-class")
            session = await self._lifecycle.start(tx, live_class_id, by=who.user_id)
        self._sessions.open(session)
        log.info("live class %s started: session %s", live_class_id, session.session_id)
        return session.live_class

    async def end(self, who: Identity, live_class_id: str) -> LiveClass:
        """Raises `Forbidden`, `NotFound`, `NotLive`."""
        async with self._db.transaction() as tx:
            live_class, _ = await self._allowed(tx, who, live_class_id, "end-class")
        if live_class.status != "live" or live_class.session_id is None:
            raise NotLive("the live class is not running")
        ended = await self._sessions.end(live_class.session_id, by=who.user_id)
        log.info("live class %s ended: session %s", live_class_id, live_class.session_id)
        return ended

    # --- joined and left ------------------------------------------------------------------------------

    async def join_info(self, who: Identity, live_class_id: str) -> wire.JoinInfo:
        """Raises `NotFound`."""
        async with self._db.transaction() as tx:
            live_class, principal = await self._allowed(tx, who, live_class_id, "see-course")
            is_live, session_id = live_class.status == "live", live_class.session_id
            tutors = await self._roster.tutor_names(tx, live_class.course_id)
            people = await self._live_classes.connected(tx, session_id) if is_live and session_id else []
        reason, url = _NOT_NOW.get(live_class.status), None
        waits = live_class.waiting_room and not may(principal.role, "skip-waiting-room")
        if is_live and session_id is not None:
            url = await self._elsewhere(session_id)
            policy = self._sessions.policy(session_id)
            is_known = any(person.user_id == who.user_id for person in people)
            if policy is not None:
                waits = must_wait(policy, principal.role) and not is_known
            if self._is_full(live_class, principal) and not is_known:
                reason = "full"
        return wire.JoinInfo(
            live_class=live_class,
            role=principal.role,
            tutors=tutors,
            reception_use=reception_use(),
            now=self._now(),
            session_id=session_id if is_live else None,
            can_join=reason is None,
            reason=reason,
            waits=waits,
            url=url,
            socket_path=self._socket_path,
            media=None if reason or waits or url else self._sessions.media_setup(who.user_id),
        )

    def _is_full(self, live_class: LiveClass, principal: Principal) -> bool:
        most = live_class.max_participants or self._max_participants
        return live_class.participant_count >= most and not may(principal.role, "enter-full-class")

    async def _elsewhere(self, session_id: str) -> str | None:
        """The server that hosts a session, None when it is this one."""
        if self._sessions.policy(session_id) is None:
            try:
                await self._sessions.take(session_id)
            except Elsewhere as elsewhere:
                return elsewhere.url
            except NotLive:
                # it has just ended: they will hear so
                return None
        return None

    async def leave(self, who: Identity, live_class_id: str) -> wire.Left:
        """With all devices. Raises `NotFound`, `Elsewhere`."""
        async with self._db.transaction() as tx:
            live_class, _ = await self._allowed(tx, who, live_class_id, "see-course")
        session_id = live_class.session_id
        if live_class.status != "live" or session_id is None:
            return wire.Left(devices=0)
        return wire.Left(devices=await self._sessions.leave_all(session_id, who.user_id))

    async def attendees(self, who: Identity, live_class_id: str, query: wire.AttendeeQuery) -> wire.AttendeeList:
        """Raises `Forbidden`, `NotFound`."""
        after = cursors.decode(query.cursor, tuple[datetime, str]) if query.cursor is not None else None
        async with self._db.transaction() as tx:
            await self._allowed(tx, who, live_class_id, "see-attendance")
            found = await self._live_classes.attendees(
                tx, live_class_id, connected=query.connected, after=after, limit=query.limit + 1
            )
        items = found[: query.limit]
        last = items[-1] if len(found) > query.limit else None
        cursor = cursors.encode(last.first_joined_at, last.user_id) if last is not None else None
        return wire.AttendeeList(items=items, next_cursor=cursor)

    async def _allowed(
        self, tx: Transaction, who: Identity, live_class_id: str, action: CourseAction
    ) -> tuple[LiveClass, Principal]:
        """Raises `NotFound`, `Forbidden`."""
        live_class = await self._live_classes.get(tx, live_class_id)
        try:
            principal = await self._access.principal(tx, who, live_class.course_id)
        except NotFound:
            raise NotFound("there is no such live class") from None
        if not principal.sees(live_class.section_id):
            raise NotFound("there is no such live class")
        require(principal.role, action)
        return live_class, principal
