"""Where participants come to, and when nobody new is admitted: in virtual time, with loads made up."""

from __future__ import annotations

import pytest

from sfu.errors import Overloaded
from sfu.placement import Placement
from sfu.worker.load import LoadMeter
from sfu.worker.wire import Load


class Machine:
    """Workers that report what they are told to."""

    def __init__(self, workers: int, *, spread_load: float = 0.6) -> None:
        self.now = 100.0
        self.placement = Placement(workers, max_load=0.85, spread_load=spread_load)

    def run(self, seconds: int, *cpu: float, late_s: float = 0.0) -> None:
        for _ in range(seconds):
            self.now += 1.0
            for worker, share in enumerate(cpu):
                load = Load(cpu=share, lateness_s=late_s, packets_per_s=0.0)
                self.placement.report(worker, load, self.now)

    def join(self, name: str, session: str = "s", *, lead: bool = False) -> int:
        return self.placement.place(session, name, lead=lead, now=self.now)


def test_a_session_begins_on_the_worker_with_the_least_measured_load() -> None:
    machine = Machine(3)
    machine.run(3, 0.5, 0.1, 0.3)
    assert [machine.join("p", session) for session in "abc"] == [1, 1, 1]
    machine.run(3, 0.5, 0.4, 0.3)
    assert machine.join("p", "d") == 2


def test_a_rush_between_two_measurements_is_not_sent_to_one_worker() -> None:
    machine = Machine(2)
    machine.run(3, 0.0, 0.0)
    places = [machine.join("p", f"session-{i}") for i in range(100)]
    assert places.count(0) == places.count(1) == 50


def test_who_is_in_stays_on_its_worker() -> None:
    machine = Machine(2)
    assert machine.join("p") == machine.join("p")
    machine.run(5, 0.99, 0.1)
    assert machine.join("p") == 0


def test_a_session_spreads_when_its_worker_is_loaded_and_comes_back_to_it_when_it_is_not() -> None:
    machine = Machine(3)
    machine.run(3, 0.1, 0.3, 0.2)
    assert machine.join("a") == 0
    machine.run(3, 0.7, 0.3, 0.2)
    assert machine.join("b") == 2
    assert machine.placement.workers_of("s") == [0, 2]
    machine.run(3, 0.7, 0.3, 0.4)
    assert machine.join("c") == 2  # a third worker would have every track cross once more
    machine.run(3, 0.3, 0.3, 0.4)
    assert machine.join("d") == 0


def test_a_session_does_not_spread_for_a_little_less_load() -> None:
    machine = Machine(2)
    machine.join("a")
    machine.run(3, 0.70, 0.67)
    assert machine.join("b") == 0
    machine.run(3, 0.70, 0.60)
    assert machine.join("c") == 1


def test_sessions_can_be_spread_evenly_from_the_start() -> None:
    machine = Machine(2, spread_load=0)
    assert [machine.join(f"p{i}") for i in range(4)] == [0, 1, 0, 1]


def test_past_the_limit_nobody_new_comes_in_but_those_who_are_may_return_and_leads_may_come() -> None:
    machine = Machine(1)
    machine.join("in")
    machine.run(2, 0.95)
    machine.run(3, 0.95)
    with pytest.raises(Overloaded, match="as many as it can"):
        machine.join("new")
    assert machine.placement.find("s", "new") is None
    assert machine.join("in") == 0
    assert machine.join("tutor", lead=True) == 0


def test_a_moment_of_work_refuses_nobody() -> None:
    machine = Machine(1)
    machine.run(5, 0.3)
    machine.run(1, 1.0, late_s=0.4)
    machine.join("a")
    machine.run(1, 0.3)
    machine.join("b")


def test_lateness_is_reason_enough_on_a_machine_that_others_use_too() -> None:
    machine = Machine(1)
    machine.run(4, 0.5, late_s=0.08)
    with pytest.raises(Overloaded):
        machine.join("new")


def test_a_worker_with_little_to_do_that_others_keep_waiting_takes_everybody() -> None:
    machine = Machine(1)
    machine.run(10, 0.2, late_s=0.3)
    assert machine.join("new") == 0


def test_a_full_worker_takes_somebody_again_only_well_below_its_limit() -> None:
    machine = Machine(1)
    machine.run(5, 0.95)
    machine.run(10, 0.80)
    with pytest.raises(Overloaded):
        machine.join("new")
    machine.run(5, 0.60)
    assert machine.join("new") == 0


def test_a_rush_is_stopped_before_it_is_measured() -> None:
    machine = Machine(1)
    machine.run(3, 0.2)
    with pytest.raises(Overloaded):
        for i in range(1000):
            machine.join(f"p{i}")
    admitted = len([i for i in range(1000) if machine.placement.find("s", f"p{i}") is not None])
    assert 300 < admitted < 400


def test_those_of_a_worker_that_died_come_back_even_when_the_others_are_full() -> None:
    machine = Machine(2)
    machine.run(3, 0.1, 0.2)
    assert machine.join("a", "x") == 0
    machine.run(5, 0.1, 0.95)
    assert machine.placement.died(0) == {"x": ["a"]}
    assert machine.placement.find("x", "a") is None
    assert machine.join("a", "x") == 1
    with pytest.raises(Overloaded):
        machine.join("b", "x")
    machine.placement.started(0)
    assert machine.join("b", "y") == 0


def test_what_is_left_or_closed_is_forgotten() -> None:
    machine = Machine(2)
    machine.join("a")
    machine.join("b")
    machine.placement.forget("s", "a")
    assert machine.placement.find("s", "a") is None
    machine.placement.close("s")
    assert machine.placement.workers_of("s") == []
    machine.placement.forget("s", "b")


def test_the_meter_gives_shares_of_the_time_that_passed() -> None:
    meter = LoadMeter(10.0, cpu_s=1.0)
    meter.waited(0.01)
    meter.waited(0.03)
    assert not meter.due(10.9)
    assert meter.due(11.0)
    assert meter.take(12.0, cpu_s=2.0, packets_sent=5000) == Load(cpu=0.5, lateness_s=0.02, packets_per_s=2500)
    assert meter.take(13.0, cpu_s=2.0, packets_sent=4000) == Load(cpu=0.0, lateness_s=0.0, packets_per_s=0)
