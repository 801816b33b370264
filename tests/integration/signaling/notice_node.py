"""The part of a server that tells people, without its edges: a real database, virtual time, recorded sending."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from signaling.announcements import Announcement
from signaling.composition.notices import NoticeParts
from signaling.composition.people import PeopleParts
from signaling.config import Config, DatabaseConfig, HttpConfig, NotificationsConfig, OutgoingConfig
from signaling.identity import Identity
from signaling.protocol.live_classes import LiveClass
from signaling.services.notices.outgoing import Mail, Outcome, PushTarget, Senders
from signaling.store import models as m
from signaling.store.courses import CourseStore
from signaling.store.database import Database, Transaction
from signaling.store.deliveries import Channel
from signaling.store.engine import database_url, open_engine
from signaling.store.live_classes import LiveClassStore
from signaling.store.migrate import migrate
from signaling.store.people import PeopleStore
from signaling.tokens import Tokens
from tests.support.databases import place_sqlite

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
COURSE = "maths"
SENT = Outcome(result="sent")
RETRY = Outcome(result="retry", status=503, detail="HTTP 503")
REFUSED = Outcome(result="refused", status=413)
GONE = Outcome(result="gone", status=410, detail="HTTP 410")


class VirtualClock:
    """Moves when it is told to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> datetime:
        self.at += timedelta(**delta)
        return self.at


class RecordingSenders:
    """Sends nothing and keeps what it was to send. ``answers`` are given one after the other, then success."""

    def __init__(self) -> None:
        self.pushes: list[tuple[PushTarget, dict[str, Any]]] = []
        self.mails: list[Mail] = []
        self.posts: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answers: list[Outcome | Exception] = []

    @property
    def public_key(self) -> str:
        return "key"

    async def push(
        self, target: PushTarget, payload: bytes, *, ttl: timedelta, urgent: bool, now: datetime
    ) -> Outcome:
        self.pushes.append((target, msgspec.json.decode(payload)))
        return self._answer()

    async def mail(self, mail: Mail, now: datetime) -> Outcome:
        self.mails.append(mail)
        return self._answer()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.posts.append((url, dict(headers), msgspec.json.decode(body)))
        return self._answer()

    def _answer(self) -> Outcome:
        answer = self.answers.pop(0) if self.answers else SENT
        if isinstance(answer, Exception):
            raise answer
        return answer

    def all(self) -> Senders:
        return Senders(push=self, mail=self, webhook=self)


class Announced:
    """Keeps what was announced."""

    def __init__(self) -> None:
        self.all: list[Announcement] = []

    async def before_commit(self, tx: Transaction, announcements: Sequence[Announcement]) -> None:
        pass

    def after_commit(self, announcements: Sequence[Announcement]) -> None:
        self.all.extend(announcements)

    def given_up(self, announcements: Sequence[Announcement]) -> None:
        pass

    def to(self, topic: str, event: str) -> list[Any]:
        return [told.data for told in self.all if told.topic == topic and told.event == event]


