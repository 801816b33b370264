"""Many people change one chat room at once: no number is left out, counts are right, all end up with the same."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest

from signaling.composition.control_plane import ControlPlane
from signaling.errors import Refusal
from signaling.identity import Identity
from signaling.protocol import chat as wire
from signaling.protocol.chat_history import MessageQuery
from tests.integration.signaling.chat_support import chat_numbers
from tests.integration.signaling.harness import Data, Harness

pytestmark = pytest.mark.integration

PEOPLE = 6
ROUNDS = 12
EMOJI = ("👍", "🎉", "😀")
KINDS = ("say", "say", "reply", "react", "react", "unreact", "edit", "delete", "retry")


class Replica:
    """A client that knows nothing but the events."""

    def __init__(self) -> None:
        self.seq = 0
        self.messages: dict[str, Data] = {}

    def take(self, event: str, data: Data) -> None:
        assert data["seq"] == self.seq + 1, (self.seq, event, data)
        self.seq = data["seq"]
        if event == "reaction-changed":
            counts = self.messages[data["messageId"]]["counts"]
            counts[data["emoji"]] = data["count"]
            return
        message = data["message"]
        known = self.messages.get(message["id"], {"counts": {}, "replies": 0})
        self.messages[message["id"]] = {**known, "text": message["text"], "gone": message["deletedAt"] is not None}
        if message["replyTo"] is not None and event in ("new-message", "message-deleted"):
            self.messages[message["replyTo"]]["replies"] += 1 if event == "new-message" else -1


class Crowd:
    """People who do anything to anything in a chat room."""

    def __init__(self, control: ControlPlane, room: str) -> None:
        self.messages = control.chat.messages
        self.room = room
        self.said: list[str] = []

    async def live_on(self, who: Identity, seed: int) -> None:
        choice = random.Random(seed)
        for n in range(ROUNDS):
            with suppress(Refusal):  # somebody else's message, one that is gone
                await self._act(who, n, choice)

    async def _act(self, who: Identity, n: int, choice: random.Random) -> None:
        target = choice.choice(self.said) if self.said else ""
        kind = choice.choice(KINDS) if target else "say"
        if kind in ("say", "reply"):
            said = f"{who.user_id}-{n}"
            command = wire.PostMessage(id=said, text=said, reply_to=target if kind == "reply" else None)
            await self.messages.send(who, self.room, command)
            self.said.append(said)
        elif kind in ("react", "unreact"):
            emoji = choice.choice(EMOJI)
            reaction = wire.SetReaction(room_id=self.room, message_id=target, emoji=emoji, is_on=kind == "react")
            await self.messages.react(who, reaction)
        elif kind == "edit":
            edited = wire.EditMessage(room_id=self.room, message_id=target, text=f"{target} {n}")
            await self.messages.edit(who, edited)
        elif kind == "delete":
            await self.messages.delete(who, wire.DeleteMessage(room_id=self.room, message_id=target))
        else:
            await self.messages.send(who, self.room, wire.PostMessage(id=target, text="again"))


async def test_any_interleaving_of_changes(live: Harness) -> None:
    control = live.server.control
    follower = await live.join("tutor", "T")
    room = follower.joined["chat"]["roomId"]
    people = [await control.access.identify(live.token("student", f"S{n}")) for n in range(PEOPLE)]
    crowd = Crowd(control, room)
    await asyncio.gather(*(crowd.live_on(who, seed) for seed, who in enumerate(people)))

    reading = control.chat.reading
    whole = await reading.page(people[0], room, MessageQuery(limit=200))
    seq = (await reading.require(people[0], room)).room.seq
    await live.eventually(lambda: seq in chat_numbers(follower, room))
    replica = Replica()
    for event, data in follower.events:
        if data.get("roomId") == room and "seq" in data:
            replica.take(event, data)
    assert replica.seq == seq
    assert len(whole.items) == len(crowd.said) == len(replica.messages)
    for message in whole.items:
        known = replica.messages[message.id]
        assert (known["text"], known["gone"]) == (message.text, message.deleted_at is not None)
        if message.deleted_at is None:
            counts = {emoji: count for emoji, count in known["counts"].items() if count}
            assert counts == {reaction.emoji: reaction.count for reaction in message.reactions}
        assert known["replies"] == message.reply_count
    places = [message.seq for message in whole.items]
    assert places == sorted(set(places))
    synced = await reading.sync(people[0], room, 0)
    assert synced.messages == whole.items
