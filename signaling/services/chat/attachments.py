"""Files in chat: taken in, checked, handed out, and removed when they were never sent."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from signaling.config import ATTACHMENT_TYPES, ChatConfig
from signaling.errors import BadRequest, NotFound, QuotaExceeded, RateLimited, TooLarge, UnsupportedType
from signaling.identity import Identity
from signaling.protocol.chat_files import Attachment
from signaling.services.chat import file_types, pictures
from signaling.services.chat.access import ChatAccess
from signaling.services.chat.content import attachment
from signaling.services.chat.file_names import clean_file_name, extension_of
from signaling.services.chat.file_storage import FileStorage, Incoming, reporting
from signaling.store.chat.parts import ChatPartStore, FileRow
from signaling.store.database import Database, Transaction

log = logging.getLogger(__name__)

KEEP_UNSENT = timedelta(hours=24)
MOST_AT_ONCE, MOST_OF_ONE = 32, 3
"""Uploads at a time: of all, of one user."""
_DECODING = 2
"""Pictures that are decoded at a time."""
_BATCH = 500


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file on the disk, and what to call it."""

    path: Path
    name: str
    media_type: str


class Attachments:
    def __init__(
        self,
        *,
        database: Database,
        access: ChatAccess,
        parts: ChatPartStore,
        storage: FileStorage,
        config: ChatConfig,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._db = database
        self._access = access
        self._parts = parts
        self._storage = storage
        self._largest = config.attachment_bytes
        self._quota = config.quota_bytes
        self._types = frozenset(config.attachment_types or ATTACHMENT_TYPES)
        self._now = now
        self._new_id = new_id
        self._running: Counter[str] = Counter()
        self._decoding = asyncio.Semaphore(_DECODING)

    # --- taking in ----------------------------------------------------------------------------------

    async def upload(
        self,
        who: Identity,
        room_id: str,
        *,
        name: str,
        declared: str,
        size: int | None,
        chunks: AsyncIterator[bytes],
    ) -> Attachment:
        """Keep a file for a message to come. ``declared`` is the type its sender says, ``size`` what is announced.
        Raises `NotFound`, `Forbidden`, `Muted`, `BadRequest`, `TooLarge`, `UnsupportedType`, `QuotaExceeded`,
        `StorageFull`, `RateLimited`."""
        if size is not None and size > self._largest:
            raise TooLarge(f"a file may have {self._largest} bytes")
        with self._turn(who.user_id):
            async with self._db.transaction() as tx:
                await self._require(tx, who, room_id, size or 1)
            name = clean_file_name(name)
            incoming = await self._storage.receive(self._new_id(), chunks, self._largest)
            try:
                if incoming.size == 0:
                    raise BadRequest("the file is empty")
                file = await self._examine(incoming, who, room_id, name, declared)
                await asyncio.to_thread(self._storage.place, incoming)
                async with self._db.transaction() as tx:
                    await self._require(tx, who, room_id, incoming.size)
                    await self._parts.add_file(tx, file)
            finally:
                # what was placed and is in no row is swept later
                self._storage.drop(incoming)
        return attachment(file)

    async def _require(self, tx: Transaction, who: Identity, room_id: str, size: int) -> None:
        place = await self._access.enter(tx, who, room_id)
        await self._access.require_write(tx, place)
        used = await self._parts.used_bytes(tx, who.user_id)
        if used + size > self._quota:
            raise QuotaExceeded(f"your files may have {self._quota} bytes together, and have {used}")

    async def _examine(self, incoming: Incoming, who: Identity, room_id: str, name: str, declared: str) -> FileRow:
        media_type = await asyncio.to_thread(file_types.check, incoming.path, extension_of(name), declared)
        if media_type not in self._types:
            raise UnsupportedType(f"files of type {media_type} are not taken here")
        picture = None
        if media_type in file_types.IMAGES:
            async with self._decoding:
                with reporting():
                    picture = await asyncio.to_thread(
                        pictures.examine, incoming.path, media_type, incoming.preview
                    )
        return FileRow(
            id=self._new_id(),
            room_id=room_id,
            user_id=who.user_id,
            message_row=None,
            place=0,
            name=name,
            media_type=media_type,
            size=incoming.size,
            width=picture.width if picture else None,
            height=picture.height if picture else None,
            has_preview=picture is not None,
            digest=incoming.digest,
            created_at=self._now(),
        )

    @contextmanager
    def _turn(self, user_id: str) -> Iterator[None]:
        if self._running[user_id] >= MOST_OF_ONE or self._running.total() >= MOST_AT_ONCE:
            raise RateLimited("too many files are being uploaded; try again in a moment")
        self._running[user_id] += 1
        try:
            yield
        finally:
            self._running[user_id] -= 1
            if not self._running[user_id]:
                del self._running[user_id]

    # --- handing out --------------------------------------------------------------------------------

    async def download(self, who: Identity, room_id: str, file_id: str) -> Download:
        """Raises `NotFound`."""
        file = await self._file(who, room_id, file_id)
        return Download(
            path=self._there(self._storage.path(file.digest)), name=file.name, media_type=file.media_type
        )

    async def preview(self, who: Identity, room_id: str, file_id: str) -> Download:
        """Raises `NotFound`."""
        file = await self._file(who, room_id, file_id)
        if not file.has_preview:
            raise NotFound("there is no preview of this file")
        path = self._there(self._storage.preview(file.digest))
        return Download(path=path, name="preview.webp", media_type="image/webp")

    async def _file(self, who: Identity, room_id: str, file_id: str) -> FileRow:
        """Those of a message for everybody in the room; of a deleted one for moderators; before it is sent for who
        uploaded it."""
        async with self._db.transaction() as tx:
            place = await self._access.enter(tx, who, room_id)
            file = await self._parts.file(tx, room_id, file_id)
            if file is None:
                raise NotFound("there is no such file")
            if file.message_row is None:
                allowed = file.user_id == who.user_id
            else:
                gone = await self._parts.is_message_deleted(tx, file.message_row)
                allowed = not gone or place.may_moderate
        if not allowed:
            raise NotFound("there is no such file")
        return file

    def _there(self, path: Path) -> Path:
        if not path.is_file():
            log.error("the file %s of an attachment is not there", path)
            raise NotFound("the file is gone")
        return path

    # --- removing -----------------------------------------------------------------------------------

    async def clean_up(self) -> None:
        """Forget what was never sent, and remove files that nothing refers to."""
        while True:
            async with self._db.transaction() as tx:
                gone = await self._parts.remove_orphans(tx, self._now(), KEEP_UNSENT, _BATCH)
            if gone < _BATCH:
                break
        old = (self._now() - KEEP_UNSENT).timestamp()
        digests = await asyncio.to_thread(lambda: list(self._storage.old(old)))
        for start in range(0, len(digests), _BATCH):
            batch = digests[start : start + _BATCH]
            async with self._db.transaction() as tx:
                used = await self._parts.used(tx, batch)
            for digest in set(batch) - used:
                await asyncio.to_thread(self._storage.remove, digest)
