"""Who may publish what: the role, the room's policy, and exceptions for one person."""

from __future__ import annotations

from signaling.errors import Forbidden, SourceLocked
from signaling.permissions import may_publish as role_may_publish
from signaling.protocol.base import Source
from signaling.protocol.room_policy import RoomPolicy
from signaling.rooms.seat import Seat

_LOCKED: dict[Source, str] = {
    "mic": "the tutor has locked microphones",
    "camera": "the tutor has locked cameras",
}


def may_publish(seat: Seat, policy: RoomPolicy) -> list[Source]:
    """What somebody may publish, locks left aside, in the order of the protocol."""
    sources = role_may_publish(seat.role)
    if "screen" not in sources and (policy.screen_by_students or "screen" in seat.allowed):
        sources.append("screen")
    return sources


def may_send(seat: Seat, policy: RoomPolicy) -> frozenset[Source]:
    """What is to be forwarded of somebody, if it is on: never a locked source."""
    return frozenset(source for source in may_publish(seat, policy) if not _is_locked(seat, policy, source))


def require_publish(seat: Seat, policy: RoomPolicy, source: Source) -> None:
    """Raises `Forbidden`, and `SourceLocked` for what may be on at another time."""
    if source not in may_publish(seat, policy):
        raise Forbidden(f"a {seat.role} may not do that (publish-{source})")
    if _is_locked(seat, policy, source):
        raise SourceLocked(_LOCKED[source])


def _is_locked(seat: Seat, policy: RoomPolicy, source: Source) -> bool:
    if seat.role == "tutor" or source in seat.allowed:
        return False
    if source == "mic":
        return policy.mic_locked and seat.answered_at is None
    return source == "camera" and policy.camera_locked
