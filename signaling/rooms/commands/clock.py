"""What is due in a room by the time alone, and its end."""

from __future__ import annotations

from datetime import datetime

from signaling.protocol.session import SessionEndingSoon
from signaling.records import ChatLocked
from signaling.rooms.commands.polls import close_open_polls, send_results
from signaling.rooms.commands.reactions import send_reactions
from signaling.rooms.commands.streams import close_lost
from signaling.rooms.draft import Draft
from signaling.rooms.room import Change, Room


def tick(room: Room, now: datetime) -> Change:
    """Close the seats whose time is over, send what is due, and warn of the end; see `Room.next_due`."""
    draft = Draft(room, now)
    expired = [seat for seat in room.seats.values() if seat.away is not None and seat.away.until <= now]
    for seat in expired:
        draft.close(seat, "timed-out")
    if expired or room.state.list_pending:
        draft.people_changed()
    close_lost(draft)
    send_reactions(draft)
    send_results(draft)
    if (tell_at := room.health.due_at()) is not None and tell_at <= now:
        draft.health_changed()
    if room.activity.flush_at <= now:
        draft.count_activity()
    _warn(draft)
    return draft.change()


def _warn(draft: Draft) -> None:
    due = draft.room.warnings_due(draft.now)
    if due is not None and due[0] > draft.state.warnings:
        count, ends_at = due
        draft.set(warnings=count)
        draft.broadcast(SessionEndingSoon(seq=draft.next(), at=ends_at, reason="no-tutor"))


def end(room: Room, now: datetime) -> Change:
    """Close the room; that the live class has ended is announced to its course."""
    draft = Draft(room, now)
    draft.count_activity()
    close_open_polls(draft)
    if room.policy.chat_locked:
        # what was locked for the session is not locked afterwards
        draft.record(ChatLocked(is_locked=False))
    draft.close_room()
    return draft.change()
