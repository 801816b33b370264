"""Who is connected to this server, and when that is worth telling. Pure: times are handed in."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta


class PresenceBook:
    """Connections come and go at once; a user comes with the first, and goes ``linger`` after the last."""

    def __init__(self, linger: timedelta) -> None:
        self._linger = linger
        self._connections: defaultdict[str, set[str]] = defaultdict(set)
        self._told: set[str] = set()
        """Users who were told to be online."""
        self._leaving: dict[str, datetime] = {}
        """Those of them without a connection, and when they are gone."""
        self._coming: set[str] = set()

    def connected(self, user_id: str, connection: str) -> None:
        self._connections[user_id].add(connection)
        self._leaving.pop(user_id, None)
        if user_id not in self._told:
            self._coming.add(user_id)

    def disconnected(self, user_id: str, connection: str, now: datetime) -> None:
        """Also of a connection that is not known: nothing happens."""
        connections = self._connections.get(user_id)
        if connections is None or connection not in connections:
            return
        connections.discard(connection)
        if connections:
            return
        del self._connections[user_id]
        self._coming.discard(user_id)
        if user_id in self._told:
            self._leaving[user_id] = now + self._linger

    def due(self, now: datetime, most: int) -> tuple[list[str], list[str]]:
        """Who is to be told as online, and who as offline; at most so many of each. Told with `done`."""
        gone = [user for user, at in self._leaving.items() if at <= now]
        return sorted(self._coming)[:most], sorted(gone)[:most]

    def done(self, online: list[str], offline: list[str], now: datetime) -> None:
        """They were told. What has changed meanwhile is due later."""
        for user_id in online:
            self._coming.discard(user_id)
            self._told.add(user_id)
            if user_id not in self._connections:
                self._leaving[user_id] = now + self._linger
        for user_id in offline:
            self._leaving.pop(user_id, None)
            self._told.discard(user_id)
            if user_id in self._connections:
                self._coming.add(user_id)

    @property
    def online(self) -> int:
        """How many users are connected here."""
        return len(self._connections)
