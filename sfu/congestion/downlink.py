"""What one subscriber's line carries now: the estimate that the allocator and the pacer go by.

Only the way from here to the subscriber counts. Transport-wide sequence numbers are given when a packet leaves
here, so a packet that the publisher's own line lost has none and cannot be mistaken for loss on this one.
"""

from __future__ import annotations

from sfu.congestion.history import SentHistory

START_BPS = 600_000
FLOOR_BPS = 10_000
CAP_BPS = 20_000_000


class Downlink:
    """The congestion state of one line. ``now`` is the clock of the history's send times, in seconds."""

    __slots__ = (
        "_remb",
        "_transport_cc",
        "acked_bps",
        "estimate_bps",
        "history",
        "loss",
        "queue_s",
        "rtt_s",
    )

    def __init__(self, now: float, *, transport_cc: bool, remb: bool, start_bps: int = START_BPS) -> None:
        self.history = SentHistory()
        self.estimate_bps = start_bps
        """What may be sent, with IP and UDP headers, in bit/s."""
        self.loss = 0.0
        """The share of packets lost on this line in the last one or two seconds."""
        self.queue_s = 0.0
        """How long packets wait in the queue before the bottleneck."""
        self.rtt_s: float | None = None
        self.acked_bps = 0
        """What arrived lately."""
        self._transport_cc = transport_cc
        self._remb = remb

    def on_transport_feedback(self, body: bytes, now: float) -> None:
        """``body`` follows the RTCP header. Raises MalformedPacket and nothing else."""
        self.history.prune(now)

    def on_report(self, fraction_lost: float, rtt_s: float | None, now: float) -> None:
        """A receiver report about our streams; ``fraction_lost`` is 0 to 1."""
        if rtt_s is not None:
            self.rtt_s = rtt_s

    def on_remb(self, bps: int, now: float) -> None:
        """The subscriber's own estimate."""

    def tick(self, now: float, sent_bps: int, wanted_bps: int) -> None:
        """About every 60 ms: what is sent now, and what all that is wished for would need."""
        self.history.prune(now)

    def probe(self, now: float) -> int:
        """Bytes of padding to send at once, in one go; mostly 0. They are a burst with numbers of their own.

        A caller that has nothing to pad with ignores it: the estimate then grows by media alone.
        """
        return 0

    def reset_path(self, now: float) -> None:
        """The subscriber's address changed: half the estimate holds, what was known of the old way is forgotten."""
        self.estimate_bps = max(FLOOR_BPS, self.estimate_bps // 2)
        self.rtt_s = None
        self.queue_s = 0.0
