"""``podium backup`` and ``podium restore``."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from signaling import backup
from signaling.app import utc_now
from signaling.config import Config


def add_commands(commands: Any) -> None:
    """Put ``backup`` and ``restore`` beside the other commands."""
    saving = commands.add_parser("backup", help="write everything to one file; the server may run")
    saving.add_argument("file", type=Path, metavar="FILE", help="a new file; it will hold secrets")
    saving.set_defaults(run=_backup)
    restoring = commands.add_parser("restore", help="put back what was backed up, from SQLite or PostgreSQL")
    restoring.add_argument("file", type=Path, metavar="FILE")
    restoring.add_argument("--force", action="store_true", help="replace what is there")
    restoring.set_defaults(run=_restore)


async def _backup(config: Config, options: argparse.Namespace) -> None:
    manifest = await backup.backup(config, options.file, version("podium"), utc_now())
    tables = sum(name.startswith(backup.TABLES) for name in manifest.members)
    sys.stdout.write(
        f"{options.file}: {tables} tables, {len(manifest.members) - tables} files; it holds secrets\n"
    )
    elsewhere = config.attachment_path.resolve()
    if not elsewhere.is_relative_to(config.data_path.resolve()):
        sys.stdout.write(f"not in it: what people attached is in {elsewhere}; keep a copy of that too\n")


async def _restore(config: Config, options: argparse.Namespace) -> None:
    manifest = await backup.restore(config, options.file, force=options.force)
    sys.stdout.write(f"restored what was backed up at {manifest.created_at.isoformat(timespec='seconds')}\n")
