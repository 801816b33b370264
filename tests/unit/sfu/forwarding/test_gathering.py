"""The packets of a frame wait for one another for a moment, where many slots take them."""

from __future__ import annotations

from sfu.forwarding.outgoing.departures import GATHER_S, GATHER_SLOTS
from sfu.messages import Source
from tests.support.virtual_class import Sender, VirtualClass


class Room:
    """A tutor whose picture everybody has. ``asked``: how often it was asked to flush everything later."""

    def __init__(self, students: int = GATHER_SLOTS) -> None:
        self.asked = 0
        self.virtual = VirtualClass(on_gather=self._ask)
        self.tutor = self.virtual.join("tutor", lead=True, publishing=frozenset({Source.MIC, Source.CAMERA}))
        self.students = [self.virtual.join(f"student-{i}") for i in range(students)]
        self.send(*self.camera.frame(keyframe=True))
        self.virtual.run(0.3)
        for student in self.students:
            student.received.clear()

    @property
    def camera(self) -> Sender:
        return self.tutor.senders[Source.CAMERA]

    def send(self, *packets: bytes) -> None:
        self.virtual.send_batch(self.tutor, *packets)

    def got(self) -> set[int]:
        """How many packets each student has; all have the same."""
        return {len(student.received) for student in self.students}

    def _ask(self) -> None:
        self.asked += 1


def test_part_of_a_frame_waits_for_the_rest() -> None:
    room = Room()
    first, second, third = room.camera.frame(packets=3)
    room.send(first)
    room.send(second)
    assert room.got() == {0}
    assert room.asked == 1
    room.send(third)
    assert room.got() == {3}


def test_a_rest_that_does_not_come_is_not_waited_for_any_longer() -> None:
    room = Room()
    first, second = room.camera.frame()
    room.send(first)
    room.virtual.departures.flush(room.virtual.now + GATHER_S, everything=True)
    assert room.got() == {1}
    room.send(second)
    assert room.got() == {2}


def test_what_came_long_ago_leaves_with_the_next_batch() -> None:
    room = Room()
    first, *_ = room.camera.frame()
    room.send(first)
    room.virtual.departures.flush(room.virtual.now + 2 * GATHER_S)
    assert room.got() == {1}


def test_the_next_frame_asks_anew() -> None:
    room = Room()
    for asked in (1, 2):
        room.send(room.camera.frame()[0])
        assert room.asked == asked
        room.virtual.departures.flush(room.virtual.now + GATHER_S, everything=True)


def test_sound_does_not_wait_for_a_picture() -> None:
    room = Room()
    room.send(room.camera.frame()[0], room.tutor.senders[Source.MIC].speech())
    assert room.got() == {1}


def test_few_slots_get_each_packet_at_once() -> None:
    room = Room(students=GATHER_SLOTS - 1)
    room.send(room.camera.frame()[0])
    assert room.got() == {1}
    assert room.asked == 0


def test_who_comes_while_a_frame_waits_gets_it_once() -> None:
    room = Room()
    first, second = room.camera.frame()
    room.send(first)
    newcomer = room.virtual.join("newcomer")
    room.send(second)
    assert room.got() == {2}
    numbers = [packet.sequence_number for packet in newcomer.rtp()]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
