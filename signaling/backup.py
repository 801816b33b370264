"""Backup and restore: everything a server keeps, in one archive that does not depend on the kind of database.

The archive is a tar of ``tables/<name>.jsonl``, of ``files/`` with what else is in the data directory
(attachments, the secret that signs tokens, keys), and of ``manifest.json``, the last, with the size and SHA-256 of
each. It holds secrets, so only its owner may read it.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import msgspec

from signaling.config import Config
from signaling.data_dir import LOCK, locked, prepare_data_dir
from signaling.errors import CannotStart
from signaling.store import portable
from signaling.store.engine import SQLITE_FILE, database_url, open_engine

FORMAT = 1
MANIFEST = "manifest.json"
TABLES = "tables/"
FILES = "files/"


class Member(msgspec.Struct, frozen=True):
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    podium: str
    """The version that made it."""
    revision: str
    """Of the schema."""
    created_at: datetime
    members: dict[str, Member]


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: _Readable) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    def member(self) -> Member:
        return Member(self.size, self._hash.hexdigest())


# --- backup -------------------------------------------------------------------------------------------------


async def backup(config: Config, file: Path, version: str, now: datetime) -> Manifest:
    """Write everything to a new file; a server may be running and writing. The rows are of one moment; files are
    copied after it, so each that a row names is there. Raises `CannotStart`."""
    data_dir = prepare_data_dir(config)
    _check(config, data_dir, file)
    url = database_url(config.database.url, data_dir)
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
            members: dict[str, Member] = {}
            async with portable.snapshot(url) as snapshot:
                for table in snapshot.tables:
                    with tempfile.TemporaryFile() as lines:
                        async for line in snapshot.lines(table):
                            lines.write(line)
                        members[f"{TABLES}{table}.jsonl"] = _add(tar, f"{TABLES}{table}.jsonl", lines, now)
                revision = snapshot.revision
            for path in _files(data_dir):
                name = f"{FILES}{path.relative_to(data_dir).as_posix()}"
                with suppress(FileNotFoundError), path.open("rb") as content:  # it was removed meanwhile
                    members[name] = await asyncio.to_thread(_add, tar, name, content, now)
            manifest = Manifest(format=FORMAT, podium=version, revision=revision, created_at=now, members=members)
            with tempfile.TemporaryFile() as text:
                text.write(msgspec.json.format(msgspec.json.encode(manifest)))
                _add(tar, MANIFEST, text, now)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        # a link fails when the name was taken meanwhile, where a rename would replace the file
        os.link(partial, file)
    except OSError as error:
        raise CannotStart(f"{file} cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _check(config: Config, data_dir: Path, file: Path) -> None:
    if os.path.lexists(file):
        raise CannotStart(f"{file} is there already")
    if not config.database.url and not (data_dir / SQLITE_FILE).exists():
        raise CannotStart(f"there is nothing to back up in {data_dir}")


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], now: datetime) -> Member:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, os.SEEK_END)
    info.mtime = int(now.timestamp())
    info.mode = 0o600
    file.seek(0)
    hashed = _Hashed(file)
    tar.addfile(info, hashed)
    return hashed.member()


def _files(data_dir: Path) -> Iterator[Path]:
    """What is kept beside the database: not what belongs to a running server, and nothing half-written."""
    for path in sorted(data_dir.rglob("*")):
        place = path.relative_to(data_dir)
        hidden = any(part.startswith(".") for part in place.parts)
        if path.is_file() and not path.is_symlink() and not hidden and not _of_server(place):
            yield path


def _of_server(place: Path) -> bool:
    return len(place.parts) == 1 and (place.name == LOCK or place.name.startswith(SQLITE_FILE))


# --- restore ------------------------------------------------------------------------------------------------


async def restore(config: Config, file: Path, *, force: bool) -> Manifest:
    """Put a backup in place of what is there, which must be nothing unless ``force``. No server may run in this
    data directory. The whole archive is checked first; rows and files are then replaced together, or not at all.
    Raises `CannotStart`."""
    data_dir = prepare_data_dir(config)
    with locked(data_dir), _workspace(data_dir) as work:
        if not force and any(_files(data_dir)):
            raise CannotStart(f"there are files in {data_dir}: restore into an empty place, or add --force")
        manifest = await asyncio.to_thread(_unpack, file, work / "new")
        tables = {
            PurePosixPath(name).stem: _lines_of(work / "new" / name)
            for name in manifest.members
            if name.startswith(TABLES)
        }
        engine = open_engine(database_url(config.database.url, data_dir))
        swap = _Swap(data_dir, work)
        try:
            async with portable.replaced(engine, manifest.revision, tables, force=force):
                # after the rows, which take long and may be refused, and before they are kept
                swap.do()
        except BaseException:
            swap.undo()
            raise
        finally:
            await engine.dispose()
    return manifest


class _Swap:
    """The files of the data directory against those of the backup."""

    def __init__(self, data_dir: Path, work: Path) -> None:
        self._data_dir = data_dir
        self._work = work
        self._moved: list[tuple[Path, Path]] = []

    def do(self) -> None:
        (self._work / "old").mkdir()
        for path in sorted(self._data_dir.iterdir()):
            if not path.name.startswith(".") and not _of_server(path.relative_to(self._data_dir)):
                self._move(path, self._work / "old" / path.name)
        new = self._work / "new" / FILES
        for path in sorted(new.iterdir()) if new.is_dir() else ():
            self._move(path, self._data_dir / path.name)

    def undo(self) -> None:
        for source, target in reversed(self._moved):
            target.rename(source)
        self._moved.clear()

    def _move(self, source: Path, target: Path) -> None:
        source.rename(target)
        self._moved.append((source, target))


def _unpack(file: Path, place: Path) -> Manifest:
    """Every member of an archive as a file, once all of them are as the manifest says. Raises `CannotStart`."""
    found: dict[str, Member] = {}
    manifest = None
    try:
        with gzip.open(file) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
            for info in tar:
                content = tar.extractfile(info) if info.isreg() and _is_plain(info.name) else None
                if content is None or info.name in found or manifest is not None:
                    raise CannotStart(f"{file} is not a backup of Podium: it has a member {info.name[:100]!r}")
                if info.name == MANIFEST:
                    manifest = msgspec.json.decode(content.read(), type=Manifest)
                    continue
                found[info.name] = _extract(content, place / info.name)
            while unpacked.read(1 << 20):
                pass  # to its end, where the checksum of the whole is
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, msgspec.MsgspecError) as error:
        raise CannotStart(f"{file} is not a whole backup: {error}") from None
    except OSError as error:
        raise CannotStart(f"{file} cannot be read: {error.strerror or error}") from None
    if manifest is None:
        raise CannotStart(f"{file} is not a whole backup: it ends before its manifest")
    if manifest.format != FORMAT:
        raise CannotStart(f"{file} has the format {manifest.format}; this Podium reads {FORMAT}")
    for name in sorted(found.keys() | manifest.members.keys()):
        if found.get(name) != manifest.members.get(name):
            raise CannotStart(f"{file} is damaged: {name} is not what was backed up")
    return manifest


def _is_plain(name: str) -> bool:
    """One of the names that we write: nothing that leads elsewhere, nothing hidden."""
    if name == MANIFEST:
        return True
    path = PurePosixPath(name)
    fits = path.as_posix() == name and not any(part.startswith(".") for part in path.parts)
    return fits and "\\" not in name and len(path.parts) >= 2 and name.startswith((TABLES, FILES))


def _extract(content: _Readable, path: Path) -> Member:
    path.parent.mkdir(parents=True, exist_ok=True)
    hashed = _Hashed(content)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while data := hashed.read(1 << 20):
            file.write(data)
    return hashed.member()


def _lines_of(path: Path) -> Callable[[], Iterable[bytes]]:
    def lines() -> Iterator[bytes]:
        with path.open("rb") as file:
            yield from file

    return lines


@contextmanager
def _workspace(data_dir: Path) -> Iterator[Path]:
    """On the same file system, so that files are put in place by renaming them."""
    work = Path(tempfile.mkdtemp(prefix=".restore-", dir=data_dir))
    try:
        (work / "new").mkdir()
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
