"""Lost sound is sent again under its own numbers: the same bytes, in time or not at all."""

from __future__ import annotations

from collections import defaultdict
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sfu.congestion.history import ACKNOWLEDGED
from sfu.forwarding.outgoing.repetition import MAX_RTT_S
from sfu.messages import Reception, Source
from sfu.rtp.packet import is_rtcp
from sfu.rtp.rtcp import Nack, ReceiverReport, ReportBlock
from tests.support.virtual_class import Person, VirtualClass

MIC = frozenset({Source.MIC})
BOTH = frozenset({Source.MIC, Source.CAMERA})
RED = 63
RTT_S = 0.040


def near(person: Person, rtt_s: float = RTT_S) -> None:
    """As if its line had been measured."""
    line = person.participant.line
    assert line is not None
    line.downlink.rtt_s = rtt_s
    person.participant.feedback.rtt_s = rtt_s


def speak(room: VirtualClass, tutor: Person, packets: int) -> None:
    for _ in range(packets):
        room.send(tutor, tutor.senders[Source.MIC].speech())
        room.run(0.02)


def sound(person: Person) -> list[bytes]:
    ssrcs = {slot.ssrc for slot in person.participant.egress.audio}
    return [data for data in person.received if not is_rtcp(data) and int.from_bytes(data[8:12], "big") in ssrcs]


def ask(room: VirtualClass, person: Person, data: bytes) -> list[bytes]:
    """Report one packet of sound as missing; what of it came then."""
    before = len(sound(person))
    number, ssrc = int.from_bytes(data[2:4], "big"), int.from_bytes(data[8:12], "big")
    room.feed_back(person, Nack(1, ssrc, (number,)))
    return sound(person)[before:]


def test_lost_sound_comes_again_as_the_same_bytes_twice_at_most() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=BOTH)
    student, other = room.join("student", audio_nack=True), room.join("other")
    near(student)
    speak(room, tutor, 3)
    room.play(tutor, Source.CAMERA, 2, keyframe=True)
    speak(room, tutor, 3)
    line = student.participant.line
    assert line is not None
    numbers, heard = line.number, len(sound(other))
    lost = sound(student)[3]
    assert ask(room, student, lost) == [lost]
    assert ask(room, student, lost) == [], "the first answer is still under way"
    room.run(1.5 * RTT_S)
    assert ask(room, student, lost) == [lost]
    room.run(1.5 * RTT_S)
    assert ask(room, student, lost) == []
    assert line.number == numbers, "it has no new number"
    assert len(sound(other)) == heard
    assert student.participant.egress.sent()[0] == len(student.rtp())


@pytest.mark.parametrize(("rtt_s", "answers"), [(MAX_RTT_S - 0.001, 1), (MAX_RTT_S, 0), (None, 0)])
def test_only_what_can_be_in_time_is_sent_again(rtt_s: float | None, answers: int) -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student", audio_nack=True)
    speak(room, tutor, 3)
    if rtt_s is not None:
        near(student, rtt_s)
    assert len(ask(room, student, sound(student)[1])) == answers
    line = student.participant.line
    assert line is not None
    line.downlink.queue_s = MAX_RTT_S
    assert ask(room, student, sound(student)[0]) == []


def test_who_did_not_negotiate_it_gets_nothing_twice() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student")
    near(student)
    speak(room, tutor, 3)
    assert ask(room, student, sound(student)[1]) == []


def test_what_arrived_is_not_sent_again_and_what_is_keeps_its_time_of_sending() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student", audio_nack=True)
    near(student)
    speak(room, tutor, 4)
    line = student.participant.line
    assert line is not None
    first, second, third, _ = sound(student)
    line.history[0] = ACKNOWLEDGED
    assert ask(room, student, first) == []
    record = line.history[1]
    assert ask(room, student, second) == [second]
    assert line.history[1] is record  # it may yet arrive as it left first
    line.history[1] = ACKNOWLEDGED
    room.run(1.5 * RTT_S)
    assert ask(room, student, second) == []
    line.history.prune_to(3)
    assert ask(room, student, third) == []


def test_a_way_that_became_long_is_too_long() -> None:
    """The least round trip of the line is that of many seconds."""
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student", audio_nack=True)
    near(student)
    student.participant.feedback.rtt_s = 0.280
    speak(room, tutor, 4)
    assert ask(room, student, sound(student)[1]) == []


def test_sound_that_the_pacer_let_pass_and_sound_of_one_batch_come_again_too() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=BOTH)
    student = room.join("student", audio_nack=True)
    near(student)
    speak(room, tutor, 1)
    line = student.participant.line
    assert line is not None
    line.pacer.set_rate(50_000, room.now)
    room.send_batch(tutor, *tutor.senders[Source.CAMERA].frame(keyframe=True, packets=100))
    assert line.pacer.queued
    mic = tutor.senders[Source.MIC]
    room.send(tutor, mic.speech())
    mic.timestamp += 960
    room.send_batch(tutor, mic.packet(bytes(40), level=20), mic.speech())
    padded = [data for data in sound(student) if data[0] & 0x20]
    for data in sound(student):
        assert ask(room, student, data) == [data]
    assert len(padded) <= 1


