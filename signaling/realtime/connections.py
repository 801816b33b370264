"""The open connections: whom they speak for, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from signaling.identity import Identity
from signaling.realtime.caller import Caller
from signaling.realtime.limits import ConnectionLimits

WARNING = timedelta(seconds=60)
"""So long before a token expires its connection is told."""


class Connection:
    """One open connection."""

    def __init__(self, connection: str, who: Identity, limits: ConnectionLimits) -> None:
        self.id = connection
        self.caller = Caller(connection, who)
        self.limits = limits
        self.is_warned = False
        self.changes = 0
        """How often the courses of its user changed while it was open."""
        self._requests = 0

    @property
    def who(self) -> Identity:
        return self.caller.who

    def next_request(self) -> str:
        """A name for one event in the log."""
        self._requests += 1
        return f"{self.id}-{self._requests}"

    def renew(self, who: Identity) -> None:
        self.caller = Caller(self.id, who)
        self.is_warned = False


class Connections:
    """All of this server's, also by user."""

    def __init__(self) -> None:
        self._all: dict[str, Connection] = {}
        self._users: dict[str, dict[str, Connection]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._all.values()))

    def add(self, connection: Connection) -> None:
        self._all[connection.id] = connection
        self._users.setdefault(connection.who.user_id, {})[connection.id] = connection

    def get(self, connection: str) -> Connection | None:
        return self._all.get(connection)

    def pop(self, connection: str) -> Connection | None:
        found = self._all.pop(connection, None)
        if found is not None:
            mine = self._users[found.who.user_id]
            del mine[connection]
            if not mine:
                del self._users[found.who.user_id]
        return found

    def of_user(self, user_id: str, device_id: str | None = None) -> list[Connection]:
        """All of a user, or those of one sign-in."""
        mine = self._users.get(user_id, {}).values()
        return [one for one in mine if device_id is None or one.who.device_id == device_id]

    def expiring(self, now: datetime) -> tuple[list[Connection], list[Connection]]:
        """Those to be told, each once, and those whose time is over."""
        told, over = [], []
        for connection in self._all.values():
            left = connection.who.expires_at - now
            if left <= timedelta():
                over.append(connection)
            elif left <= WARNING and not connection.is_warned:
                connection.is_warned = True
                told.append(connection)
        return told, over
