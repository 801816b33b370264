"""Polls: asking and voting in a room, and reading the results afterwards."""

from __future__ import annotations

from datetime import datetime

from signaling import cursors
from signaling import poll as polls
from signaling.identity import Identity
from signaling.protocol import polls as wire
from signaling.rooms import commands
from signaling.services.access import Access
from signaling.services.sessions.sessions import Sessions
from signaling.store.database import Database
from signaling.store.live_classes import LiveClassStore
from signaling.store.polls import PollStore


class Polls:
    def __init__(
        self,
        *,
        database: Database,
        store: PollStore,
        live_classes: LiveClassStore,
        sessions: Sessions,
        access: Access,
    ) -> None:
        self._db = database
        self._store = store
        self._live_classes = live_classes
        self._sessions = sessions
        self._access = access

    # --- in a room ----------------------------------------------------------------------------------

    async def create(self, connection: str, command: wire.CreatePoll) -> wire.PollReport:
        """Raises `NotJoined`, `Forbidden`, `BadRequest`, `AlreadyExists`."""
        room = await self._sessions.act(
            connection, lambda room, by, now: commands.create_poll(room, by, command, now)
        )
        return polls.report(room.state.polls[command.id], room.session_id)

    async def launch(self, connection: str, poll_id: str) -> None:
        """Raises `NotJoined`, `Forbidden`, `NotFound`."""
        await self._sessions.act(connection, lambda room, by, now: commands.launch_poll(room, by, poll_id, now))

    async def vote(self, connection: str, command: wire.VotePoll) -> None:
        """Raises `NotJoined`, `Forbidden`, `NotFound`, `BadRequest`, `PollClosed`, `AlreadyVoted`."""
        await self._sessions.act(connection, lambda room, seat, now: commands.vote_poll(room, seat, command, now))

    async def close(self, connection: str, poll_id: str) -> None:
        """Raises `NotJoined`, `Forbidden`, `NotFound`, `BadRequest`."""
        await self._sessions.act(connection, lambda room, by, now: commands.close_poll(room, by, poll_id, now))

    # --- afterwards ---------------------------------------------------------------------------------

    async def reports(self, who: Identity, live_class_id: str, query: wire.PollQuery) -> wire.PollList:
        """Raises `Forbidden`, `NotFound`, and `BadRequest` for a wrong cursor."""
        before = None if query.cursor is None else cursors.decode(query.cursor, tuple[datetime, str, str])
        async with self._db.transaction() as tx:
            live_class = await self._live_classes.get(tx, live_class_id)
            await self._access.require(tx, who, live_class.course_id, "ask-poll")
            found = await self._store.page(tx, live_class_id, query.session_id, before, query.limit + 1)
        items = found[: query.limit]
        next_cursor = None
        if len(found) > query.limit:
            last = items[-1]
            next_cursor = cursors.encode(last.created_at, last.session_id, last.poll.id)
        return wire.PollList(items=items, next_cursor=next_cursor)