class Node:
    """One server. Several on one database are several of these, each with its engine."""

    def __init__(self, name: str, settings: Config, database: Database, announced: Announced, clock: Any) -> None:
        self.name = name
        self.database = database
        self.announced = announced
        self.clock = clock
        self.sent = RecordingSenders()
        self.started: list[str] = []
        self.before_start: Callable[[], None] = lambda: None
        numbers = itertools.count(1)
        courses, live_classes = CourseStore(), LiveClassStore()
        self.live_classes = live_classes
        tokens = Tokens("a secret of the tests, long enough to sign tokens")
        people = PeopleParts(
            config=settings,
            database=database,
            people=PeopleStore(),
            courses=courses,
            tokens=tokens,
            fetch=_fetch_nothing,
            monotonic=lambda: clock().timestamp(),
            now=clock,
            new_id=lambda: f"{name}-{next(numbers)}",
        )
        self.parts = NoticeParts(
            config=settings,
            database=database,
            courses=courses,
            live_classes=live_classes,
            access=people.access,
            senders=self.sent.all(),
            tokens=tokens,
            start=self._start,
            monotonic=lambda: clock().timestamp(),
            now=clock,
            new_id=lambda: f"{name}-{next(numbers)}",
        )

    async def _start(self, live_class_id: str) -> None:
        """As the life cycle does it: the row decides, and the schedule is told."""
        self.before_start()
        async with self.database.transaction() as tx:
            live_class = await self.live_classes.locked(tx, live_class_id)
            assert live_class.status == "scheduled"
            live = await self.live_classes.set_status(tx, live_class_id, "live", self.clock())
            await self.parts.scheduler.plan(tx, live)
        self.started.append(live_class_id)

    # --- what there is ------------------------------------------------------------------------------

    async def add_people(self, *names: str, role: str = "student", email: bool = False) -> None:
        """People of the course, made with the first of them."""
        async with self.database.transaction() as tx:
            if await tx.scalar(select(m.Course.id).where(m.Course.id == COURSE)) is None:
                await tx.execute(insert(m.Course).values(id=COURSE, title="Maths", created_at=NOON))
            user = {"is_admin": False, "created_at": NOON}
            address = "{}@example.org".format if email else lambda _: None
            users = [{**user, "id": name, "name": name.title(), "email": address(name)} for name in names]
            await tx.execute(insert(m.User), users)
            enrolment = {"course_id": COURSE, "role": role, "enrolled_at": NOON}
            await tx.execute(insert(m.Enrolment), [{**enrolment, "user_id": name} for name in names])

    async def plan(self, live_class_id: str, at: datetime, **fields: Any) -> LiveClass:
        """A class of that time, planned anew when it is there."""
        async with self.database.transaction() as tx:
            if await tx.scalar(select(m.LiveClass.id).where(m.LiveClass.id == live_class_id)) is None:
                await self.live_classes.create(tx, live_class_id, COURSE, "Fractions", self.clock())
            live_class = await self.live_classes.change(
                tx, live_class_id, self.clock(), scheduled_at=at, duration_minutes=45, **fields
            )
            await self.parts.scheduler.plan(tx, live_class)
        return live_class

    async def set_user(self, user_id: str, **values: Any) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(update(m.User).where(m.User.id == user_id).values(values))

    async def notify(self, *user_ids: str, kind: Any = "enrolled", times: int = 1, **fields: Any) -> int:
        fields = {"title": "Welcome", "text": "You are in.", **fields}
        notify, count = self.parts.notifications.notify, 0
        async with self.database.transaction() as tx:
            for _ in range(times):
                count += await notify(tx, user_ids=user_ids, kind=kind, **fields)
        return count

    async def jobs(self, live_class_id: str = "fractions") -> list[tuple[str, str]]:
        """Kind and state of each, in the order in which they are due."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(
                select(m.ScheduledJob.kind, m.ScheduledJob.state)
                .where(m.ScheduledJob.live_class_id == live_class_id)
                .order_by(m.ScheduledJob.due_at, m.ScheduledJob.id)
            )
            return [(row.kind, row.state) for row in rows]

    async def send(self, channel: Channel, **delta: float) -> None:
        """Let time pass, and send what is due."""
        self.clock.advance(**delta)
        await self.parts.deliveries.tick(channel)

    async def states(self, channel: Channel) -> list[tuple[str, int]]:
        """State and attempts of each delivery."""
        return [(state, attempts) for found, state, attempts in await self.deliveries() if found == channel]

    async def deliveries(self) -> list[tuple[str, str, int]]:
        """Channel, state and attempts."""
        async with self.database.transaction() as tx:
            d = m.Delivery
            rows = await tx.execute(select(d.channel, d.state, d.attempts).order_by(d.created_at, d.id))
            return [(row.channel, row.state, row.attempts) for row in rows]

    async def inbox(self, user_id: str) -> list[tuple[int, str]]:
        """Number and kind of somebody's notifications, oldest first."""
        synced = await self.parts.notifications.sync(identity(user_id), 0)
        return [(item.seq, item.kind) for item in synced.items]


def identity(user_id: str, *, is_admin: bool = False) -> Identity:
    return Identity(
        user_id=user_id, name=user_id.title(), expires_at=NOON + timedelta(days=3650), is_admin=is_admin
    )


ADMIN = identity("root", is_admin=True)


async def _fetch_nothing(_: str) -> bytes:
    raise AssertionError("nothing is to be fetched")


def settings(data_dir: Path, url: str = "", **notifications: Any) -> Config:
    return Config(
        data_dir=str(data_dir),
        http=HttpConfig(public_url="https://class.example.org"),
        database=DatabaseConfig(url=url),
        notifications=NotificationsConfig(**notifications),
        outgoing=OutgoingConfig(allow_private_addresses=True),
    )


@asynccontextmanager
async def running_node(
    config: Config, clock: Callable[[], datetime] | None = None, name: str = "a"
) -> AsyncIterator[Node]:
    if not config.database.url:
        place_sqlite(config.data_path)
    engine = open_engine(database_url(config.database.url, config.data_path))
    announced = Announced()
    database = Database(engine, announced)
    try:
        await migrate(engine)
        yield Node(name, config, database, announced, clock or VirtualClock())
    finally:
        await database.close()
