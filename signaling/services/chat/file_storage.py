"""Files on the disk, named by what is in them: written beside, and in their place at once or not at all."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from signaling.errors import CannotStart, StorageFull, TooLarge, Unavailable

log = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PREVIEW = ".webp"
ABANDONED_S = 3600.0
"""An upload that nothing was added to for so long has ended."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A file that has come, not yet in its place."""

    path: Path
    preview: Path
    digest: str
    size: int


class FileStorage:
    """Below one directory: ``ab/abcdef…`` and its preview ``ab/abcdef….webp``; ``incoming/`` for what comes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"

    def prepare(self, now: float) -> None:
        """Make the directories, and drop what a crash left of uploads, perhaps of another server. Raises
        `CannotStart`."""
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in self._incoming.iterdir():
                if left.stat().st_mtime < now - ABANDONED_S:
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise CannotStart(f"files cannot be kept in {self._root}: {error.strerror}") from None

    def path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest

    def preview(self, digest: str) -> Path:
        return self._root / digest[:2] / f"{digest}{_PREVIEW}"

    async def receive(self, name: str, chunks: AsyncIterator[bytes], largest: int) -> Incoming:
        """Write what comes; ``name`` is unique. Raises `TooLarge`, `StorageFull`, `Unavailable`, and then leaves
        nothing."""
        path, digest, size = self._incoming / name, hashlib.sha256(), 0
        kept = False
        with reporting():
            file = await asyncio.to_thread(path.open, "xb")
        try:
            try:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > largest:
                        raise TooLarge(f"a file may have {largest} bytes")
                    digest.update(chunk)
                    with reporting():
                        await asyncio.to_thread(file.write, chunk)
                with reporting():
                    await asyncio.to_thread(_sync, file.fileno(), file.flush)
            finally:
                with reporting():
                    await asyncio.to_thread(file.close)
            kept = True
        finally:
            if not kept:
                path.unlink(missing_ok=True)
        return Incoming(path=path, preview=path.with_suffix(_PREVIEW), digest=digest.hexdigest(), size=size)

    def place(self, incoming: Incoming) -> None:
        """Put a file where it is found by its digest. Raises `StorageFull`, `Unavailable`."""
        final = self.path(incoming.digest)
        with reporting():
            final.parent.mkdir(exist_ok=True, mode=0o700)
            if incoming.preview.exists():
                incoming.preview.replace(self.preview(incoming.digest))
            # also when it is there already: its age starts anew, so that `sweep` leaves it
            incoming.path.replace(final)

    def drop(self, incoming: Incoming) -> None:
        """Forget what was not placed."""
        incoming.path.unlink(missing_ok=True)
        incoming.preview.unlink(missing_ok=True)

    def old(self, older_than: float) -> Iterator[str]:
        """The digests of files last placed before this moment, in seconds since the epoch."""
        for folder in sorted(self._root.iterdir()):
            if len(folder.name) != 2:
                continue
            for file in folder.iterdir():
                if not file.suffix and file.stat().st_mtime < older_than:
                    yield file.name

    def remove(self, digest: str) -> None:
        self.path(digest).unlink(missing_ok=True)
        self.preview(digest).unlink(missing_ok=True)


def _sync(descriptor: int, flush: object) -> None:
    if callable(flush):
        flush()
    os.fsync(descriptor)


@contextmanager
def reporting() -> Iterator[None]:
    """What the disk refuses, as what is told: `StorageFull` or `Unavailable`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("the server has no room for files left") from None
        log.error("files cannot be kept: %s", error)
        raise Unavailable("files cannot be kept now; try again") from None
