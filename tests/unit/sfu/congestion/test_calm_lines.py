"""Feedback of a calm line is kept and learnt from together: nothing may get lost by that, nor come late."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.congestion.acknowledgements import Acknowledgements
from sfu.congestion.downlink import CAP_BPS, Downlink
from sfu.congestion.feedback import TICK_S, read_transport_feedback
from sfu.congestion.history import ACKNOWLEDGED, SentHistory
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.transport_cc import TransportFeedback

PACKET_BYTES = 1000
WANTED_BPS = 500_000
"""Less than what is sent, so that the line is calm; its twin, which is watched, wants the most there is."""


def feedback(first: int, arrivals: list[float | None]) -> bytes:
    numbered = tuple(((first + i) & 0xFFFF, arrival) for i, arrival in enumerate(arrivals))
    return TransportFeedback(1, 2, first & 0xFFFF, 0, numbered).pack()[4:]


class Line:
    """40 ms both ways; 10 packets of 80 ms in each feedback, which comes after 100 ms."""

    def __init__(self, wanted_bps: int) -> None:
        self.downlink = Downlink(1000.0, transport_cc=True, remb=False)
        self.wanted_bps = wanted_bps
        self.now = 1000.0
        self.delay_s = 0.040

    def step(self, *, lost: int = 0, growth_s: float = 0.0, deaf: bool = False) -> None:
        """A tenth of a second. The delay grows by ``growth_s`` from packet to packet."""
        first = self.downlink.history.last_number + 1
        arrivals: list[float | None] = []
        for i in range(10):
            sent = self.now + i * 0.01
            self.delay_s += growth_s
            self.downlink.history.append((PACKET_BYTES, sent))
            arrivals.append(None if i < lost else sent + self.delay_s + 5.0)
        self.now += 0.1
        if not deaf:
            self.downlink.on_transport_feedback(feedback(first, arrivals), self.now + 0.08)
        self.downlink.tick(self.now + 0.08, 800_000, self.wanted_bps)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.step()


@pytest.fixture
def calm() -> Line:
    line = Line(WANTED_BPS)
    line.run(5.0)
    return line


@pytest.fixture
def watched() -> Line:
    line = Line(CAP_BPS)
    line.run(5.0)
    return line


def test_what_is_measured_is_the_same(calm: Line, watched: Line) -> None:
    assert calm.downlink.acked_bps == pytest.approx(watched.downlink.acked_bps, rel=0.05)
    assert calm.downlink.rtt_s == pytest.approx(watched.downlink.rtt_s, abs=0.001)
    assert calm.downlink.loss == watched.downlink.loss == 0.0
    assert calm.downlink.queue_s < 0.001
    assert calm.downlink.estimate_bps == pytest.approx(watched.downlink.estimate_bps, rel=0.05)


def test_a_calm_line_keeps_its_feedback_and_forgets_what_was_told(calm: Line) -> None:
    learnt = [calm.downlink.acked_bps]
    unlearnt = 0
    for _ in range(50):
        before = sum(record is not ACKNOWLEDGED for record in calm.downlink.history)
        calm.step()
        after = sum(record is not ACKNOWLEDGED for record in calm.downlink.history)
        unlearnt += after > before
        learnt.append(calm.downlink.acked_bps)
        assert after <= 40
    assert 25 <= unlearnt <= 45  # two of three are only looked at
    assert len(calm.downlink.history) < 1000


def test_loss_on_a_calm_line_is_seen_at_once(calm: Line, watched: Line) -> None:
    for line in (calm, watched):
        line.step(lost=5)
    assert calm.downlink.loss == pytest.approx(watched.downlink.loss, rel=0.3)
    assert calm.downlink.loss > 0.05


def steps_until_less(line: Line) -> int:
    before = line.downlink.estimate_bps
    for step in range(50):
        line.step(growth_s=0.002)
        if line.downlink.estimate_bps < before:
            return step
    raise AssertionError("the queue was never noticed")


def test_a_queue_on_a_calm_line_is_noticed_as_soon(calm: Line, watched: Line) -> None:
    assert steps_until_less(calm) <= steps_until_less(watched) + 1


def test_silence_on_a_calm_line_is_noticed(calm: Line) -> None:
    before = calm.downlink.estimate_bps
    for _ in range(20):
        calm.step(deaf=True)
    assert calm.downlink.silent_s > 0
    assert calm.downlink.estimate_bps < before


def test_clocks_may_drift_apart_for_hours() -> None:
    """By seconds, while a line is calm all the time: that must not look like a jump of the receiver's clock."""
    history = SentHistory()
    acknowledgements = Acknowledgements(history)
    for step in range(1000):
        now = 0.1 * step
        history.extend((PACKET_BYTES, now) for _ in range(5))
        body = feedback(5 * step + 1, [5.0 + now + 0.005 * step] * 5)
        if step in (0, 999):
            acknowledgements.take(body, now, None)
        else:
            assert acknowledgements.keep(body, -100.0, 100.0)
            acknowledgements.take_kept(now)
    assert not acknowledgements.clock_jumped


