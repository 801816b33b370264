"""What was said in sessions is in the chat rooms of the classes afterwards, in order and once, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from signaling.store.engine import open_engine
from signaling.store.migrate import migrate
from tests.support.databases import Kind, PostgresCluster

pytestmark = pytest.mark.integration


@pytest.fixture
def empty_url(database_kind: Kind, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if database_kind == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    url = cluster.empty_database()
    yield url
    cluster.drop(url)


OLD = [
    # session, id, user, said in minute
    ("s1", "m1", "ada", 1),
    ("s1", "m2", "ben", 2),
    ("s2", "m1", "ada", 3),  # the same id in the next session of the class, by the same person
    ("s3", "m1", "ada", 4),  # and in another class
    ("s2", "m2", "eve", 5),
]


async def test_messages_move_to_the_rooms_of_their_classes_and_back(empty_url: str) -> None:
    engine = open_engine(empty_url)

    async def run(statement: str, **values: Any) -> list[Any]:
        async with engine.begin() as connection:
            found = await connection.execute(sa.text(statement), values)
            return list(found.all()) if found.returns_rows else []

    def moment(minute: int) -> Any:
        at = datetime(2026, 1, 1, 9, minute, tzinfo=UTC)
        return at.replace(tzinfo=None) if engine.dialect.name == "sqlite" else at

    try:
        await migrate(engine, "0006")
        await run("INSERT INTO course (id, title, created_at) VALUES ('c', 'C', :t)", t=moment(0))
        for live_class in ("l1", "l2", "quiet"):
            await run(
                "INSERT INTO live_class (id, course_id, title, status, created_at) "
                "VALUES (:i, 'c', 'L', 'ended', :t)",
                i=live_class,
                t=moment(0),
            )
        for session, live_class in (("s1", "l1"), ("s2", "l1"), ("s3", "l2")):
            await run(
                "INSERT INTO session (id, live_class_id, started_at, ended_at) VALUES (:s, :l, :t, :t)",
                s=session,
                l=live_class,
                t=moment(0),
            )
        for session, message, user, minute in OLD:
            await run(
                "INSERT INTO message (session_id, id, participant_id, user_id, name, role, type, text, sent_at) "
                "VALUES (:s, :i, 'p', :u, :u, 'student', 'question', :x, :t)",
                s=session,
                i=message,
                u=user,
                x=f"{session} {message}",
                t=moment(minute),
            )
        await migrate(engine, "0007")
        rooms = await run("SELECT key, seq, last_seq FROM chat_room ORDER BY key")
        assert [tuple(row) for row in rooms] == [("live_class:l1", 4, 4), ("live_class:l2", 1, 1)]
        rows = await run(
            "SELECT r.live_class_id, m.seq, m.text, m.id, m.user_id FROM chat_message m "
            "JOIN chat_room r ON r.id = m.room_id ORDER BY r.live_class_id, m.seq"
        )
        assert [tuple(row)[:3] for row in rows] == [
            ("l1", 1, "s1 m1"),
            ("l1", 2, "s1 m2"),
            ("l1", 3, "s2 m1"),
            ("l1", 4, "s2 m2"),
            ("l2", 1, "s3 m1"),
        ]
        assert [row.id for row in rows[:2]] == ["m1", "m2"]
        assert len({(row.user_id, row.id) for row in rows}) == len(rows)
        if engine.dialect.name == "sqlite":
            found = await run("SELECT count(*) AS n FROM chat_message_fts WHERE chat_message_fts MATCH 's2'")
        else:
            found = await run("SELECT count(*) AS n FROM chat_message WHERE search @@ to_tsquery('simple', 's2')")
        assert found[0].n == 2
        await migrate(engine, "0006")
        back = await run("SELECT session_id, text FROM message ORDER BY sent_at")
        assert [tuple(row) for row in back] == [
            (session, f"{session} {message}") for session, message, _, _ in OLD
        ]
    finally:
        await engine.dispose()
