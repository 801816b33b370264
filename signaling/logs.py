"""Logging: one line per event, as text or JSON, with the session and participant it is about."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import msgspec

from signaling.config import LogConfig

_context: ContextVar[dict[str, str]] = ContextVar("log_context", default={})  # noqa: B039 (never changed in place)


@contextmanager
def context(**names: str) -> Iterator[None]:
    """Log lines written inside carry these names."""
    token = _context.set({**_context.get(), **names})
    try:
        yield
    finally:
        _context.reset(token)


def set_up(config: LogConfig) -> None:
    """Send everything to stderr the way the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if config.format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.level.upper())
    # they log every packet at info, and clients' mistakes as errors with a traceback
    for name in ("engineio", "engineio.server", "socketio", "socketio.server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in ("alembic", "aiosqlite", "asyncio", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        names = "".join(f" {key}={value}" for key, value in _context.get().items())
        moment = _moment(record).isoformat(timespec="milliseconds")
        line = f"{moment} {record.levelname.lower():7} {record.name}: {record.getMessage()}{names}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_context.get(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)