def test_more_wanted_ends_the_calm(calm: Line) -> None:
    for _ in range(40):
        if sum(record is not ACKNOWLEDGED for record in calm.downlink.history):
            break
        calm.step()
    calm.wanted_bps = CAP_BPS
    calm.downlink.tick(calm.now + 0.09, 800_000, CAP_BPS)
    assert all(record is ACKNOWLEDGED for record in calm.downlink.history)


def test_a_new_path_forgets_what_was_kept(calm: Line) -> None:
    calm.step()
    calm.downlink.reset_path(calm.now + 0.09)
    assert calm.downlink.acked_bps == 0
    calm.run(1.0)
    assert calm.downlink.acked_bps == pytest.approx(800_000, rel=0.05)


BODIES = st.builds(
    lambda first, gaps: feedback(first, [6.0 + sum(gaps[: i + 1]) / 4000 for i in range(len(gaps))]),
    st.sampled_from([21, 20, 22, 0xFFFF]),
    st.lists(st.integers(0, 300), min_size=1, max_size=30),
)


@settings(max_examples=300, deadline=None)
@given(BODIES, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=3), st.integers(0, 40))
def test_what_is_kept_unread_says_what_is_believed_of_it(
    body: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    """Whatever the bytes: kept is only what the whole reader finds to be the next packets, each received."""
    history = SentHistory()
    history.extend((PACKET_BYTES, 5.0 + i / 100) for i in range(60))
    acknowledgements = Acknowledgements(history)
    acknowledgements.take(feedback(1, [5.9] * 20), 6.0, None)
    broken = bytearray(body)
    for position, value in changes:
        if position < len(broken):
            broken[position] = value
    broken = broken[: len(broken) - cut] if cut < len(broken) else broken
    kept = acknowledgements.keep(bytes(broken), -10.0, 10.0)
    try:
        base, reference, symbols, deltas = read_transport_feedback(bytes(broken))
    except MalformedPacket:
        assert not kept
        return
    if not kept:
        return
    assert base == 21
    assert set(symbols) == {1}
    assert acknowledgements.highest == 20 + len(symbols)
    taken = acknowledgements.take_kept(6.0)
    assert taken is not None
    told, counts, least_s = taken
    assert list(counts) == [len(symbols)]
    assert told.fresh == len(symbols) == len(told.records) == len(told.ticks)
    assert [b - a for a, b in zip(told.ticks, told.ticks[1:], strict=False)] == list(deltas[1:])
    assert (told.ticks[0] - reference - deltas[0]) % (1 << 32) == 0
    delays = [tick * TICK_S - sent_at for tick, (_, sent_at) in zip(told.ticks, told.records, strict=True)]
    assert min(delays) <= least_s + 1e-9
    assert least_s in [pytest.approx(delay) for delay in delays]
    assert acknowledgements.take_kept(6.0) is None
