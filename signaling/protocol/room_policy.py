"""What a room allows: locks on devices, on the door, on the chat."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Id, Source, Wire

WaitingRoom = Literal["off", "guests", "everyone"]
"""Who waits until a tutor lets them in; tutors never do."""


class RoomPolicy(Wire, frozen=True, kw_only=True):
    """What holds for everyone but tutors, for latecomers and after a reconnect too. A locked source is not
    forwarded, whatever a client sends; see `AllowPublish` and `LetSpeak` for exceptions. ``isLocked``: nobody new
    gets in. ``lowBandwidth``: microphones are asked for less, from the next time that they are connected."""

    mic_locked: bool = False
    camera_locked: bool = False
    screen_by_students: bool = False
    is_locked: bool = False
    waiting_room: WaitingRoom = "off"
    chat_locked: bool = False
    low_bandwidth: bool = False


class SetRoomPolicy(Wire, frozen=True, kw_only=True):
    """Tutor only: change what the room allows. What is left out stays as it is."""

    mic_locked: bool | None = None
    camera_locked: bool | None = None
    screen_by_students: bool | None = None
    is_locked: bool | None = None
    waiting_room: WaitingRoom | None = None
    chat_locked: bool | None = None
    low_bandwidth: bool | None = None


class RoomPolicyChanged(Wire, frozen=True, kw_only=True):
    """The whole policy, and who set it. What is locked now was switched off."""

    seq: int
    policy: RoomPolicy
    by_name: str


class AllowPublish(Wire, frozen=True, kw_only=True):
    """Tutor only: what somebody may publish in spite of the policy. Replaces what was allowed before; an empty
    list takes it back. A ``screen`` here lets a student share."""

    participant_id: Id
    sources: Annotated[list[Source], Meta(max_length=3)]
