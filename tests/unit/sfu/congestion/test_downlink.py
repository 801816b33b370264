"""The composition: what is measured on a line, and what bad or missing feedback can and cannot do."""

import struct
from contextlib import suppress

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sfu.congestion.downlink import CAP_BPS, FLOOR_BPS, START_BPS, Downlink
from sfu.congestion.history import MAX_RECORDS
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.transport_cc import TransportFeedback

PACKET_BYTES = 1000


def feedback(first: int, arrivals: list[float | None]) -> bytes:
    numbered = tuple(((first + i) & 0xFFFF, arrival) for i, arrival in enumerate(arrivals))
    return TransportFeedback(1, 2, first & 0xFFFF, 0, numbered).pack()[4:]


class Healthy:
    """A line of 40 ms both ways on which everything arrives, told of every 100 ms; 10 packets between."""

    def __init__(self, downlink: Downlink, now: float = 1000.0, receiver_offset_s: float = 5.0) -> None:
        self.downlink = downlink
        self.now = now
        self.offset_s = receiver_offset_s
        self.lost: set[int] = set()
        self.told = True

    def run(self, seconds: float, *, wanted_bps: int = 0) -> None:
        for _ in range(round(seconds * 10)):
            first = self.downlink.history.last_number + 1
            arrivals: list[float | None] = []
            for i in range(10):
                sent = self.now + i * 0.01
                self.downlink.history.append((PACKET_BYTES, sent))
                arrivals.append(None if first + i in self.lost else sent + 0.04 + self.offset_s)
            self.now += 0.1
            if self.told and any(arrivals):
                self.downlink.on_transport_feedback(feedback(first, arrivals), self.now + 0.08)
            self.downlink.tick(self.now + 0.08, 800_000, wanted_bps)


def line(*, transport_cc: bool = True, remb: bool = False) -> tuple[Downlink, Healthy]:
    downlink = Downlink(1000.0, transport_cc=transport_cc, remb=remb)
    return downlink, Healthy(downlink)


def test_a_line_that_carries_everything() -> None:
    downlink, healthy = line()
    assert downlink.estimate_bps == START_BPS
    assert downlink.rtt_s is None
    healthy.run(5.0)
    assert downlink.acked_bps == pytest.approx(800_000, rel=0.03)
    assert downlink.rtt_s == pytest.approx(0.09, abs=0.001)
    assert downlink.loss == 0.0
    assert downlink.queue_s < 0.001
    assert START_BPS < downlink.estimate_bps <= 1.5 * 800_000 * 1.02 + 10_000


def test_the_estimate_grows_no_further_than_media_prove_it() -> None:
    downlink, healthy = line()
    healthy.run(120.0)
    assert downlink.estimate_bps <= 1.5 * 800_000 * 1.02 + 10_000


def test_loss_is_what_was_lost_here_and_late_packets_take_it_back() -> None:
    downlink, healthy = line()
    healthy.run(2.0)
    first = downlink.history.last_number + 1
    for i in range(10):
        downlink.history.append((PACKET_BYTES, healthy.now + i * 0.01))
    at = healthy.now + 0.045 + healthy.offset_s
    downlink.on_transport_feedback(feedback(first, [at, None, None, None, *[at + 0.06] * 6]), healthy.now + 0.2)
    lossy = downlink.loss
    assert lossy > 0.01
    downlink.on_transport_feedback(feedback(first + 1, [at + 0.1] * 3), healthy.now + 0.2)
    assert downlink.loss < lossy / 4


def test_what_the_publishers_line_lost_has_no_number_and_does_not_count() -> None:
    """Numbers are given to what leaves. Whatever the streams inside them lack, these arrive without a hole."""
    downlink, healthy = line()
    healthy.run(3.0)
    # The same subscriber's receiver reports miss what never came from the publisher.
    for _ in range(5):
        downlink.on_report(0.5, 0.09, healthy.now)
        healthy.run(1.0)
    assert downlink.loss == 0.0
    assert downlink.estimate_bps >= START_BPS


def test_feedback_that_was_lost_is_not_loss_of_packets() -> None:
    downlink, healthy = line()
    healthy.run(3.0)
    before = downlink.acked_bps
    healthy.told = False
    healthy.run(0.3)
    healthy.told = True
    healthy.run(0.1)
    assert downlink.loss == 0.0
    assert downlink.acked_bps == pytest.approx(before, rel=0.05)


def test_silence_is_answered_by_less_and_less() -> None:
    downlink, healthy = line()
    healthy.run(3.0)
    before = downlink.estimate_bps
    healthy.told = False
    healthy.run(1.0)
    assert downlink.estimate_bps == before
    healthy.run(4.0)
    assert downlink.estimate_bps < before / 3
    assert downlink.queue_s > 1.0
    assert len(downlink.history) <= MAX_RECORDS


