"""Puts the parts together of courses, their people, and the plans of live classes."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from signaling.config import Config
from signaling.http.api import Handlers as RouteHandlers
from signaling.http.calendars import CalendarRoutes
from signaling.http.courses import CourseRoutes
from signaling.http.live_classes import LiveClassRoutes
from signaling.rooms.events import Notice
from signaling.services.access import Access
from signaling.services.classes.calendar_feeds import CalendarFeeds
from signaling.services.classes.class_news import ClassNews
from signaling.services.classes.lifecycle import Lifecycle
from signaling.services.classes.live_classes import LiveClasses
from signaling.services.classes.plans import Plans
from signaling.services.classes.progress import Progress
from signaling.services.classes.series import SeriesPlanner
from signaling.services.courses.courses import Courses
from signaling.services.courses.enrolments import EnrolmentNews
from signaling.services.courses.roster import Roster
from signaling.services.courses.roster_import import RosterImport
from signaling.services.notices.notifications import Notifications
from signaling.services.notices.webhooks import Webhooks
from signaling.services.sessions.room_media import RoomMedia
from signaling.services.sessions.sessions import Sessions
from signaling.store.accounts import AccountStore
from signaling.store.calendars import CalendarStore
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.store.people import PeopleStore
from signaling.store.roster import RosterStore
from signaling.store.series import SeriesStore

ROLL_S = 600.0


class CourseParts:
    """An attribute each, as in `signaling.composition.control_plane.ControlPlane`."""

    def __init__(
        self,
        *,
        config: Config,
        database: Database,
        people: PeopleStore,
        courses: CourseStore,
        live_classes: LiveClassStore,
        access: Access,
        lifecycle: Lifecycle,
        class_news: ClassNews,
        sessions: Sessions,
        room_media: RoomMedia,
        notifications: Notifications,
        webhooks: Webhooks,
        publish: Callable[[Notice], None],
        public_url: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._config = config
        self._room_media = room_media
        news = EnrolmentNews(notifications=notifications, webhooks=webhooks)
        roster, accounts, series = RosterStore(), AccountStore(), SeriesStore()
        self.courses = Courses(
            database=database,
            courses=courses,
            live_classes=live_classes,
            people=people,
            access=access,
            lifecycle=lifecycle,
            news=news,
            anyone_creates=config.courses.anyone_creates,
            now=now,
            new_id=new_id,
        )
        self.roster = Roster(
            database=database,
            courses=courses,
            roster=roster,
            people=people,
            accounts=accounts,
            access=access,
            news=news,
            now=now,
            new_id=new_id,
        )
        self.roster_import = RosterImport(
            database=database,
            courses=courses,
            roster=roster,
            people=people,
            access=access,
            news=news,
            now=now,
            new_id=new_id,
        )
        self.series = SeriesPlanner(
            database=database,
            series=series,
            courses=courses,
            live_classes=live_classes,
            lifecycle=lifecycle,
            news=class_news,
            ahead=timedelta(days=config.courses.plan_ahead_days),
            now=now,
            new_id=new_id,
        )
        self.plans = Plans(
            database=database,
            live_classes=live_classes,
            courses=courses,
            people=people,
            access=access,
            lifecycle=lifecycle,
            series=self.series,
            news=class_news,
            now=now,
            new_id=new_id,
        )
        self.live_classes = LiveClasses(
            database=database,
            live_classes=live_classes,
            series=series,
            roster=roster,
            sessions=sessions,
            lifecycle=lifecycle,
            access=access,
            max_participants=config.session.max_participants,
            socket_path=f"{config.http.prefix}/socket.io/",
            now=now,
        )
        self.progress = Progress(
            database=database, live_classes=live_classes, sessions=sessions, publish=publish, now=now
        )
        self.calendars = CalendarFeeds(
            database=database,
            store=CalendarStore(),
            live_classes=live_classes,
            courses=courses,
            people=people,
            access=access,
            public_url=public_url,
            new_token=lambda: secrets.token_urlsafe(24),
            now=now,
        )

    def route_handlers(self) -> RouteHandlers:
        return {
            **CourseRoutes(self.courses, self.roster, self.roster_import).handlers(),
            **LiveClassRoutes(self.live_classes, self.plans, self._room_media).handlers(),
            **CalendarRoutes(self.calendars).handlers(),
        }

    def jobs(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        return [(self._config.session.progress_seconds, self.progress.tell), (ROLL_S, self.series.roll)]
