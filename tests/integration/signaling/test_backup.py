"""Backup while the server writes; restore on either kind of database; archives that are broken."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import itertools
import stat
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from signaling.backup import MANIFEST, Manifest, backup, restore
from signaling.config import Config
from signaling.errors import CannotStart
from signaling.realtime.outbox import Outbox
from signaling.store.courses import CourseStore
from signaling.store.database import Database
from signaling.store.engine import database_url as url_of
from signaling.store.engine import open_engine
from signaling.store.migrate import migrate, revision, revisions
from signaling.store.people import PeopleStore
from tests.integration.signaling.harness import config, serving
from tests.support import command
from tests.support.databases import KINDS, Kind, PostgresCluster
from tests.support.tables import fill, reflect, snapshot

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FILES = {"secret": b"s" * 48, "attachments/ab/cd": bytes(range(256)) * 5000, "vapid.pem": b"key"}


class Places:
    """Servers' homes: a data directory and a database each."""

    def __init__(self, directory: Path, cluster: Callable[[], PostgresCluster]) -> None:
        self._directory = directory
        self._cluster = cluster
        self._numbers = itertools.count(1)
        self._urls: list[str] = []

    def new(self, kind: Kind) -> Config:
        home = self._directory / f"home-{next(self._numbers)}"
        if kind == "sqlite":
            return config(home)
        self._urls.append(self._cluster().empty_database())
        return config(home, self._urls[-1])

    def drop(self) -> None:
        for url in self._urls:
            self._cluster().drop(url)


@pytest.fixture
def places(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    found = Places(tmp_path, lambda: request.getfixturevalue("postgres"))
    yield found
    found.drop()


@asynccontextmanager
async def opened(settings: Config) -> AsyncIterator[AsyncEngine]:
    settings.data_path.mkdir(exist_ok=True)
    engine = open_engine(url_of(settings.database.url, settings.data_path))
    yield engine
    await engine.dispose()


async def populate(settings: Config, to: str = "head") -> None:
    """Rows in every table, and files."""
    async with opened(settings) as engine:
        await migrate(engine, to)
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: fill(c, reflect(c).sorted_tables))
    for name, content in FILES.items():
        path = settings.data_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(content)


async def rows(settings: Config) -> dict[str, Any]:
    """Every row, with moments as both databases would say them."""

    def plain(value: Any) -> Any:
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value

    async with opened(settings) as engine, engine.connect() as connection:
        found = await connection.run_sync(lambda c: snapshot(c, reflect(c)))
    return {t: [{n: plain(v) for n, v in row.items()} for row in some] for t, some in found.items()}


def files(settings: Config) -> dict[str, bytes]:
    return {
        path.relative_to(settings.data_path).as_posix(): path.read_bytes()
        for path in settings.data_path.rglob("*")
        if path.is_file() and not path.name.startswith("podium.sqlite3") and path.name != "lock"
    }


def names(directory: Path, *prefixes: str) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name.startswith(prefixes))


