"""What can happen in a room, by subject. Every command takes the room and the time and returns a `Change`; the
room stays as it is until the change is committed. What may not be raises a `Refusal` and changes nothing."""

from signaling.rooms.commands.chat import own_message, say
from signaling.rooms.commands.clock import end, tick
from signaling.rooms.commands.devices import set_reception, update_media
from signaling.rooms.commands.hands import lower_hand, raise_hand
from signaling.rooms.commands.joining import join, leave, lose
from signaling.rooms.commands.moderation import mute, remove

__all__ = [
    "end",
    "join",
    "leave",
    "lose",
    "lower_hand",
    "mute",
    "own_message",
    "raise_hand",
    "remove",
    "say",
    "set_reception",
    "tick",
    "update_media",
]
