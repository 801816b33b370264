"""What one subscriber's line carries now: the estimate that the allocator and the pacer go by.

Only the way from here to the subscriber counts. Transport-wide sequence numbers are given when a packet leaves
here, so a packet that the publisher's own line lost has none and cannot be mistaken for loss on this one.
Feedback that lies can only mislead the estimate of the line it came on.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Final

from sfu.congestion.acknowledgements import Acknowledgements, Kept, Told
from sfu.congestion.allowance import Allowance
from sfu.congestion.delays import DelayMeter
from sfu.congestion.feedback import TICK_S
from sfu.congestion.fullness import Fullness
from sfu.congestion.history import SentHistory
from sfu.congestion.loss import LossControl
from sfu.congestion.plateau import Plateau
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
_MAX_RTT_S = 10.0
_MAX_FEEDBACK_PER_S, _MAX_FEEDBACK_BURST = 200.0, 200.0
_SILENCE_S = 1.0
_SILENCE_STEP_S = 0.5
_SILENCE_BACK_OFF = 0.8
_RESUMED = 0.5
"""Of the estimate from before a silence, or from before a new path, holds after it."""
_RESUME_WITHIN_S = 5.0
_RESUME_QUEUE_S = 0.050
_MUCH_LESS = 0.7
_CALM_S = 0.25
_LEARN_S = 0.5  # how often a calm line is learnt from
_UNLIKE_S = 0.05  # so much less than the least delay so far is no calm
_UNTOLD_S = 1.0
_BYTES: Final = itemgetter(0)


class Downlink:
    """The congestion state of one line. ``now`` is the clock of the history's send times, in seconds."""

    __slots__ = (
        "_acked",
        "_acknowledgements",
        "_allowance",
        "_before_silence",
        "_began",
        "_calm",
        "_delays",
        "_feedback_at",
        "_fullness",
        "_learn_at",
        "_losses",
        "_other_bytes",
        "_path_at",
        "_plateau",
        "_prober",
        "_rate",
        "_remb",
        "_reports",
        "_resumed_at",
        "_rtts",
        "_silence_at",
        "_start_bps",
        "_transport_cc",
        "_wanted_bps",
        "acked_bps",
        "estimate_bps",
        "history",
        "loss",
        "queue_s",
        "refused",
        "renewals",
        "rtt_s",
        "silent_s",
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
        """Feedback that told of packets never sent or long forgotten, or came too often."""
        self.silent_s = 0.0
        """How long nothing was told of all that was sent, 0 while something is: the path may be dead for now."""
        self.renewals = 0
        """How often the line came back, or took another path: what was weak before may not be so now."""
        self._start_bps = self.estimate_bps
        self._began = self._path_at = now
        self._plateau = Plateau()
        self._fullness = Fullness()
        self._before_silence: float | None = None
        self._resumed_at: float | None = None
        self._transport_cc = transport_cc
        self._remb = remb
        self._acknowledgements = Acknowledgements(self.history)
        self._rate = RateControl(self.estimate_bps, FLOOR_BPS, CAP_BPS, now)
        self._reports = ReportControl(self.estimate_bps, FLOOR_BPS, CAP_BPS, now)
        self._losses = LossControl(now)
        self._prober = Prober()
        self._delays = DelayMeter()
        self._acked = AckedRate(_RATE_WINDOW_S)
        self._rtts = WindowedMin(_RTT_WINDOW_S)
        self._other_bytes = 0
        self._feedback_at: float | None = None
        self._silence_at = now
        self._allowance = Allowance(_MAX_FEEDBACK_PER_S, _MAX_FEEDBACK_BURST)
        self._wanted_bps = 0
        self._calm = False
        """All that is wanted fits and nothing waits: feedback that says no more can be kept for later."""
        self._learn_at = now

    # -- what the subscriber tells --------------------------------------------------------------------------

    def on_transport_feedback(self, body: bytes, now: float) -> None:
        """``body`` follows the RTCP header. Raises MalformedPacket and nothing else."""
        if not self._transport_cc or not self._allowance.take(1, now):
            self.refused += 1
            return
        if self._calm:
            least_s = self._delays.least_s
            if self._acknowledgements.keep(body, least_s - _UNLIKE_S, self._delays.quiet_below_s):
                self._feedback_at = self._silence_at = now
                if now >= self._learn_at:
                    self._learn_kept(now)
                return
            self._wake(now)
        told = self._acknowledgements.take(body, now, self._prober.locate(now, self.history))
        if told is None:
            self.refused += 1
            return
        self._feedback_at = self._silence_at = now
        if self.silent_s:
            # What was lost in between was lost because the path was dead, not because it was full.
            self.silent_s = 0.0
            self._resumed_at = now
            self._acknowledgements.ignore_what_is_under_way()
            self._losses.reset(now)
            self._acked.reset()
            return
        if self._resumed_at is None:
            self._before_silence = None
        if self._acknowledgements.clock_jumped:
            self._delays.reset()
            self._acked.reset()
        self._learn(told, now)

    def on_report(self, fraction_lost: float, rtt_s: float | None, now: float) -> None:
        """A receiver report about our streams; ``fraction_lost`` is 0 to 1.

        Its loss only counts for who sends no transport-wide feedback: it may hold what the publisher's line lost.
        """
        if rtt_s is not None:
            rtt_s = min(max(rtt_s, 0.0), _MAX_RTT_S)
            self.rtt_s = self._rtts.update(rtt_s, now)
        self._reports.report(fraction_lost, rtt_s, self.rtt_s, now)
        if self._feedback_at is None:
            self.loss = self._reports.loss
            self.queue_s = self._reports.queue_s

    def on_remb(self, bps: int, now: float) -> None:
        """The subscriber's own estimate. Only counts for who sends no transport-wide feedback."""
        if self._remb:
            self._reports.remb(bps, now)

    # -- what the session does ------------------------------------------------------------------------------

    def tick(self, now: float, sent_bps: int, wanted_bps: int) -> None:
        """About every 60 ms: what is sent now, and what all that is wished for would need, in bit/s."""
        self._wanted_bps = wanted_bps
        if self._calm and wanted_bps > self.estimate_bps:
            self._wake(now)
        self.history.prune(now)
        if self._feedback_at is None:
            self._reports.tick(now, sent_bps)
            self.estimate_bps = int(self._reports.bps)
            self._rate.bps = self._reports.bps
            return
        self._listen_for_silence(now)
        self._settle_probe(now)
        self.estimate_bps = int(self._rate.bps)

    def is_calm(self, now: float) -> bool:
        """Whether feedback comes, and nothing else has to be waited for: `tick` would change nothing for now."""
        return self._prober.cluster is None and self._feedback_at is not None and now - self._feedback_at < _CALM_S

    def probe(self, now: float) -> int:
        """Bytes of padding to send at once, in one go; mostly 0.

        They are numbered as all else, and nothing is sent between the call and them. Who has nothing to pad with
        ignores it: the estimate then grows by media alone.
        """
        if self._feedback_at is None or now - self._feedback_at > _SILENCE_S:
            return 0
        if self._delays.trend.usage is Usage.OVERUSED:
            return 0
        return self._prober.start(
            now, self._rate.bps, self._wanted_bps, self.queue_s, self._losses.loss, self.history.last_number
        )

    def carries_bps(self, now: float) -> int:
        """What the line carries for all that is known: more than the estimate while that makes room for a queue to
        drain."""
        return max(self.estimate_bps, self._fullness.bps(now))

    @property
    def capacity_bps(self) -> float | None:
        """Where the line was full lately; None where that is not known."""
        return self._rate.capacity_bps

    def untold(self, now: float) -> bool:
        """Whether this line is new, and nothing that was told of it yet speaks against more than it began with."""
        return now - self._began < _UNTOLD_S and self._rate.bps >= self._start_bps

    def reset_path(self, now: float) -> None:
        """The subscriber's address changed: half the estimate holds, all else of the old way is forgotten."""
        self._wake(now)
        before = self._rate.bps if self._before_silence is None else self._before_silence
        self._rate.bps = max(before * _RESUMED, min(before, self._start_bps))
        self._rate.reset(now)
        self._path_at = now
        self._before_silence = self._resumed_at = None
        self.silent_s = 0.0
        self.renewals += 1
        self._reports.bps = max(self._reports.bps / 2, FLOOR_BPS)
        self._losses.reset(now)
        self._prober.reset(now)
        self._delays.reset()
        self._plateau.reset()
        self._fullness.reset()
        self._acked.reset()
        self._rtts.reset()
        self._acknowledgements.ignore_what_is_under_way()
        self._silence_at = now
        self._other_bytes = 0
        self.rtt_s = None
        self.queue_s = self.loss = 0.0
        self.acked_bps = 0
        self.estimate_bps = int(self._reports.bps if self._feedback_at is None else self._rate.bps)

    # -- inside ---------------------------------------------------------------------------------------------

    def _wake(self, now: float) -> None:
        """Look at all feedback from now on; first at what was kept."""
        self._learn_kept(now)
        self._calm = False

    def _learn_kept(self, now: float) -> None:
        kept = self._acknowledgements.take_kept(now)
        self._learn_at = now + _LEARN_S
        if kept is not None:
            self._learn(kept.told, now, kept)

    def _learn(self, told: Told, now: float, kept: Kept | None = None) -> None:
        """``kept``: where it is known that nothing waited."""
        fresh, lost = told.fresh, told.lost
        if told.other_bytes:
            self._other_bytes += told.other_bytes
            self._fullness.interrupt()
        usage = self._measure(told, now, kept) if told.records else Usage.NORMAL
        rtt_s = _DEFAULT_RTT_S if self.rtt_s is None else self.rtt_s
        rate, losses, prober = self._rate, self._losses, self._prober
        acked_bps = self._acked.bps()
        self.acked_bps = int(acked_bps)
        if self._plateau.reached(now, self.queue_s, fresh, lost, acked_bps, rate.capacity_bps):
            self._delays.rebase()
            self.queue_s = 0.0
            usage = Usage.NORMAL
        if self._fullness.note(now, self.queue_s, self.acked_bps):
            rate.carries_no_more(acked_bps)
        if usage is Usage.OVERUSED and prober.disturbs(now):
            usage = Usage.NORMAL
        before = rate.bps
        # What is lost anyway takes its share of the line too.
        carried_bps = acked_bps / (1 - losses.inherent)
        if self._acked.stalled:
            if usage is Usage.OVERUSED:
                losses.congested()
        elif rate.update(now, usage, carried_bps, self.queue_s, rtt_s, may_grow=losses.may_grow):
            losses.congested()
            prober.decreased(now, before, much=rate.bps < _MUCH_LESS * before)
        if rate.draining:
            losses.congested()  # a queue that overflowed tells nothing of a line that drops before a delay shows
        allowed = losses.update(now, fresh, lost, rate.bps, acked_bps, rtt_s)
        self._heed_loss(now, allowed, carried_bps)
        self._settle_probe(now)
        if self._resumed_at is not None:
            self._resume(now)
        self.loss = losses.loss
        self.estimate_bps = int(rate.bps)
        self._calm = (
            usage is Usage.NORMAL
            and self._resumed_at is None
            and prober.cluster is None
            and self._wanted_bps <= self.estimate_bps
            and self._delays.is_quiet
        )

    def _measure(self, told: Told, now: float, kept: Kept | None) -> Usage:
        """Round trip, queue and rate by what arrived; what its delay says of the line."""
        records, ticks = told.records, told.ticks
        newest = records[-1][1]
        if now >= newest:
            self.rtt_s = self._rtts.update(now - newest, now)
        if kept is None:
            size, usage = self._delays.add(records, ticks, now)
            self._acked.add(ticks[-1] * TICK_S, newest, size + self._other_bytes)
        else:
            usage = Usage.NORMAL
            self._delays.pass_by(records, ticks, kept.least_s, now)
            end = 0
            for count in kept.counts:
                start, end = end, end + count
                size = sum(map(_BYTES, records[start:end])) + self._other_bytes
                self._acked.add(ticks[end - 1] * TICK_S, records[end - 1][1], size)
                self._other_bytes = 0
        self._other_bytes = 0
        self.queue_s = self._delays.queue_s
        return usage

    def _heed_loss(self, now: float, allowed_bps: float, carried_bps: float) -> None:
        rate = self._rate
        if allowed_bps < rate.bps:
            self._prober.decreased(now, rate.bps, much=False)
            rate.limit(allowed_bps, now)
            if not rate.draining:
                rate.full_at(carried_bps)
        elif allowed_bps > rate.bps:
            rate.raise_to(allowed_bps)

    def _settle_probe(self, now: float) -> None:
        prober = self._prober
        if prober.cluster is None:
            return
        cluster = prober.locate(now, self.history)
        if cluster is None:
            return
        if self._acknowledgements.highest >= cluster.last or prober.expired(now, self.rtt_s or 0.0):
            proven = prober.finish(now, self._rate.bps, self._losses.inherent, self._delays.least_s)
            self._delays.disturbed()
            if proven is not None:
                self._rate.raise_to(proven)
                self._losses.proven()

    def _listen_for_silence(self, now: float) -> None:
        """Much was sent and nothing is said of it: the line is stuck, or gone."""
        history = self.history
        index = max(0, self._acknowledgements.highest - history.pruned)
        if index >= len(history):
            self._silence_at = now
            self.silent_s = 0.0
            return
        assert self._feedback_at is not None
        silent_s = now - max(self._feedback_at, self._path_at)
        waiting_s = now - max(history[index][1], self._path_at)
        patience_s = _SILENCE_S + 2 * (self.rtt_s or 0.0)
        if waiting_s <= patience_s or now - self._silence_at <= _SILENCE_STEP_S:
            return
        if self._before_silence is None:
            self._before_silence = self._rate.bps
        if silent_s > patience_s:
            self.silent_s = silent_s
        self._silence_at = now
        self._wake(now)
        self.queue_s = max(self.queue_s, waiting_s - (self.rtt_s or 0.0))
        self._rate.limit(self._rate.bps * _SILENCE_BACK_OFF, now)

    def _resume(self, now: float) -> None:
        """The path was dead and is not any more: go on as before, once nothing waits on it."""
        assert self._resumed_at is not None
        if self._delays.queue_s <= _RESUME_QUEUE_S and self._acked.bps() > 0:
            self._rate.raise_to((self._before_silence or 0.0) * _RESUMED)
            self._prober.reset(now)
            self.renewals += 1
        elif now - self._resumed_at <= _RESUME_WITHIN_S:
            return
        self._before_silence = self._resumed_at = None
