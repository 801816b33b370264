"""What a failure of the database means to whoever asked."""

from __future__ import annotations

import logging

from sqlalchemy import exc as sa

from signaling.errors import BadRequest, Duplicate, PodiumError, Unavailable

log = logging.getLogger(__name__)

FAILURES: tuple[type[Exception], ...] = (sa.SQLAlchemyError, ConnectionError, TimeoutError)
"""What a database raises."""

_UNAVAILABLE = (
    "08",  # connection exceptions
    "25006",  # read-only: a standby
    "25P03",  # idle in a transaction for too long
    "40",  # deadlock, serialization failure
    "53",  # disk full, too many connections, out of memory
    "55P03",  # lock not available
    "57",  # shut down, starting up, a statement that takes too long
    "58",  # system errors
    "XX001",  # data corrupted
)
"""How the SQLSTATE begins of what time or an operator mends."""
_DATA = "22"
"""A value that its column cannot hold."""


def meaning(error: Exception) -> PodiumError | None:
    """The error to raise instead; None when the database is right to complain, and the program has a bug."""
    if isinstance(error, sa.IntegrityError):
        return Duplicate(str(error.orig))
    state = _sqlstate(error)
    if state.startswith(_DATA):
        log.warning("a value cannot be kept: %s", reason(error))
        return BadRequest("a value is out of the range that can be kept")
    if _may_pass(error) or state.startswith(_UNAVAILABLE):
        log.error("the database does not serve: %s", reason(error))
        return Unavailable("the database does not answer now; try again")
    return None


def reason(error: Exception) -> str:
    """One line for the log; never the values of the statement."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.partition("\n")[0] or type(error).__name__


def _may_pass(error: Exception) -> bool:
    if isinstance(error, sa.DBAPIError) and error.connection_invalidated:
        return True
    # SQLite has no other class for busy, full, not readable and corrupted; PostgreSQL has its states
    passing = (sa.OperationalError, sa.InterfaceError, sa.TimeoutError, ConnectionError, TimeoutError)
    return isinstance(error, passing) or type(error) is sa.DatabaseError


def _sqlstate(error: Exception) -> str:
    cause: BaseException | None = getattr(error, "orig", None) or error
    while cause is not None:
        if state := getattr(cause, "sqlstate", None):
            return str(state)
        cause = cause.__cause__
    return ""
