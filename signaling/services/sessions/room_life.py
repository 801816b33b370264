"""What people do in a room beside coming and going: hands, locks, the door, reactions, captions, and what tutors
do to others.

The rules are in `signaling.rooms.commands`; here each is applied to the room of a connection. Every method raises
`NotJoined` for a connection without a seat, and the refusals of its command.
"""

from __future__ import annotations

from signaling.protocol import moderation
from signaling.protocol.reactions import ReactionKind
from signaling.protocol.room_policy import AllowPublish, SetRoomPolicy
from signaling.rooms import commands
from signaling.services.sessions.sessions import Sessions


class RoomLife:
    def __init__(self, sessions: Sessions) -> None:
        self._act = sessions.act

    # --- hands --------------------------------------------------------------------------------------

    async def raise_hand(self, connection: str) -> None:
        await self._act(connection, commands.raise_hand)

    async def lower_hand(self, connection: str, participant_id: str | None) -> None:
        await self._act(connection, lambda room, by, now: commands.lower_hand(room, by, participant_id, now))

    async def lower_all_hands(self, connection: str) -> None:
        await self._act(connection, commands.lower_all_hands)

    async def let_speak(self, connection: str, participant_id: str) -> None:
        await self._act(connection, lambda room, by, now: commands.let_speak(room, by, participant_id, now))

    async def react(self, connection: str, kind: ReactionKind) -> None:
        await self._act(connection, lambda room, seat, now: commands.react(room, seat, kind, now))

    async def send_caption(self, connection: str, text: str) -> None:
        await self._act(connection, lambda room, by, now: commands.send_caption(room, by, text, now))

    # --- what tutors do to others -------------------------------------------------------------------

    async def mute(self, connection: str, participant_id: str) -> None:
        await self._act(connection, lambda room, by, now: commands.mute(room, by, participant_id, now))

    async def mute_all(self, connection: str, spared: list[str]) -> None:
        await self._act(connection, lambda room, by, now: commands.mute_all(room, by, set(spared), now))

    async def remove(self, connection: str, participant_id: str, *, ban: bool) -> None:
        await self._act(connection, lambda room, by, now: commands.remove(room, by, participant_id, ban, now))

    async def promote(self, connection: str, command: moderation.PromoteUser) -> None:
        await self._act(connection, lambda room, by, now: commands.promote(room, by, command, now))

    async def set_policy(self, connection: str, command: SetRoomPolicy) -> None:
        await self._act(connection, lambda room, by, now: commands.set_policy(room, by, command, now))

    async def allow_publish(self, connection: str, command: AllowPublish) -> None:
        await self._act(
            connection,
            lambda room, by, now: commands.allow_publish(
                room, by, command.participant_id, frozenset(command.sources), now
            ),
        )

    # --- the door -----------------------------------------------------------------------------------

    async def admit(self, connection: str, participant_id: str) -> None:
        await self._act(connection, lambda room, by, now: commands.admit(room, by, participant_id, now))

    async def admit_all(self, connection: str) -> None:
        await self._act(connection, commands.admit_all)

    async def deny(self, connection: str, participant_id: str, *, ban: bool) -> None:
        await self._act(connection, lambda room, by, now: commands.deny(room, by, participant_id, ban, now))
