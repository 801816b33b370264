"""Whole lines in virtual time: media, pacing, feedback, estimate, allocator and ladder together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from sfu.forwarding.session import START_BPS
from sfu.messages import Reception, ReceptionCause, ReceptionChanged, Source, Wish
from tests.support.virtual_class import Person, VirtualClass
from tests.support.virtual_encoder import Broadcast
from tests.support.virtual_line import VirtualLine
from tests.support.virtual_link import LinkProfile, VirtualLink

RIDS = ("q", "h", "f")
GOOD = LinkProfile(((0, 10e6),), 0.01)
FAIR = LinkProfile(((0, 1.2e6),), 0.04, loss=0.01)
POOR = LinkProfile(((0, 380e3),), 0.14, loss=0.03, reordered=0.05)
EMERGENCY = LinkProfile(((0, 80e3),), 0.2, loss=0.09, queue_s=0.6)


class Lesson:
    """A tutor with camera, screen and sound on a good line, and students on lines of any kind."""

    def __init__(self) -> None:
        self.room = VirtualClass(start_bps=START_BPS)
        tutor = self.room.join(
            "tutor", lead=True, publishing=frozenset({Source.CAMERA, Source.MIC, Source.SCREEN}), rids=RIDS
        )
        self.air = Broadcast(self.room)
        self.air.film(tutor, rids=RIDS)
        self.air.film(tutor, Source.SCREEN)
        self.air.speaking.append(tutor)
        self.air.run(1.5)
        self.joined: dict[str, float] = {}

    def join(self, name: str, profile: LinkProfile, seed: int = 1) -> tuple[Person, VirtualLine]:
        wishes = [
            Wish(participant_id="tutor", source=Source.SCREEN, height=720),
            Wish(participant_id="tutor", source=Source.CAMERA, height=360),
        ]
        student = self.room.join(name, connect=False, wishes=wishes)
        line = VirtualLine(self.room, student, profile, seed)
        self.air.lines.append(line)
        self.joined[name] = self.room.now
        return student, line

    def steps(self, name: str) -> list[tuple[Reception, ReceptionCause]]:
        return [
            (e.reception, e.cause)
            for e in self.room.events
            if isinstance(e, ReceptionChanged) and e.participant_id == name
        ]


def longest_silence(student: Person, line: VirtualLine) -> float:
    heard = [arrival.arrived for arrival in line.arrivals if arrival.ssrc == student.slot(0)]
    return max(later - earlier for earlier, later in pairwise(heard))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("profile", "right"),
    [
        (GOOD, {Reception.FULL}),
        (FAIR, {Reception.FULL}),
        (POOR, {Reception.SAVER, Reception.SLIDES}),
        (EMERGENCY, {Reception.AUDIO}),
    ],
    ids=["good", "fair", "poor", "emergency"],
)
def test_each_line_is_on_its_step_within_five_seconds_and_hears_well(
    profile: LinkProfile, right: set[Reception], seed: int
) -> None:
    lesson = Lesson()
    student, line = lesson.join("student", profile, seed)
    lesson.air.run(5)
    assert student.participant.reception in right
    steps = lesson.steps("student")
    lesson.air.run(10)
    assert lesson.steps("student") == steps
    if profile is not EMERGENCY:
        assert longest_silence(student, line) <= 0.3
        late = sorted(a.arrived - a.sent for a in line.arrivals if a.sent > lesson.joined["student"] + 5)
        assert late[int(0.95 * len(late))] <= profile.delay_s + 0.15


def test_a_line_that_collapses_is_on_a_lower_step_within_three_seconds_and_back_after_a_clean_while() -> None:
    lesson = Lesson()
    student, line = lesson.join("student", LinkProfile(((0, 3e6), (8, 300e3), (14, 3e6)), 0.03))
    lesson.air.run(8)
    assert student.participant.reception is Reception.FULL
    lesson.air.run(3.5)
    assert student.participant.reception is not Reception.FULL
    lesson.air.run(4)
    down = lesson.steps("student")
    lesson.air.run(36)
    assert lesson.steps("student") == down
    lesson.air.run(15)
    assert lesson.steps("student")[len(down)][1] is ReceptionCause.RECOVERED
    assert longest_silence(student, line) <= 0.5


@pytest.mark.parametrize("another", [True, False], ids=["another path", "the same path"])
def test_a_path_that_was_dead_for_seconds_costs_no_step_and_the_picture_is_back_soon(another: bool) -> None:
    lesson = Lesson()
    student, line = lesson.join("student", LinkProfile(((0, 3e6),), 0.03))
    lesson.air.run(8)
    line.dead = True
    lesson.air.run(9)
    if another:
        line.reroute()
    line.dead = False
    back = lesson.room.now
    lesson.air.run(3)
    camera, screen = student.slot(2), student.slot(3)
    for ssrc in (camera, screen):
        assert sum(a.size for a in line.arrivals if a.ssrc == ssrc and a.arrived > back + 1.5) > 20_000
    lesson.air.run(5)
    assert lesson.steps("student") == []


@pytest.mark.parametrize(("bps", "loss"), [(10e6, 0.0), (3e6, 0.01)])
def test_pauses_of_a_busy_computer_cost_no_step(bps: float, loss: float) -> None:
    """Nothing comes for 0.4 s, again and again, and then all at once."""
    lesson = Lesson()
    _, line = lesson.join("student", LinkProfile(((0, bps),), 0.03, loss=loss))
    lesson.air.run(8)
    line.link = VirtualLink(LinkProfile(((0, bps),), 0.03, queue_s=1.0, loss=loss, stalls=(0.7, 0.4)), Random(1))
    lesson.air.run(8)
    assert lesson.steps("student") == []


def test_a_path_that_becomes_longer_is_not_taken_for_a_queue() -> None:
    lesson = Lesson()
    student, line = lesson.join("student", LinkProfile(((0, 10e6),), 0.01))
    lesson.air.run(6)
    line.link = VirtualLink(replace(POOR, reordered=0.0, jitter_s=0.02, queue_s=0.5), Random(1))
    lesson.air.run(8)
    downlink = line.person.participant.line.downlink  # type: ignore[union-attr]
    assert downlink.queue_s < 0.1
    assert downlink.estimate_bps > 200_000
    assert student.participant.reception in (Reception.SAVER, Reception.SLIDES)


def test_slides_stay_within_their_budget_with_a_slide_a_minute() -> None:
    """At most 90 kbit/s on the wire, IP and UDP headers included, while somebody speaks all the time."""
    lesson = Lesson()
    screen = lesson.air.encoders["tutor"][-1]
    screen.still, screen.keyframe_size = True, 70_000
    _, line = lesson.join("student", GOOD)
    lesson.room.session.set_reception("student", Reception.SLIDES, lesson.room.now)
    lesson.air.run(5)
    before, shown = line.sent_bytes, screen.keyframes
    screen.still, screen.size = False, 12_000
    lesson.air.run(0.2)
    screen.still = True
    lesson.air.run(39.8)
    screen.still, screen.size = False, 60
    lesson.air.run(2)
    screen.still = True
    lesson.air.run(18)
    assert screen.keyframes - shown >= 2
    assert (line.sent_bytes - before) * 8 / 60 <= 90_000


@pytest.mark.parametrize(("profile", "within_s"), [(GOOD, 0.4), (FAIR, 0.5), (POOR, 1.2)])
def test_a_newcomer_sees_a_camera_of_one_large_layer_at_once(profile: LinkProfile, within_s: float) -> None:
    room = VirtualClass(start_bps=START_BPS)
    tutor = room.join("tutor", lead=True, publishing=frozenset({Source.CAMERA, Source.MIC}))
    air = Broadcast(room)
    (camera,) = air.film(tutor)
    camera.size, camera.keyframe_size = 4_000, 30_000
    air.speaking.append(tutor)
    air.run(1.0)
    student = room.join("student", connect=False)
    line = VirtualLine(room, student, profile)
    air.lines.append(line)
    air.run(within_s)
    assert sum(a.size for a in line.arrivals if a.ssrc == student.slot(2)) >= camera.keyframe_size
    assert longest_silence(student, line) <= 0.5


def test_the_strong_notice_nothing_of_the_weak() -> None:
    def strong(*others: LinkProfile) -> list[tuple[int, int]]:
        lesson = Lesson()
        student, line = lesson.join("strong", GOOD)
        for i, profile in enumerate(others):
            lesson.join(f"weak{i}", profile)
        lesson.air.run(8)
        video = {student.slot(2), student.slot(3)}
        start = lesson.joined["strong"]
        return [(a.timestamp, a.size) for a in line.arrivals if a.ssrc in video and a.sent > start + 4]

    alone = strong()
    beside = strong(POOR, EMERGENCY, FAIR, POOR)
    assert len(alone) > 300
    frames = ({timestamp for timestamp, _ in seen} for seen in (alone, beside))
    assert len({len(seen) for seen in frames}) == 1, "as many frames"
    assert sum(size for _, size in beside) >= 0.99 * sum(size for _, size in alone), "as large"
