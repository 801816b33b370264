"""Client events about hands, locks, the door, reactions, captions and what tutors do to others."""

from __future__ import annotations

from signaling.protocol import captions, hands, moderation, reactions, room_policy, waiting
from signaling.protocol.base import Ok
from signaling.realtime.caller import Caller, Handlers
from signaling.services.sessions.room_life import RoomLife

_OK = Ok()


class RoomLifeEvents:
    """One method per client event; its answer is the ack."""

    def __init__(self, room_life: RoomLife) -> None:
        self._room = room_life

    def handlers(self) -> Handlers:
        return {
            "raise-hand": self.raise_hand,
            "lower-hand": self.lower_hand,
            "lower-all-hands": self.lower_all_hands,
            "let-speak": self.let_speak,
            "react": self.react,
            "send-caption": self.send_caption,
            "mute-user": self.mute,
            "mute-all": self.mute_all,
            "remove-user": self.remove,
            "promote-user": self.promote,
            "set-room-policy": self.set_policy,
            "allow-publish": self.allow_publish,
            "admit": self.admit,
            "admit-all": self.admit_all,
            "deny": self.deny,
        }

    async def raise_hand(self, caller: Caller, _: hands.RaiseHand) -> Ok:
        await self._room.raise_hand(caller.connection)
        return _OK

    async def lower_hand(self, caller: Caller, payload: hands.LowerHand) -> Ok:
        await self._room.lower_hand(caller.connection, payload.participant_id)
        return _OK

    async def lower_all_hands(self, caller: Caller, _: hands.LowerAllHands) -> Ok:
        await self._room.lower_all_hands(caller.connection)
        return _OK

    async def let_speak(self, caller: Caller, payload: hands.LetSpeak) -> Ok:
        await self._room.let_speak(caller.connection, payload.participant_id)
        return _OK

    async def react(self, caller: Caller, payload: reactions.React) -> Ok:
        await self._room.react(caller.connection, payload.kind)
        return _OK

    async def send_caption(self, caller: Caller, payload: captions.SendCaption) -> Ok:
        await self._room.send_caption(caller.connection, payload.text)
        return _OK

    async def mute(self, caller: Caller, payload: moderation.MuteUser) -> Ok:
        await self._room.mute(caller.connection, payload.participant_id)
        return _OK

    async def mute_all(self, caller: Caller, payload: moderation.MuteAll) -> Ok:
        await self._room.mute_all(caller.connection, payload.except_)
        return _OK

    async def remove(self, caller: Caller, payload: moderation.RemoveUser) -> Ok:
        await self._room.remove(caller.connection, payload.participant_id, ban=payload.ban)
        return _OK

    async def promote(self, caller: Caller, payload: moderation.PromoteUser) -> Ok:
        await self._room.promote(caller.connection, payload)
        return _OK

    async def set_policy(self, caller: Caller, payload: room_policy.SetRoomPolicy) -> Ok:
        await self._room.set_policy(caller.connection, payload)
        return _OK

    async def allow_publish(self, caller: Caller, payload: room_policy.AllowPublish) -> Ok:
        await self._room.allow_publish(caller.connection, payload)
        return _OK

    async def admit(self, caller: Caller, payload: waiting.Admit) -> Ok:
        await self._room.admit(caller.connection, payload.participant_id)
        return _OK

    async def admit_all(self, caller: Caller, _: waiting.AdmitAll) -> Ok:
        await self._room.admit_all(caller.connection)
        return _OK

    async def deny(self, caller: Caller, payload: waiting.Deny) -> Ok:
        await self._room.deny(caller.connection, payload.participant_id, ban=payload.ban)
        return _OK