@pytest.mark.parametrize("target", KINDS)
async def test_what_is_restored_equals_what_was_backed_up(
    places: Places, database_kind: Kind, target: Kind, tmp_path: Path
) -> None:
    source, other, file = places.new(database_kind), places.new(target), tmp_path / "backup.tar.gz"
    await populate(source)
    manifest = await backup(source, file, "1.2.3", NOW)
    assert (manifest.revision, manifest.podium, manifest.created_at) == (revisions()[-1], "1.2.3", NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names(tmp_path, "backup", ".") == [file.name]
    await restore(other, file, force=False)
    assert await rows(other) == await rows(source)
    assert files(other) == files(source) == FILES
    assert stat.S_IMODE((other.data_path / "secret").stat().st_mode) == 0o600
    assert names(other.data_path, ".") == []
    async with opened(other) as engine:
        assert await revision(engine) == revisions()[-1]
        await goes_on_counting(engine)


async def goes_on_counting(engine: AsyncEngine) -> None:
    """A number that the database gives is a new one."""
    async with engine.begin() as connection:
        entry = {"at": NOW, "actor_id": "a", "action": "x", "target": "t", "details": "{}"}
        await connection.execute(sa.insert(sa.table("audit_entry", *map(sa.column, entry))).values(entry))


async def test_a_restored_server_serves(places: Places, database_kind: Kind, tmp_path: Path) -> None:
    source, file = places.new(database_kind), tmp_path / "backup.tar.gz"
    async with serving(source) as live:
        await live.plan()
        session_id = await live.start()
        await live.join("student", "Ada")
        await backup(source, file, "1", NOW)
        with pytest.raises(CannotStart, match="in use by another podium"):
            await restore(source, file, force=True)
    other = places.new("sqlite" if database_kind == "postgresql" else "postgresql")
    await restore(other, file, force=False)
    async with serving(other) as live:
        path = "/api/v1/live-classes/fractions"
        status, found = await live.rest("GET", path, live.token("student"))
        assert (status, found["sessionId"], found["status"]) == (200, session_id, "live")


async def test_an_older_backup_is_brought_up_to_date(places: Places, database_kind: Kind, tmp_path: Path) -> None:
    for number, step in enumerate((revisions()[0], revisions()[2])):
        source, other, file = places.new(database_kind), places.new(database_kind), tmp_path / f"{number}.tar.gz"
        await populate(source, to=step)
        assert (await backup(source, file, "1", NOW)).revision == step
        await restore(other, file, force=False)
        async with opened(source) as engine:
            await migrate(engine)
        theirs, ours = await rows(other), await rows(source)
        assert {name: len(found) for name, found in theirs.items()} == {n: len(f) for n, f in ours.items()}
        assert theirs["course"] == ours["course"]


async def test_a_backup_during_200_writes_a_second_is_one_moment(
    places: Places, database_kind: Kind, tmp_path: Path
) -> None:
    """Each transaction writes to three tables: each is in the backup as a whole, and none is missing."""
    source, other, file = places.new(database_kind), places.new(database_kind), tmp_path / "backup.tar.gz"
    async with opened(source) as engine:
        await migrate(engine)
        database, done = Database(engine, Outbox()), 0
        courses, people = CourseStore(), PeopleStore()

        async def write() -> None:
            nonlocal done
            async with database.transaction() as tx:
                await courses.add(tx, f"c{done:06}", "x" * 100, NOW)
                await people.add(tx, f"u{done:06}", "y" * 100, NOW)
                await courses.enrol(tx, f"c{done:06}", f"u{done:06}", "student", NOW)
            done += 1

        async def write_on(pause: float) -> None:
            while True:
                await write()
                await asyncio.sleep(pause)

        for _ in range(1000):
            await write()
        writer = asyncio.create_task(write_on(1 / 200))
        begun = done
        await backup(source, file, "1", NOW)
        ended = done
        writer.cancel()
        await asyncio.wait([writer])
    await restore(other, file, force=False)
    found = await rows(other)
    numbers = [int(row["id"][1:]) for row in found["course"]]
    assert numbers == list(range(len(numbers)))
    assert begun <= len(numbers) <= ended
    assert ended > begun, "nothing was written during the backup"
    assert [row["id"][1:] for row in found["user"]] == [row["id"][1:] for row in found["course"]]
    assert [(row["course_id"], row["user_id"]) for row in found["enrolment"]] == [
        (f"c{n:06}", f"u{n:06}") for n in numbers
    ]


async def test_only_an_empty_place_or_force(places: Places, database_kind: Kind, tmp_path: Path) -> None:
    source, other, file = places.new(database_kind), places.new(database_kind), tmp_path / "backup.tar.gz"
    await populate(source)
    await backup(source, file, "1", NOW)
    with pytest.raises(CannotStart, match="is there already"):
        await backup(source, file, "1", NOW)
    async with opened(other) as engine:
        await migrate(engine)
        async with Database(engine, Outbox()).transaction() as tx:
            await CourseStore().add(tx, "mine", "x", NOW)
    with pytest.raises(CannotStart, match="not empty"):
        await restore(other, file, force=False)
    (other.data_path / "mine").write_text("mine")
    with pytest.raises(CannotStart, match="there are files"):
        await restore(other, file, force=False)
    assert files(other) == {"mine": b"mine"}
    assert [row["id"] for row in (await rows(other))["course"]] == ["mine"]
    await restore(other, file, force=True)
    assert files(other) == FILES
    assert await rows(other) == await rows(source)


def changed(file: Path, change: Callable[[str, bytes], bytes | None], sign: bool = False) -> Path:
    """The archive with other contents; ``sign`` makes the manifest fit."""
    out = file.with_name("changed.tar.gz")
    members: dict[str, object] = {}
    with tarfile.open(file) as old, tarfile.open(out, "w:gz") as new:
        for info in old:
            extracted = old.extractfile(info)
            assert extracted is not None
            data = change(info.name, extracted.read())
            if data is None:
                continue
            if info.name == MANIFEST and sign:
                data = msgspec.json.encode({**msgspec.json.decode(data), "members": members})
            elif info.name != MANIFEST:
                members[info.name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
    return out


async def test_a_restore_that_fails_changes_nothing(places: Places, database_kind: Kind, tmp_path: Path) -> None:
    source, other, file = places.new(database_kind), places.new(database_kind), tmp_path / "backup.tar.gz"
    await populate(source)
    await backup(source, file, "1", NOW)
    await populate(other)
    (other.data_path / "mine").write_text("mine")
    before, files_before = await rows(other), files(other)

    def refers_to_nothing(name: str, data: bytes) -> bytes:
        return b"" if name == "tables/course.jsonl" else data

    def another_column(name: str, data: bytes) -> bytes:
        return data.replace(b'"title":', b'"headline":') if name == "tables/course.jsonl" else data

    def another_table(name: str, data: bytes) -> bytes:
        return data.replace(b'"revision":', b'"revision": "0002", "was":') if name == MANIFEST else data

    def from_the_future(name: str, data: bytes) -> bytes:
        return data.replace(b'"revision":', b'"revision": "9999", "was":') if name == MANIFEST else data

    for change, reason in (
        (refers_to_nothing, "foreign key|refer to others"),
        (another_column, "other columns"),
        (another_table, "has a table"),
        (from_the_future, "there is no revision 9999"),
    ):
        with pytest.raises(CannotStart, match=reason):
            await restore(other, changed(file, change, sign=True), force=True)
        assert await rows(other) == before
        assert files(other) == files_before
    assert names(other.data_path, ".") == []


async def test_a_damaged_archive_is_refused_before_anything_is_touched(places: Places, tmp_path: Path) -> None:
    source, other, file = places.new("sqlite"), places.new("sqlite"), tmp_path / "backup.tar.gz"
    await populate(source)
    await backup(source, file, "1", NOW)
    whole = file.read_bytes()
    bad = tmp_path / "bad.tar.gz"
    for broken in (
        *(whole[:length] for length in (0, 10, len(whole) // 2, len(whole) - 9)),
        *(
            whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]
            for at in range(100, len(whole) - 200, len(whole) // 12)
        ),
        b"no archive",
        gzip.compress(b"no tar"),
        gzip.compress(b"\0" * 10240),
    ):
        bad.write_bytes(broken)
        with pytest.raises(CannotStart):
            await restore(other, bad, force=True)
    for change, reason in (
        (lambda name, data: data + b"x" if name == "files/secret" else data, "files/secret is not what"),
        (lambda name, data: None if name == "files/secret" else data, "files/secret is not what"),
        (lambda name, data: None if name == MANIFEST else data, "before its manifest"),
        (lambda name, data: b"{}" if name == MANIFEST else data, "not a whole backup"),
        (lambda name, data: data.replace(b'"format": 1', b'"format": 2'), "has the format 2"),
    ):
        with pytest.raises(CannotStart, match=reason):
            await restore(other, changed(file, change), force=True)
    with pytest.raises(CannotStart, match="cannot be read"):
        await restore(other, tmp_path / "none.tar.gz", force=True)
    assert files(other) == {}
    assert not (other.data_path / "podium.sqlite3").exists()


TRICKS = [
    *(
        "/etc/x",
        "../x",
        "files/../../x",
        "files/./x",
        "files//x",
        "files/.ssh/x",
        "files",
        "tables",
        "x",
        "files/a\\b",
    ),
]


@pytest.mark.parametrize("name", TRICKS)
async def test_a_name_that_leads_elsewhere_is_refused(places: Places, tmp_path: Path, name: str) -> None:
    await refuse(places, tmp_path, tarfile.TarInfo(name))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
async def test_what_is_no_file_is_refused(places: Places, tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("files/x")
    info.type, info.linkname = kind, "/etc/passwd"
    await refuse(places, tmp_path, info)


async def refuse(places: Places, tmp_path: Path, info: tarfile.TarInfo) -> None:
    manifest = Manifest(format=1, podium="1", revision=revisions()[-1], created_at=NOW, members={})
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as tar:
        tar.addfile(info, io.BytesIO())
        data = msgspec.json.encode(manifest)
        last = tarfile.TarInfo(MANIFEST)
        last.size = len(data)
        tar.addfile(last, io.BytesIO(data))
    settings = places.new("sqlite")
    with pytest.raises(CannotStart, match="is not a backup of Podium"):
        await restore(settings, tmp_path / "bad.tar.gz", force=True)
    assert names(settings.data_path, "") == ["lock"]


async def test_the_commands_say_what_they_did_and_why_they_do_not(tmp_path: Path) -> None:
    async def podium(*arguments: str, home: str = "home", files: str = "") -> tuple[int, str]:
        env = {"PODIUM__DATA_DIR": home, "PODIUM__CHAT__ATTACHMENT_DIR": files}
        code, out, err = await command.podium(tmp_path, *arguments, env=env)
        assert len(err.splitlines()) == (1 if code else 0), err
        return code, out + err

    code, text = await podium("backup", "b.tar.gz")
    assert (code, "there is nothing to back up in home" in text) == (1, True)
    assert (await podium("migrate"))[0] == 0
    assert await podium("migrate", "--to", "0002") == (0, "the database is at revision 0002\n")
    assert (await podium("token", "--name", "A", "--role", "tutor", "--course", "c"))[0] == 0
    code, text = await podium("backup", "b.tar.gz")
    assert (code, "b.tar.gz" in text, "holds secrets" in text, "not in it" in text) == (0, True, True, False)
    _, text = await podium("backup", "c.tar.gz", files="home/files")
    assert "not in it" not in text
    _, text = await podium("backup", "d.tar.gz", files="elsewhere")
    assert f"not in it: what people attached is in {tmp_path / 'elsewhere'};" in text
    code, text = await podium("backup", "b.tar.gz")
    assert (code, "is there already" in text) == (1, True)
    code, text = await podium("backup", "none/b.tar.gz")
    assert (code, "cannot be written: No such file" in text) == (1, True)
    code, text = await podium("restore", "b.tar.gz", home="other")
    assert (code, text.startswith("restored what was backed up at 20")) == (0, True)
    code, text = await podium("restore", "b.tar.gz", home="other")
    assert (code, "add --force" in text) == (1, True)
    assert (await podium("restore", "b.tar.gz", "--force", home="other"))[0] == 0
    assert (tmp_path / "home" / "secret").read_text() == (tmp_path / "other" / "secret").read_text()
