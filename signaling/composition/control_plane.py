"""Puts the parts of the control plane together: stores, services, and what the edges hand requests to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from signaling.attendance.report import Rules as AttendanceRules
from signaling.composition.admin import AdminParts
from signaling.composition.chat import ChatParts
from signaling.composition.courses import CourseParts
from signaling.composition.notices import NoticeParts
from signaling.composition.people import PeopleParts
from signaling.config import Config, Origin
from signaling.http import health
from signaling.http.api import Handlers as RouteHandlers
from signaling.http.attendance import AttendanceRoutes
from signaling.http.invites import InviteRoutes
from signaling.http.network_test import NetworkTestRoutes
from signaling.http.polls import PollRoutes
from signaling.http.presence import PresenceRoutes
from signaling.http.streams import StreamRoutes
from signaling.ice_servers import ice_servers
from signaling.protocol.media import IceServer
from signaling.realtime.caller import Handlers as EventHandlers
from signaling.realtime.handlers.polls import PollEvents
from signaling.realtime.handlers.room_life import RoomLifeEvents
from signaling.realtime.handlers.session import SessionEvents
from signaling.realtime.outbox import Outbox
from signaling.rooms.room import Rules
from signaling.services.attendance import Attendance
from signaling.services.classes.class_news import ClassNews
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.courses.enrolments import EnrolmentNews
from signaling.services.notices.outgoing import Senders
from signaling.services.people.invites import Invites
from signaling.services.people.issuer import Fetch
from signaling.services.people.presence import Presence
from signaling.services.sessions.hosting import Hosting
from signaling.services.sessions.media import Media
from signaling.services.sessions.polls import Polls
from signaling.services.sessions.room_life import RoomLife
from signaling.services.sessions.room_media import RoomMedia
from signaling.services.sessions.sessions import Sessions
from signaling.services.sessions.stream_keys import StreamKeys
from signaling.services.sessions.streams import Streams
from signaling.store.attendance import AttendanceStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.invites import InviteStore
from signaling.store.live_classes import LiveClassStore
from signaling.store.nodes import NodeStore
from signaling.store.people import PeopleStore
from signaling.store.polls import PollStore
from signaling.store.presence import PresenceStore
from signaling.store.roster import RosterStore
from signaling.store.sessions import SessionStore
from signaling.store.stream_keys import StreamKeyStore
from signaling.tokens import Tokens
from signaling.vitals import Vitals

TICK_S = 0.25
PRESENCE_S = 0.5
SWEEP_S = 5.0
BEAT_S = 1.0
ORPHANS_S = 10.0

Job = tuple[float, Callable[[], Awaitable[None]]]
"""Work that is done again and again, every so many seconds."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the control plane is given."""

    config: Config
    origins: Mapping[str, Origin]
    """Where those settings come from that are set, by name."""
    version: str
    database: Database
    tokens: Tokens
    media: Media
    outbox: Outbox
    node_id: str
    node_url: str
    """How browsers reach this server, and no other of its cluster."""
    vitals: Vitals
    fetch: Fetch
    """What is at a URL of the settings."""
    senders: Senders
    monotonic: Callable[[], float]
    now: Callable[[], datetime]
    new_id: Callable[[], str]


