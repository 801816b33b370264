"""How much room everything takes."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from signaling.config import Config
from signaling.errors import Unavailable
from signaling.identity import Identity
from signaling.protocol import admin as wire
from signaling.services.access import Access
from signaling.store.database import Database
from signaling.store.usage import UsageStore

MOST_USERS = 20


class StorageUse:
    def __init__(self, *, database: Database, store: UsageStore, access: Access, config: Config) -> None:
        self._db = database
        self._store = store
        self._access = access
        self._config = config

    async def get(self, who: Identity) -> wire.Storage:
        """Raises `Forbidden`, `Unavailable`."""
        self._access.require_global(who, "see-server")
        config = self._config
        async with self._db.transaction() as tx:
            is_sqlite = tx.is_sqlite
            database_bytes = await self._store.database_bytes(tx)
            files = await self._store.files(tx)
            largest = await self._store.largest(tx, MOST_USERS)
        return wire.Storage(
            database="sqlite" if is_sqlite else "postgresql",
            database_bytes=database_bytes,
            database_disk=await _disk(config.data_path) if is_sqlite else None,
            files=files.count,
            file_bytes=files.size,
            kept_bytes=files.kept,
            file_disk=await _disk(config.attachment_path),
            quota_bytes=config.chat.quota_bytes,
            largest=[
                wire.FilesOfUser(user_id=one.user_id, name=one.name, files=one.count, bytes=one.size)
                for one in largest
            ],
        )


async def _disk(path: Path) -> wire.Disk:
    try:
        usage = await asyncio.to_thread(shutil.disk_usage, path)
    except OSError as error:
        raise Unavailable(f"the disk cannot be looked at: {error.strerror}") from None
    return wire.Disk(total_bytes=usage.total, free_bytes=usage.free)
