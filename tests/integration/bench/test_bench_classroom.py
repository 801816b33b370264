"""The measurements work: a small class with real processes, in which every packet arrives."""

from __future__ import annotations

import pytest

from bench.fanout import VARIANTS, measure
from bench.support.classroom import classroom
from bench.support.figures import median

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("aes_cm", [False, True], ids=["AES-GCM", "AES-CM"])
async def test_a_class_is_measured_without_loss(aes_cm: bool) -> None:
    async with classroom(500_000) as room:
        admitted = await room.admit(4, 0.2, probes=2, aes_cm=aes_cm)
        assert (len(admitted.join_s), admitted.failures) == (4, [])
        window = await room.watch(1.0)
        yardsticks = await room.calibrate(4)
    assert window.seen.subscribers == 4
    assert window.seen.lost == 0
    # Not all are counted at one moment, and on a busy machine much is on its way; but there are four students.
    assert 0 < 2 * window.ingress < window.forwarded
    assert 2 * window.ingress < window.seen.received
    assert 0 < window.cpu_s < window.duration_s
    assert 0 < window.seen.latency_p50_s <= window.seen.latency_p99_s
    assert window.seen.longest_audio_gap_s > 0
    assert median(admitted.join_s) > 0
    assert yardsticks.loop_us > 0 and yardsticks.relay_us > 0


def test_the_fan_out_loop_is_measured() -> None:
    result = measure(VARIANTS[0], pairs=1)
    assert result.fan_out_us > 0 and result.ratio > 0