def test_nothing_sent_is_not_silence() -> None:
    downlink, healthy = line()
    healthy.run(3.0)
    before = downlink.estimate_bps
    for i in range(100):
        downlink.tick(healthy.now + i * 0.06, 0, 0)
    assert downlink.estimate_bps == before


def test_a_new_path_keeps_half_and_forgets_the_delays() -> None:
    downlink, healthy = line()
    healthy.run(5.0)
    before = downlink.estimate_bps
    under_way = downlink.history.last_number + 1
    for i in range(10):
        downlink.history.append((PACKET_BYTES, healthy.now + i * 0.001))
    downlink.reset_path(healthy.now + 0.02)
    assert downlink.estimate_bps == max(before // 2, START_BPS)
    assert downlink.rtt_s is None
    downlink.on_transport_feedback(
        feedback(under_way, [healthy.now + 0.3 + healthy.offset_s, *[None] * 9]), healthy.now + 0.4
    )
    assert downlink.loss == 0.0
    healthy.now += 0.4
    healthy.offset_s += 0.3  # the new way is longer: no queue
    healthy.run(3.0)
    assert downlink.estimate_bps >= before // 2
    assert downlink.queue_s < 0.01


def test_a_new_path_after_a_silence_goes_by_what_was_known_before_it() -> None:
    downlink, healthy = line()
    healthy.run(20.0)
    before = downlink.estimate_bps
    healthy.told = False
    healthy.run(9.0)
    assert downlink.silent_s > 7.0
    assert downlink.estimate_bps < before / 3
    downlink.reset_path(healthy.now)
    assert downlink.estimate_bps >= before // 2
    assert downlink.silent_s == 0.0
    healthy.run(0.9)
    assert downlink.estimate_bps >= before // 2, "the new path is given a second to say something"
    healthy.told = True
    healthy.run(3.0)
    assert downlink.estimate_bps >= before // 2
    assert downlink.renewals == 1


def test_a_path_that_comes_back_is_used_again_at_once() -> None:
    downlink, healthy = line()
    healthy.run(20.0)
    before = downlink.estimate_bps
    healthy.told = False
    healthy.run(6.0)
    healthy.told = True
    healthy.run(1.0)
    assert downlink.estimate_bps >= before // 2
    assert (downlink.silent_s, downlink.renewals, downlink.loss) == (0.0, 1, 0.0)


def test_probes_are_asked_for_when_more_is_wanted_and_prove_it() -> None:
    downlink, healthy = line()
    healthy.run(1.0, wanted_bps=3_000_000)
    before = downlink.estimate_bps
    now = healthy.now + 0.1
    size = downlink.probe(now)
    assert 1000 <= size <= 3 * before * 0.015 / 8 + 1
    assert downlink.probe(now) == 0  # one at a time
    first = downlink.history.last_number + 1
    count = -(-size // 290)
    for _ in range(count):
        downlink.history.append((290, now))
    spacing = 318 * 8 / 5e6
    at = now + 0.04 + healthy.offset_s
    downlink.on_transport_feedback(feedback(first, [at + i * spacing for i in range(count)]), now + 0.1)
    assert downlink.estimate_bps >= 1.8 * before
    assert downlink.queue_s < 0.01


def test_nothing_is_probed_without_need_or_feedback() -> None:
    downlink, healthy = line()
    downlink.tick(1000.0, 0, 3_000_000)
    assert downlink.probe(1000.0) == 0
    healthy.run(1.0, wanted_bps=100_000)
    assert downlink.probe(healthy.now + 0.1) == 0


def test_padding_that_nobody_sends_changes_nothing() -> None:
    downlink, healthy = line()
    healthy.run(1.0, wanted_bps=3_000_000)
    before = downlink.estimate_bps
    asked = 0
    for _ in range(100):
        asked += downlink.probe(healthy.now + 0.1) > 0
        healthy.run(0.1, wanted_bps=3_000_000)
    assert 1 <= asked <= 6
    assert downlink.estimate_bps <= 1.1 * 1.5 * max(before, 800_000)


@pytest.mark.parametrize("bps", [0, 10_000_000_000])
def test_an_absurd_remb_has_a_bounded_effect(bps: int) -> None:
    downlink = Downlink(0.0, transport_cc=False, remb=True)
    for i in range(100):
        downlink.on_remb(bps, i * 0.06)
        downlink.tick(i * 0.06, 500_000, 0)
    assert downlink.estimate_bps == (FLOOR_BPS if bps == 0 else 2 * (1.5 * 500_000 + 10_000))
    for i in range(100, 2000):
        downlink.on_remb(700_000, i * 0.06)
        downlink.tick(i * 0.06, 500_000, 0)
    assert downlink.estimate_bps == 700_000


def test_remb_counts_only_where_nothing_better_is_offered() -> None:
    downlink, healthy = line(remb=True)
    healthy.run(1.0)
    downlink.on_remb(0, healthy.now)
    healthy.run(0.1)
    assert downlink.estimate_bps >= START_BPS
    unasked = Downlink(0.0, transport_cc=False, remb=False)
    unasked.on_remb(0, 0.0)
    unasked.tick(0.06, 100_000, 0)
    assert unasked.estimate_bps == START_BPS


def test_receiver_reports_alone() -> None:
    downlink = Downlink(0.0, transport_cc=False, remb=False)

    def run(seconds: int, fraction: float, rtt_s: float | None, begin: float) -> None:
        for i in range(seconds):
            downlink.on_report(fraction, rtt_s, begin + i)
            for step in range(16):
                downlink.tick(begin + i + step * 0.0625, downlink.estimate_bps, 0)

    run(10, 0.0, 0.05, 0.0)
    grown = downlink.estimate_bps
    assert grown > 1.5 * START_BPS
    run(5, 0.05, 0.05, 10.0)
    assert downlink.estimate_bps == pytest.approx(grown, rel=0.02)
    run(10, 0.3, 0.05, 20.0)
    assert downlink.estimate_bps < grown / 3
    assert downlink.loss == pytest.approx(0.3)
    run(30, 0.0, 0.05, 30.0)
    before = downlink.estimate_bps
    run(5, 0.0, 0.5, 60.0)
    assert downlink.estimate_bps < before
    assert downlink.queue_s == pytest.approx(0.45)
    assert downlink.rtt_s == pytest.approx(0.05)


def test_feedback_without_need_is_refused_and_counted() -> None:
    downlink, healthy = line()
    healthy.run(1.0)
    number = downlink.history.last_number
    for _ in range(1000):
        downlink.on_transport_feedback(feedback(number, [1.0]), healthy.now)
    assert downlink.refused > 700
    deaf = Downlink(0.0, transport_cc=False, remb=False)
    deaf.on_transport_feedback(feedback(1, [1.0]), 0.0)
    assert deaf.refused == 1


def test_numbers_never_sent_are_refused() -> None:
    downlink, healthy = line()
    healthy.run(1.0, wanted_bps=CAP_BPS)
    state = (downlink.estimate_bps, downlink.loss, downlink.acked_bps, downlink.rtt_s)
    for first in (downlink.history.last_number, downlink.history.last_number + 1, 0x8000, 0xFFFF):
        downlink.on_transport_feedback(feedback(first, [1.0] * 20), healthy.now + 0.1)
    assert (downlink.estimate_bps, downlink.loss, downlink.acked_bps, downlink.rtt_s) == state
    assert downlink.refused >= 2


def test_the_receivers_clock_may_wrap() -> None:
    downlink, healthy = line()
    healthy.offset_s = 2**24 * 0.064 - healthy.now - 2.0
    healthy.run(4.0)
    assert downlink.queue_s < 0.001
    assert downlink.estimate_bps > START_BPS


def test_numbers_wrap() -> None:
    downlink, healthy = line()
    downlink.history.pruned = 65_500
    healthy.run(2.0)
    assert (downlink.refused, downlink.loss) == (0, 0.0)
    assert downlink.acked_bps == pytest.approx(800_000, rel=0.03)


_LIES = st.lists(
    st.tuples(
        st.integers(0, 0xFFFF),  # first number
        st.integers(1, 60),  # how many
        st.integers(0, 0xFFFF_FFFF),  # reference time and count
        st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=12),  # chunks
        st.binary(max_size=120),  # deltas
        st.booleans(),  # near what was sent
        st.floats(0.0, 1.0),  # later
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(_LIES)
def test_lies_raise_nothing_and_their_effect_is_bounded(
    lies: list[tuple[int, int, int, list[int], bytes, bool, float]],
) -> None:
    downlink, healthy = line()
    healthy.run(1.0, wanted_bps=3_000_000)
    for first, count, word, chunks, deltas, near, later in lies:
        if near:
            first = (downlink.history.last_number - first % 100) & 0xFFFF
        healthy.now += later
        body = struct.pack("!LLHHL", 1, 2, first, count, word)
        body += b"".join(chunk.to_bytes(2, "big") for chunk in chunks) + deltas
        with suppress(MalformedPacket):
            downlink.on_transport_feedback(body, healthy.now + 0.08)
        padding = downlink.probe(healthy.now + 0.08)
        assert 0 <= padding <= CAP_BPS * 0.03 / 8
        downlink.history.extend([(290, healthy.now + 0.08)] * (padding // 290))
        downlink.tick(healthy.now + 0.08, 800_000, 3_000_000)
        assert FLOOR_BPS <= downlink.estimate_bps <= CAP_BPS
        assert 0.0 <= downlink.loss <= 1.0
        assert downlink.queue_s >= 0.0
        assert downlink.rtt_s is None or 0.0 <= downlink.rtt_s < 60.0
        assert 0 <= downlink.acked_bps <= CAP_BPS
    # An honest line recovers from whatever was told before.
    healthy.now += 1.0
    healthy.run(15.0, wanted_bps=1_500_000)
    assert downlink.loss < 0.01
    assert downlink.queue_s < 0.02
    assert downlink.estimate_bps > 500_000
