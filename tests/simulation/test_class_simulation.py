"""A whole class on simulated lines: the real session, its allocator, layers, pacers and estimators together."""

from __future__ import annotations

import pytest

from sfu.messages import Reception
from tests.support.class_simulation import ClassSimulation, Student, mixed_lines, only
from tests.support.line_scenarios import percentile
from tests.support.virtual_link import LinkProfile

SETTLED_S, SECONDS = 10.0, 20.0


@pytest.fixture(scope="module")
def mixed() -> ClassSimulation:
    simulation = ClassSimulation(mixed_lines(8), seed=1)
    simulation.run(SECONDS)
    return simulation


def of(simulation: ClassSimulation, kind: str) -> list[Student]:
    found = [student for name, student in simulation.students.items() if name.startswith(kind)]
    assert found
    return found


def test_everyone_gets_the_layer_that_the_line_carries(mixed: ClassSimulation) -> None:
    for kind, layers in (("strong", {"f"}), ("home", {"f"}), ("fair", {"h"}), ("poor", {"h", "q", None})):
        for student in of(mixed, kind):
            assert student.samples[-1].layer in layers, kind
    assert all(student.samples[-1].reception is Reception.FULL for student in of(mixed, "fair"))


def test_the_strong_do_not_notice_the_weak(mixed: ClassSimulation) -> None:
    """To the packet: what they get is what they would get alone."""
    alone = ClassSimulation(only(mixed_lines(8), "strong"), seed=1)
    alone.run(SECONDS)
    for name, student in alone.students.items():
        among = mixed.students[name]
        assert [sample.layer for sample in among.samples] == [sample.layer for sample in student.samples]
        assert among.received == pytest.approx(student.received, rel=0.005)
        assert among.pictures_lost == student.pictures_lost == 0


def test_layers_do_not_flap(mixed: ClassSimulation) -> None:
    for name, student in mixed.students.items():
        assert len(student.changes(SETTLED_S)) <= (SECONDS - SETTLED_S) / 10 + 1, name


def test_queues_stay_short(mixed: ClassSimulation) -> None:
    for name, student in mixed.students.items():
        settled = [wait for at, wait in student.waits if at > SETTLED_S]
        assert percentile(settled, 0.95) <= 0.150, name


def test_a_line_is_known_for_what_it_carries(mixed: ClassSimulation) -> None:
    """Where more is wished for than it carries."""
    for kind in ("fair", "bloated"):
        for student in of(mixed, kind):
            capacity = student.profile.rate_at(0.0)
            settled = [sample.estimate_bps for sample in student.samples if sample.at > SETTLED_S]
            assert 0.75 * capacity <= sum(settled) / len(settled) <= 1.1 * capacity, kind


def test_a_student_whose_line_drops_to_a_tenth_keeps_a_picture() -> None:
    simulation = ClassSimulation({"student": LinkProfile(((0.0, 3e6), (5.0, 3e5)))}, seed=1)
    simulation.run(20.0)
    student = simulation.students["student"]
    assert {sample.layer for sample in student.samples if 2.0 < sample.at < 5.0} == {"f"}
    assert {sample.layer for sample in student.samples if sample.at > 6.5} == {"q"}
    assert percentile([wait for at, wait in student.waits if at > 8.0], 0.95) <= 0.150
