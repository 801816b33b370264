"""What one subscriber's line carries now: the estimate that the allocator and the pacer go by.

Only the way from here to the subscriber counts. Transport-wide sequence numbers are given when a packet leaves
here, so a packet that the publisher's own line lost has none and cannot be mistaken for loss on this one.
Feedback that lies can only mislead the estimate of the line it came on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from sfu.congestion.delays import DelayMeter
from sfu.congestion.feedback import REFERENCE_PERIOD_TICKS, TICK_S, read_transport_feedback
from sfu.congestion.history import ACKNOWLEDGED, Sent, SentHistory
from sfu.congestion.loss import LossControl
from sfu.congestion.probing import Prober
from sfu.congestion.rate_control import RateControl
from sfu.congestion.reports import ReportControl
from sfu.congestion.trend import Usage
from sfu.congestion.windows import AckedRate, WindowedMin

START_BPS = 600_000
FLOOR_BPS = 10_000
CAP_BPS = 20_000_000

_RATE_WINDOW_S = 0.5
_RTT_WINDOW_S = 10.0
_DEFAULT_RTT_S = 0.1
_KEPT_BEHIND = 512
"""A receiver tells once more of what came late, at most half a second behind."""
_CLOCK_JUMP_S = 3.0
_MAX_FEEDBACK_PER_S, _MAX_FEEDBACK_BURST = 200.0, 200.0
_SILENCE_S = 1.0
_SILENCE_STEP_S = 0.5
_SILENCE_BACK_OFF = 0.8


class Downlink:
    """The congestion state of one line. ``now`` is the clock of the history's send times, in seconds."""

    __slots__ = (
        "_acked",
        "_allowance",
        "_allowed_at",
        "_clock_offset_s",
        "_delays",
        "_feedback_at",
        "_gap_bytes",
        "_ignored_up_to",
        "_losses",
        "_prober",
        "_rate",
        "_remb",
        "_reports",
        "_rtts",
        "_silence_at",
        "_started_at",
        "_ticks",
        "_told",
        "_transport_cc",
        "_wanted_bps",
        "acked_bps",
        "estimate_bps",
        "history",
        "loss",
        "queue_s",
        "refused",
        "rtt_s",
    )

    def __init__(self, now: float, *, transport_cc: bool, remb: bool, start_bps: int = START_BPS) -> None:
        self.history = SentHistory()
        self.estimate_bps = min(max(start_bps, FLOOR_BPS), CAP_BPS)
        """What may be sent, in bit/s of what the history counts."""
        self.loss = 0.0
        """The share of packets lost on this line in the last one or two seconds."""
        self.queue_s = 0.0
        """How long packets wait in the queue before the bottleneck."""
        self.rtt_s: float | None = None
        """The least round trip of the last 10 to 20 s."""
        self.acked_bps = 0
        """What arrived lately."""
        self.refused = 0
        """Feedback that told of packets never sent, or came too often."""
        self._transport_cc = transport_cc
        self._remb = remb
        self._rate = RateControl(self.estimate_bps, FLOOR_BPS, CAP_BPS, now)
        self._reports = ReportControl(self.estimate_bps, FLOOR_BPS, CAP_BPS, now)
        self._losses = LossControl(now)
        self._prober = Prober()
        self._delays = DelayMeter()
        self._acked = AckedRate(_RATE_WINDOW_S)
        self._rtts = WindowedMin(_RTT_WINDOW_S)
        self._told = self._ignored_up_to = 0
        self._gap_bytes = 0
        self._ticks: int | None = None
        self._clock_offset_s: float | None = None
        self._feedback_at: float | None = None
        self._silence_at = now
        self._allowance = _MAX_FEEDBACK_BURST
        self._allowed_at = now
        self._wanted_bps = 0

    # -- what the subscriber tells --------------------------------------------------------------------------

    def on_transport_feedback(self, body: bytes, now: float) -> None:
        """``body`` follows the RTCP header. Raises MalformedPacket and nothing else."""
        base, reference, symbols, deltas = read_transport_feedback(body)
        history = self.history
        first = history.number_of(base)
        count = len(symbols)
        last = first + count - 1
        if not self._transport_cc or last > history.last_number or not self._allowed(now):
            self.refused += 1
            return
        if last <= history.pruned:
            return
        # What came before the first feedback of all is not ours to judge.
        self._feedback_at = self._silence_at = now
        told = self._told
        received = len(deltas)
        ticks = self._arrivals(reference, deltas, now) if received else []
        records: Sequence[Sent]
        if received == count and first > told and first > history.pruned and self._prober.cluster is None:
            start = first - history.pruned - 1
            records = history[start : start + count]
            history[start : start + count] = [ACKNOWLEDGED] * count
            fresh, lost = count, 0
        else:
            records, ticks, fresh, lost = self._match(first, symbols, ticks, now)
        if first > told + 1 > 1:
            # Feedback itself was lost. What it would have told of most likely came as the rest does.
            begin = max(0, told - history.pruned)
            self._gap_bytes += sum(size for size, _ in history[begin : first - history.pruned - 1])
        if last > told:
            self._told = last
            history.prune_to(last - _KEPT_BEHIND)
        if first <= self._ignored_up_to:
            return
        self._acknowledge(records, ticks, fresh, lost, now)

    def on_report(self, fraction_lost: float, rtt_s: float | None, now: float) -> None:
        """A receiver report about our streams; ``fraction_lost`` is 0 to 1.

        Its loss only counts for who sends no transport-wide feedback: it may hold what the publisher's line lost.
        """
        if rtt_s is not None and rtt_s >= 0:
            self.rtt_s = self._rtts.update(rtt_s, now)
        self._reports.report(fraction_lost, rtt_s, self.rtt_s, now)
        if self._feedback_at is None:
            self.loss = min(max(fraction_lost, 0.0), 1.0)

    def on_remb(self, bps: int, now: float) -> None:
        """The subscriber's own estimate. Counts for who sends no transport-wide feedback."""
        if self._remb:
            self._reports.remb(bps, now)

    # -- what the session does ------------------------------------------------------------------------------

    def tick(self, now: float, sent_bps: int, wanted_bps: int) -> None:
        """About every 60 ms: what is sent now, and what all that is wished for would need, in bit/s."""
        self._wanted_bps = wanted_bps
        self.history.prune(now)
        if self._feedback_at is None:
            self._reports.tick(now, sent_bps)
            self.estimate_bps = int(self._reports.bps)
            return
        self._listen_for_silence(now)
        self._settle_probe(now)
        self._publish()

    def probe(self, now: float) -> int:
        """Bytes of padding to send at once, in one go; mostly 0.

        They are numbered as all else and nothing is sent between the call and them. Who has nothing to pad with
        ignores it: the estimate then grows by media alone.
        """
        if self._feedback_at is None or now - self._feedback_at > _SILENCE_S:
            return 0
        if self._delays.trend.usage is Usage.OVERUSED:
            return 0
        return self._prober.start(
            now,
            self._rate.bps,
            self._wanted_bps,
            self.queue_s,
            self._losses.loss,
            self.history.last_number,
        )

    def reset_path(self, now: float) -> None:
        """The subscriber's address changed: half the estimate holds, all else of the old way is forgotten."""
        self._rate.limit(self._rate.bps / 2, now)
        self._rate.reset(now)
        self._reports.bps = max(self._reports.bps / 2, FLOOR_BPS)
        self._losses.reset(now)
        self._prober.reset(now)
        self._delays.reset()
        self._acked.reset()
        self._rtts.reset()
        # What was under way when the address changed is lost for another reason than a queue.
        self._ignored_up_to = self.history.last_number
        self._clock_offset_s = None
        self._silence_at = now
        self._gap_bytes = 0
        self.rtt_s = None
        self.queue_s = self.loss = 0.0
        self.acked_bps = 0
        self.estimate_bps = int(self._reports.bps if self._feedback_at is None else self._rate.bps)

    # -- inside ---------------------------------------------------------------------------------------------

    def _allowed(self, now: float) -> bool:
        """A token bucket: feedback costs time, and nobody needs it more than every few milliseconds."""
        since = max(0.0, now - self._allowed_at)
        self._allowed_at = now
        self._allowance = min(_MAX_FEEDBACK_BURST, self._allowance + since * _MAX_FEEDBACK_PER_S) - 1
        if self._allowance < 0:
            self._allowance = 0.0
            return False
        return True

    def _arrivals(self, reference: int, deltas: Sequence[int], now: float) -> list[int]:
        """The ticks of the arrivals, widened from 32 bits; a jump of that clock forgets the delays before."""
        previous = self._ticks
        if previous is not None:
            half = REFERENCE_PERIOD_TICKS // 2
            reference = previous + (reference - previous + half) % REFERENCE_PERIOD_TICKS - half
        ticks = list(accumulate(deltas, initial=reference))
        del ticks[0]
        offset_s = ticks[-1] * TICK_S - now
        if self._clock_offset_s is None or abs(offset_s - self._clock_offset_s) > _CLOCK_JUMP_S:
            self._delays.reset()
            self._acked.reset()
        self._clock_offset_s = offset_s
        self._ticks = ticks[-1]
        return ticks

    def _match(
        self, first: int, symbols: bytes, arrivals: list[int], now: float
    ) -> tuple[list[Sent], list[int], int, int]:
        """Records and ticks newly acknowledged, how many numbers are told of anew, how many of them lost."""
        history = self.history
        index = first - history.pruned - 1
        told = self._told - history.pruned
        cluster = self._prober.locate(now, history)
        probe_from, probe_to = (cluster.first, cluster.last) if cluster is not None else (1, 0)
        records: list[Sent] = []
        ticks: list[int] = []
        fresh = lost = 0
        arrival = iter(arrivals)
        for position, symbol in enumerate(symbols, index):
            tick = next(arrival) if symbol else 0
            if position < 0:
                continue
            if position >= told:
                fresh += 1
                if not symbol:
                    lost += 1
                    continue
            elif not symbol:
                continue
            record = history[position]
            if record is ACKNOWLEDGED:
                continue
            history[position] = ACKNOWLEDGED
            if position < told:
                lost -= 1
            if probe_from <= position + history.pruned + 1 <= probe_to and cluster is not None:
                cluster.arrivals.append((tick, record[0]))
                self._gap_bytes += record[0]
                continue
            records.append(record)
            ticks.append(tick)
        return records, ticks, fresh, lost

    def _acknowledge(self, records: Sequence[Sent], ticks: list[int], fresh: int, lost: int, now: float) -> None:
        rtt_s = _DEFAULT_RTT_S if self.rtt_s is None else self.rtt_s
        usage = Usage.NORMAL
        if records:
            newest = records[-1][1]
            if now >= newest:
                self.rtt_s = rtt_s = self._rtts.update(now - newest, now)
            size, usage = self._delays.add(records, ticks, now)
            self._acked.add(ticks[-1] * TICK_S, newest, size + self._gap_bytes)
            self._gap_bytes = 0
            self.queue_s = self._delays.queue_s
        rate, losses = self._rate, self._losses
        acked_bps = self._acked.bps()
        self.acked_bps = int(acked_bps)
        before = rate.bps
        # What is lost anyway takes its share of the line too.
        carried_bps = acked_bps / (1 - losses.inherent)
        if rate.update(now, usage, carried_bps, self.queue_s, rtt_s, may_grow=losses.may_grow):
            losses.congested()
            self._prober.decreased(now, much=rate.bps < 0.7 * before)
        allowed = losses.update(now, fresh, lost, rate.bps, acked_bps, rtt_s)
        if allowed < rate.bps:
            self._prober.decreased(now, much=False)
            rate.limit(allowed, now)
        elif allowed > rate.bps:
            rate.raise_to(allowed)
        self._settle_probe(now)
        self._publish()

    def _settle_probe(self, now: float) -> None:
        cluster = self._prober.locate(now, self.history)
        if cluster is None:
            return
        if self._told >= cluster.last or self._prober.expired(now, self.rtt_s or 0.0):
            proven = self._prober.finish(now, self._rate.bps, self._losses.inherent)
            if proven is not None:
                self._rate.raise_to(proven)
                self._losses.proven()

    def _listen_for_silence(self, now: float) -> None:
        """Much was sent and nothing is said of it: the line is stuck, or gone."""
        history = self.history
        index = max(0, self._told - history.pruned)
        if index >= len(history):
            self._silence_at = now
            return
        waiting_s = now - history[index][1]
        patience_s = _SILENCE_S + 2 * (self.rtt_s or 0.0)
        if waiting_s <= patience_s or now - self._silence_at <= _SILENCE_STEP_S:
            return
        self._silence_at = now
        self.queue_s = max(self.queue_s, waiting_s - (self.rtt_s or 0.0))
        self._rate.limit(self._rate.bps * _SILENCE_BACK_OFF, now)

    def _publish(self) -> None:
        self.loss = self._losses.loss
        self.estimate_bps = int(self._rate.bps)
