"""The reception statistics of one incoming RTP stream (RFC 3550 sections 6.4.1, A.1, A.3 and A.8)."""

from __future__ import annotations

from dataclasses import dataclass

from sfu.rtp.ntp import compact, compact_delay
from sfu.rtp.rtcp import ReportBlock, SenderReport
from sfu.rtp.serial import seq_delta, ts_delta

_MAX_DROPOUT = 3000
# RFC 3550 suggests 100. Retransmissions come later than that on a fast stream, and several in a row must not
# pass for a restarted sender.
_MAX_MISORDER = 1000
_MAX_TRANSIT_STEP_S = 5


@dataclass(frozen=True, slots=True)
class LastSenderReport:
    """The pair of clocks from a sender report (64-bit NTP time, RTP timestamp), and when it came."""

    ntp: int
    rtp_timestamp: int
    arrival: float


class ReceiveStream:
    """Counts what arrives on one SSRC.

    ``packets`` and ``bytes`` (of payload) count everything, duplicates included; ``last_sr`` serves lip sync.
    """

    __slots__ = (
        "_base",
        "_expected_before",
        "_highest",
        "_jitter",
        "_last_arrival",
        "_last_timestamp",
        "_received",
        "_received_before",
        "_restart",
        "bytes",
        "clock_rate",
        "last_sr",
        "packets",
        "ssrc",
    )

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.packets = 0
        self.bytes = 0
        self.last_sr: LastSenderReport | None = None
        self.clock_rate = clock_rate
        self._highest = -1
        self._restart = -1
        self._jitter = 0.0
        self._last_arrival = 0.0
        self._last_timestamp = 0
        self._start_counting(0)

    @property
    def jitter(self) -> int:
        """Interarrival jitter in timestamp units."""
        return int(self._jitter)

    def received(self, sequence_number: int, timestamp: int, payload_bytes: int, now: float) -> int:
        """Count a packet; returns its extended sequence number, which starts at 65536 + ``sequence_number``.

        A sender that restarted elsewhere continues at the next number above the highest that fits its own, so
        extended numbers are never used twice. A step back counts as a restart when two packets in a row show it,
        until then its packets count as very late.
        """
        self.packets += 1
        self.bytes += payload_bytes
        self._received += 1
        highest = self._highest
        if highest < 0:
            extended = 0x1_0000 + sequence_number
            self._start_counting(extended)
            self._advance(extended, timestamp, now, continues=False)
            return extended
        ahead = (sequence_number - highest) & 0xFFFF
        if ahead < _MAX_DROPOUT:
            extended = highest + ahead
            if ahead:
                self._advance(extended, timestamp, now, continues=True)
        elif ahead < 0x8000 or (ahead <= 0x1_0000 - _MAX_MISORDER and sequence_number == self._restart):
            extended = highest + ahead
            self._start_counting(extended)
            self._advance(extended, timestamp, now, continues=False)
        else:
            extended = highest + ahead - 0x1_0000
            if ahead <= 0x1_0000 - _MAX_MISORDER:
                self._restart = (sequence_number + 1) & 0xFFFF
        return extended

    def missing_before(self, sequence_number: int) -> int:
        """How many packets would be missing between the highest and this one; 0 for one that is late."""
        ahead = seq_delta(sequence_number, self._highest & 0xFFFF)
        return max(0, ahead - 1) if self._highest >= 0 else 0

    def extend(self, sequence_number: int) -> int:
        """The extended number of a packet that came by retransmission: the nearest to the highest, not counted."""
        return self._highest + seq_delta(sequence_number, self._highest & 0xFFFF)

    def _start_counting(self, base: int) -> None:
        self._base = base
        self._received = 1
        self._received_before = 0
        self._expected_before = 0

    def _advance(self, extended: int, timestamp: int, now: float, *, continues: bool) -> None:
        """Take a new highest number. Jitter is measured between frames: the packets of one share a timestamp."""
        self._highest = extended
        self._restart = -1
        if continues:
            if timestamp == self._last_timestamp:
                return
            elapsed = (now - self._last_arrival) * self.clock_rate
            step = abs(elapsed - ts_delta(timestamp, self._last_timestamp))
            if step < _MAX_TRANSIT_STEP_S * self.clock_rate:  # else the sender's clock was set anew
                self._jitter += (step - self._jitter) / 16
        self._last_arrival = now
        self._last_timestamp = timestamp

    def sender_report(self, report: SenderReport, now: float) -> None:
        self.last_sr = LastSenderReport(report.ntp, report.rtp_timestamp, now)

    def counted(self) -> tuple[int, int]:
        """How many packets were expected since the sender began, and how many came."""
        return (self._highest - self._base + 1, self._received) if self._highest >= 0 else (0, 0)

    def report_block(self, now: float) -> ReportBlock:
        """The block for the next report; the fraction lost is that since the last call."""
        highest, fraction, lost = 0, 0, 0
        if self._highest >= 0:
            highest = (self._highest - 0x1_0000) & 0xFFFF_FFFF
            expected = self._highest - self._base + 1
            lost = expected - self._received
            newly_expected = expected - self._expected_before
            newly_lost = newly_expected - (self._received - self._received_before)
            if newly_expected > 0 and newly_lost > 0:
                fraction = min((newly_lost << 8) // newly_expected, 255)
            self._expected_before = expected
            self._received_before = self._received
        last_sr = self.last_sr
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            packets_lost=max(-0x80_0000, min(lost, 0x7F_FFFF)),
            highest_sequence=highest,
            jitter=min(int(self._jitter), 0xFFFF_FFFF),
            last_sr=compact(last_sr.ntp) if last_sr else 0,
            delay_since_last_sr=compact_delay(now - last_sr.arrival) if last_sr else 0,
        )