class ControlPlane:
    """Every store and service, made once. An attribute each; made in the order in which they need each other."""

    def __init__(self, given: Surroundings) -> None:
        config, database, now, new_id = given.config, given.database, given.now, given.new_id
        self._given = given
        people, courses, live_class_store = PeopleStore(), CourseStore(), LiveClassStore()
        poll_store = PollStore()
        session_store = SessionStore(database, live_class_store, poll_store)
        self.people = PeopleParts(
            config=config,
            database=database,
            people=people,
            courses=courses,
            tokens=given.tokens,
            fetch=given.fetch,
            monotonic=given.monotonic,
            now=now,
            new_id=new_id,
        )
        self.access = self.people.access
        self.notices = NoticeParts(
            config=config,
            database=database,
            courses=courses,
            live_classes=live_class_store,
            access=self.access,
            senders=given.senders,
            tokens=given.tokens,
            start=self._start_due,
            monotonic=given.monotonic,
            now=now,
            new_id=new_id,
        )
        self.class_news = ClassNews(
            courses=courses,
            notifications=self.notices.notifications,
            webhooks=self.notices.webhooks,
            scheduler=self.notices.scheduler,
        )
        self.hosting = Hosting(
            database=database,
            nodes=NodeStore(),
            sessions=session_store,
            node_id=given.node_id,
            url=given.node_url,
            is_cluster=bool(config.redis.url),
            spread=config.cluster.spread,
            dead_after=timedelta(seconds=config.cluster.dead_seconds),
            now=now,
        )
        self.lifecycle = Lifecycle(
            live_classes=live_class_store,
            courses=courses,
            sessions=session_store,
            news=self.class_news,
            hosting=self.hosting,
            now=now,
            new_id=new_id,
        )
        self.sessions = Sessions(
            database=database,
            store=session_store,
            live_classes=live_class_store,
            lifecycle=self.lifecycle,
            hosting=self.hosting,
            access=self.access,
            media=given.media,
            config=config.session,
            rules=Rules(
                seat_keep=timedelta(seconds=config.session.seat_seconds),
                max_participants=config.session.max_participants,
                max_viewers=config.session.max_viewers,
                tutor_absence=timedelta(minutes=config.session.tutor_absence_minutes),
            ),
            ice_servers=self._ice_servers,
            publish=given.outbox.put,
            now=now,
            new_id=new_id,
        )
        self.room_media = RoomMedia(sessions=self.sessions, media=given.media, config=config.session, now=now)
        self.chat = ChatParts(
            config=config,
            database=database,
            people=people,
            courses=courses,
            live_classes=live_class_store,
            access=self.access,
            notifications=self.notices.notifications,
            sessions=self.sessions,
            publish=given.outbox.put,
            now=now,
            new_id=new_id,
        )
        self.room_life = RoomLife(self.sessions)
        self.polls = Polls(
            database=database,
            store=poll_store,
            live_classes=live_class_store,
            sessions=self.sessions,
            access=self.access,
        )
        self.courses = CourseParts(
            config=config,
            database=database,
            people=people,
            courses=courses,
            live_classes=live_class_store,
            access=self.access,
            lifecycle=self.lifecycle,
            class_news=self.class_news,
            sessions=self.sessions,
            room_media=self.room_media,
            notifications=self.notices.notifications,
            webhooks=self.notices.webhooks,
            publish=given.outbox.put,
            public_url=config.http.public_url.rstrip("/") or given.node_url,
            now=now,
            new_id=new_id,
        )
        self.live_classes = self.courses.live_classes
        self.stream_keys = StreamKeys(
            database=database,
            store=StreamKeyStore(),
            people=people,
            live_classes=live_class_store,
            access=self.access,
            tokens=given.tokens,
            public_url=config.http.public_url.rstrip("/") or given.node_url,
            now=now,
            new_id=new_id,
        )
        self.streams = Streams(
            database=database,
            store=session_store,
            access=self.access,
            sessions=self.sessions,
            media=given.media,
            config=config.session,
            ice_servers=self._ice_servers,
            now=now,
            new_id=new_id,
        )
        self.invites = Invites(
            database=database,
            invites=InviteStore(),
            people=people,
            courses=courses,
            roster=RosterStore(),
            live_classes=live_class_store,
            access=self.access,
            news=EnrolmentNews(notifications=self.notices.notifications, webhooks=self.notices.webhooks),
            tokens=given.tokens,
            config=config.accounts,
            now=now,
            new_id=new_id,
        )
        self.presence = Presence(
            database=database,
            store=PresenceStore(),
            people=people,
            nodes=NodeStore(),
            node_id=given.node_id,
            is_cluster=bool(config.redis.url),
            dead_after=timedelta(seconds=config.cluster.dead_seconds),
            now=now,
        )
        self.attendance = Attendance(
            database=database,
            store=AttendanceStore(),
            live_classes=live_class_store,
            access=self.access,
            rules=AttendanceRules(
                bridge=timedelta(seconds=config.session.seat_seconds),
                late_after=timedelta(minutes=config.attendance.late_minutes),
                early_before=timedelta(minutes=config.attendance.early_minutes),
            ),
            now=now,
        )
        self.admin = AdminParts(
            config=config,
            origins=given.origins,
            version=given.version,
            database=database,
            access=self.access,
            sessions=self.sessions,
            media=given.media,
            node_id=given.node_id,
            now=now,
        )

    def _ice_servers(self, user_id: str) -> list[IceServer]:
        return ice_servers(self._given.config.turn, user_id, self._given.now())

    async def _start_due(self, live_class_id: str) -> None:
        """Start a live class by the schedule. Raises `AlreadyLive`, `NotFound`, `WrongStatus`."""
        async with self._given.database.transaction() as tx:
            session = await self.lifecycle.start(tx, live_class_id, by=None)
        self.sessions.open(session)

    def route_handlers(self) -> RouteHandlers:
        """For every route of `signaling.protocol.registry.ROUTES`."""
        given = self._given
        return {
            **self.courses.route_handlers(),
            **AttendanceRoutes(self.attendance).handlers(),
            **PollRoutes(self.polls).handlers(),
            **StreamRoutes(self.stream_keys).handlers(),
            **self.chat.route_handlers(),
            **self.people.route_handlers(),
            **InviteRoutes(self.invites, self.access.identify).handlers(),
            **PresenceRoutes(self.presence).handlers(),
            **self.notices.route_handlers(),
            **self.admin.route_handlers(),
            **NetworkTestRoutes(given.monotonic).handlers(),
            **health.handlers(self.sessions, given.media, given.vitals, given.version, given.now),
        }

    def event_handlers(self) -> EventHandlers:
        """For every event of `signaling.protocol.events.CLIENT_EVENTS`."""
        session_events = SessionEvents(self.sessions, self.room_media, self.live_classes).handlers()
        return {
            **session_events,
            "join-session": self.chat.joining(session_events["join-session"]),
            **self.chat.event_handlers(),
            **RoomLifeEvents(self.room_life).handlers(),
            **PollEvents(self.polls).handlers(),
            **self.notices.event_handlers(),
        }

    def jobs(self) -> list[Job]:
        return [
            (TICK_S, self.sessions.tick),
            (BEAT_S, self.sessions.beat),
            *([(ORPHANS_S, self.sessions.adopt)] if self._given.config.redis.url else []),
            *self.chat.jobs(),
            *self.people.jobs(),
            (PRESENCE_S, self.presence.tick),
            (SWEEP_S, self.presence.sweep),
            *self.courses.jobs(),
            *self.notices.jobs(),
        ]