def test_what_was_sent_with_the_mid_is_not_sent_again_without_it() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student", audio_nack=True)
    near(student)
    speak(room, tutor, 3)
    slot = student.participant.egress.audio[0]
    assert slot.tail
    assert ask(room, student, sound(student)[1]) == [sound(student)[1]]
    room.feed_back(student, ReceiverReport(1, (ReportBlock(slot.ssrc, 0, 0, 0, 0, 0, 0),)))
    assert not slot.tail
    before = sound(student)[2]
    speak(room, tutor, 3)
    assert ask(room, student, before) == []
    after = sound(student)[-2]
    assert ask(room, student, after) == [after]


def test_merged_sound_comes_again_as_it_was() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student", audio_nack=True, reception=Reception.AUDIO)
    near(student)
    room.run(1.0)
    speak(room, tutor, 30)
    lost = sound(student)[-2]
    assert ask(room, student, lost) == [lost]


class Life:
    """What may happen to a student's sound, by name."""

    def __init__(self, *, numbered: bool) -> None:
        self.room = VirtualClass()
        self.tutor = self.room.join("tutor", lead=True, publishing=MIC, red=RED)
        self.student = self.room.join("student", audio_nack=True, red=RED)
        self.mic = self.tutor.senders[Source.MIC]
        line = self.student.participant.line
        assert line is not None
        self.line = line
        if not numbered:
            line.block = 0
            for slot in self.student.participant.egress.slots:
                slot.bind(line, 4)

    def speak(self, random: Random) -> None:
        speak(self.room, self.tutor, random.randint(1, 4))

    def batch(self, random: Random) -> None:
        self.mic.timestamp += 960
        self.room.send_batch(
            self.tutor, self.mic.packet(bytes(random.randint(1, 60)), level=20), self.mic.speech()
        )

    def late(self, random: Random) -> None:
        late, *others = [self.mic.speech() for _ in range(3)]
        self.room.send(self.tutor, *others, late)

    def ask(self, random: Random) -> None:
        near(self.student)
        for lost in random.choices(sound(self.student)[-40:] or [bytes(12)], k=4):
            ask(self.room, self.student, lost)
            ahead = int.from_bytes(lost[2:4], "big") + random.randint(1, 8)
            self.room.feed_back(self.student, Nack(1, int.from_bytes(lost[8:12], "big"), (ahead & 0xFFFF,)))

    def restart(self, random: Random) -> None:
        self.mic.ssrc = random.randint(1, 1 << 20)
        self.mic.sequence = random.choice([self.mic.sequence - 5, random.randrange(1 << 16)])

    def form(self, random: Random) -> None:
        self.line.downlink.loss = random.choice([0.0, 0.2])
        self.room.run(0.5)

    def confirm(self, random: Random) -> None:
        slots = self.student.participant.egress.audio
        blocks = tuple(ReportBlock(slot.ssrc, 0, 0, 0, 0, 0, 0) for slot in slots)
        self.room.feed_back(self.student, ReceiverReport(1, blocks))

    def weak(self, random: Random) -> None:
        self.line.pacer.set_rate(random.choice([20_000, 20_000_000]), self.room.now)

    def mute(self, random: Random) -> None:
        self.room.session.set_publishing("tutor", random.choice([MIC, frozenset()]), self.room.now)


OFTEN = (Life.speak, Life.speak, Life.ask)
ACTIONS = (*OFTEN, *OFTEN, Life.batch, Life.late, Life.restart, Life.form, Life.confirm, Life.weak, Life.mute)


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.randoms(use_true_random=False), st.booleans())
def test_no_index_ever_leaves_with_other_bytes(random: Random, numbered: bool) -> None:
    """Under SRTP each index of an SSRC is a nonce: nothing else may ever leave under it."""
    life = Life(numbered=numbered)
    for _ in range(80):
        random.choice(ACTIONS)(life, random)
    seen: dict[bytes, set[bytes]] = defaultdict(set)
    for data in sound(life.student):
        seen[data[2:4] + data[8:12]].add(data)
    assert all(len(versions) == 1 for versions in seen.values())


def test_redundant_sound_comes_again_as_it_was() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC, red=RED)
    student = room.join("student", audio_nack=True, red=RED)
    near(student)
    speak(room, tutor, 5)
    line = student.participant.line
    assert line is not None
    line.downlink.loss = 0.2
    speak(room, tutor, 60)
    lost = sound(student)[-3]
    assert lost[1] & 0x7F == RED
    assert ask(room, student, lost) == [lost]


@pytest.mark.parametrize("reception", [Reception.FULL, Reception.AUDIO])
def test_a_number_that_a_new_stream_has_yet_to_reach_is_not_taken_from_the_old_one(reception: Reception) -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=MIC)
    student = room.join("student", audio_nack=True, reception=reception)
    near(student)
    room.run(1.0)
    mic = tutor.senders[Source.MIC]
    mic.sequence = 1000
    speak(room, tutor, 30)
    mic.ssrc, mic.sequence = mic.ssrc ^ 1, 1000
    speak(room, tutor, 12)
    last = sound(student)[-1]
    for ahead in range(1, 9):
        number = (int.from_bytes(last[2:4], "big") + ahead) & 0xFFFF
        before = len(sound(student))
        room.feed_back(student, Nack(1, int.from_bytes(last[8:12], "big"), (number,)))
        assert len(sound(student)) == before
