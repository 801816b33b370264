"""A class on two workers in virtual time: two sessions, and what they say, encoded as on a pipe."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import msgspec

from sfu.forwarding.spanning.pipe_messages import Media, PipeMessage
from sfu.messages import Source
from tests.support.virtual_class import Person, VirtualClass

STEP_S = 0.010


class MemoryLink:
    """The way from one worker to the other: a queue. ``full``: it drops what may be dropped."""

    def __init__(self) -> None:
        self.queue: deque[bytes] = deque()
        self.said: Counter[str] = Counter()
        self.media: Counter[tuple[int, int]] = Counter()
        self.full = False

    def send(self, message: PipeMessage) -> None:
        self.said[type(message).__name__] += 1
        if isinstance(message, Media):
            self.media[message.handle, message.layer] += 1
            if self.full:
                return
        self.queue.append(msgspec.msgpack.encode(message))


class VirtualSpan:
    """``home`` and ``away`` are the class on either worker, linked by `link`."""

    def __init__(self, *, linked: bool = True) -> None:
        self.home, self.away = VirtualClass(seed=1), VirtualClass(seed=2)
        self.away.session.span.home = 0
        self.from_home, self.from_away = MemoryLink(), MemoryLink()
        if linked:
            self.link()

    def link(self) -> None:
        self.home.session.span.enter(1, self.from_home)
        self.away.session.span.enter(0, self.from_away)
        self.pump()

    def part(self) -> None:
        """Neither is reached any more."""
        self.from_home.queue.clear()
        self.from_away.queue.clear()
        self.home.session.span.leave(1, self.home.now)
        self.away.session.span.leave(0, self.away.now)

    def pump(self) -> None:
        """Deliver what was said, and what is answered to it."""
        while self.from_home.queue or self.from_away.queue:
            for link, to, worker in ((self.from_home, self.away, 0), (self.from_away, self.home, 1)):
                while link.queue:
                    message = msgspec.msgpack.decode(link.queue.popleft(), type=PipeMessage)
                    to.session.span.handle(worker, message, to.now)
                to.departures.flush(to.now)

    def join(self, where: VirtualClass, name: str, **options: Any) -> Person:
        person = where.join(name, **options)
        self.pump()
        return person

    def leave(self, where: VirtualClass, person: Person) -> None:
        where.session.remove(person.id, where.now)
        self.pump()

    def publish(self, where: VirtualClass, person: Person, *sources: Source) -> None:
        where.session.set_publishing(person.id, frozenset(sources), where.now)
        self.pump()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.home.run(STEP_S)
            self.away.run(STEP_S)
            self.pump()

    def send(self, where: VirtualClass, person: Person, *packets: bytes) -> None:
        where.send(person, *packets)
        self.pump()

    def play(
        self, where: VirtualClass, person: Person, source: Source, frames: int, *, keyframe: bool = False
    ) -> None:
        """Video at about 30 frames a second, the first a keyframe when asked for."""
        for i in range(frames):
            self.send(where, person, *person.senders[source].frame(keyframe=keyframe and i == 0))
            self.run(0.03)

    def talk(self, where: VirtualClass, person: Person, seconds: float, level: int = 20) -> None:
        for _ in range(round(seconds / 0.02)):
            self.send(where, person, person.senders[Source.MIC].speech(level))
            self.run(0.02)
