"""What can happen in a room, by subject. Every command takes the room and the time and returns a `Change`; the
room stays as it is until the change is committed. What may not be raises a `Refusal` and changes nothing."""

from signaling.rooms.commands.captions import send_caption
from signaling.rooms.commands.clock import end, tick
from signaling.rooms.commands.devices import set_reception, suggest_reception, update_media
from signaling.rooms.commands.hands import let_speak, lower_all_hands, lower_hand, raise_hand
from signaling.rooms.commands.joining import join, leave, lose
from signaling.rooms.commands.moderation import allow_publish, expel, mute, mute_all, promote, remove, set_policy
from signaling.rooms.commands.polls import close_poll, create_poll, launch_poll, vote_poll
from signaling.rooms.commands.reactions import react
from signaling.rooms.commands.streams import require_stream, seat_for, stream, unwatch, watch
from signaling.rooms.commands.waiting import admit, admit_all, deny, give_up

__all__ = [
    "admit",
    "admit_all",
    "allow_publish",
    "close_poll",
    "create_poll",
    "deny",
    "end",
    "expel",
    "give_up",
    "join",
    "launch_poll",
    "leave",
    "let_speak",
    "lose",
    "lower_all_hands",
    "lower_hand",
    "mute",
    "mute_all",
    "promote",
    "raise_hand",
    "react",
    "remove",
    "require_stream",
    "seat_for",
    "send_caption",
    "set_policy",
    "set_reception",
    "stream",
    "suggest_reception",
    "tick",
    "unwatch",
    "update_media",
    "vote_poll",
    "watch",
]
