"""The congestion control on simulated lines: what is promised of it holds, with seeds and virtual time."""

from __future__ import annotations

import pytest

from tests.support.line_scenarios import SCENARIOS, UNLIMITED, Scenario, reaction, steady
from tests.support.line_simulation import Adaptive, Simulation
from tests.support.virtual_link import LinkProfile

LEAST_SHARE = 0.8


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_line_is_used_and_its_queue_kept_short(scenario: Scenario, seed: int) -> None:
    found = scenario.run(seed)
    assert found.estimate >= LEAST_SHARE
    assert found.sent >= LEAST_SHARE
    assert found.queue_p95_s <= scenario.most_queue_s
    assert found.padding < 0.03


@pytest.mark.parametrize("seed", range(1, 6))
def test_it_is_quick_to_use_a_line_and_quicker_to_yield(seed: int) -> None:
    ramp_up_s, yield_s, recover_s = reaction(seed)
    assert ramp_up_s <= 3.0
    assert yield_s <= 1.0
    assert recover_s <= 10.0


def test_a_queue_that_stands_is_emptied() -> None:
    """Somebody else filled the queue of a second, and went: it does not stay full."""
    profile = LinkProfile(steady(1e6), queue_s=1.0)
    simulation = Simulation(profile, Adaptive(UNLIMITED), cross=lambda now: 2e6 if 10 < now < 12 else 0.0)
    samples = simulation.run(30.0)
    assert max(sample.queue_s for sample in samples if 10 < sample.at < 12.5) > 0.7
    assert all(sample.queue_s < 0.2 for sample in samples if sample.at > 15)
    assert samples[-1].estimate_bps > 500_000


def test_little_is_sent_on_a_line_that_carries_much() -> None:
    """What was proven is kept while little is sent, and nothing is probed that nobody wants."""
    simulation = Simulation(LinkProfile(steady(10e6)), Adaptive(most_bps=400_000))
    samples = simulation.run(60.0)
    assert min(sample.estimate_bps for sample in samples) >= 500_000
    assert simulation.padding_bytes == 0


def test_without_padding_it_grows_by_media_alone() -> None:
    simulation = Simulation(LinkProfile(steady(3e6)), Adaptive(UNLIMITED), pads=False)
    samples = simulation.run(40.0)
    assert samples[-1].estimate_bps > 0.75 * 3e6
    assert simulation.padding_bytes == 0


def test_feedback_that_says_all_came_at_once_floods_no_line_but_its_own() -> None:
    """A liar is believed up to the cap, and no more is sent than was wished for."""

    def all_is_well(body: bytes, now: float) -> bytes:
        count = int.from_bytes(body[10:12], "big")
        reference = int(now / 0.064).to_bytes(3, "big") + b"\0"
        return body[:12] + reference + (0x2000 | count).to_bytes(2, "big") + bytes([1]) * count

    simulation = Simulation(LinkProfile(steady(5e5)), Adaptive(most_bps=2_000_000), hostile=all_is_well)
    samples = simulation.run(20.0)
    assert all(sample.estimate_bps <= 20_000_000 for sample in samples)
    assert max(sample.sent_bps for sample in samples[20:]) < 6_000_000


def test_a_subscriber_that_falls_silent_gets_less_and_comes_back() -> None:
    silent = False

    def gone(body: bytes, now: float) -> bytes | None:
        return None if silent else body

    simulation = Simulation(LinkProfile(steady(2e6)), Adaptive(UNLIMITED), hostile=gone)
    before = simulation.run(10.0)[-1].estimate_bps
    silent = True
    assert simulation.run(5.0)[-1].estimate_bps < before / 3
    silent = False
    assert simulation.run(10.0)[-1].estimate_bps > 0.7 * 2e6
