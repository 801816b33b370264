"""A participant of a session in the media plane: what it sends, what it receives, and its RTCP."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from sfu.congestion.downlink import CAP_BPS, START_BPS, Downlink
from sfu.forwarding.drops import Drops
from sfu.forwarding.feedback import Feedback
from sfu.forwarding.incoming.ingress import Ingress
from sfu.forwarding.incoming.sender_clock import SenderClock
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.egress import Egress
from sfu.forwarding.outgoing.line import Line, Outbound
from sfu.messages import Reception, Source
from sfu.rtp.rtcp import ReceiverReport, ReportBlock, SourceDescription

if TYPE_CHECKING:
    from random import Random

    from sfu.description import MediaLine, SlotStreams
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.incoming.track import Track

RATE_WINDOW_S = 0.3
"""Over which what is sent is measured."""
REPORT_INTERVAL_S = 1.0
CALM_S = 0.240
"""How often a line that carries all that is wanted is looked at; its feedback changes the estimate at once."""
FIRST_FEEDBACK_S = 1.5
"""Until then a line is taken for a weak one. Who promised feedback and gave none by then is held up no more."""


class Participant:
    """One participant. It is connected once `connect` gave it a way out."""

    __slots__ = (
        "_calm_bps",
        "_calm_until",
        "_cname",
        "_measured",
        "_measured_at",
        "_next_report",
        "_sent_bps",
        "_unpaced_from",
        "egress",
        "feedback",
        "heard_at",
        "id",
        "ingress",
        "joined",
        "lead",
        "line",
        "mid_extension",
        "publishing",
        "reception",
        "remb",
        "send_rtcp",
        "ssrc",
        "transport_cc",
        "wanted_bps",
    )

    def __init__(
        self,
        participant_id: str,
        *,
        lead: bool,
        reception: Reception,
        lines: Iterable[MediaLine],
        sources: Mapping[str, Source],
        streams: Mapping[str, SlotStreams],
        random: Random,
    ) -> None:
        """``lines``: the accepted lines of the offer; ``streams``: ours, by mid of the receiving lines."""
        lines = list(lines)
        self.id = participant_id
        self.lead = lead
        self.joined = 0.0
        self.heard_at = 0.0
        """When its last report came."""
        self.reception = reception
        self.publishing: frozenset[Source] = frozenset()
        self.ssrc = random.getrandbits(32) or 1
        self._cname = f"{random.getrandbits(64):016x}"
        self.mid_extension = next((line.extensions.mid for line in lines if line.extensions.mid), 0)
        receiving = [line for line in lines if not line.sends]
        self.remb = any(codec.remb for line in receiving for codec in line.codecs)
        self.transport_cc = next(
            (
                line.extensions.transport_sequence_number
                for line in receiving
                if line.extensions.transport_sequence_number and any(codec.transport_cc for codec in line.codecs)
            ),
            0,
        )
        self.ingress = Ingress(participant_id, (line for line in lines if line.sends), sources, self.ssrc)
        self.egress = Egress([(line, streams[line.mid]) for line in receiving], random)
        self.line: Line | None = None
        """The way out; None before the participant is connected."""
        self.send_rtcp: Callable[[bytes], None] = _nowhere
        self.feedback = Feedback(self.ingress, self.egress)
        self.wanted_bps = 0
        """What all that it should get would need; the line is probed for that much."""
        self._sent_bps = 0
        self._measured = 0
        self._measured_at = 0.0
        self._next_report = 0.0
        self._calm_until = 0.0
        self._calm_bps = 0
        self._unpaced_from = math.inf

    def connect(
        self,
        outbound: Outbound,
        send_rtcp: Callable[[bytes], None],
        first_report: float,
        departures: Departures,
        now: float,
        start_bps: int = START_BPS,
    ) -> None:
        downlink = Downlink(now, transport_cc=self.transport_cc > 0, remb=self.remb, start_bps=start_bps)
        self.line = Line(outbound, self.transport_cc, downlink, departures)
        if self.transport_cc:
            self.line.pacer.set_rate(downlink.estimate_bps, now)
            self._unpaced_from = now + FIRST_FEEDBACK_S
        self.feedback.downlink = downlink
        self._measured_at = now
        self.send_rtcp = send_rtcp
        self._next_report = first_report
        self.egress.bind(self.line, self.mid_extension)

    @property
    def tracks(self) -> Mapping[Source, Track]:
        """What it can send."""
        return self.ingress.tracks

    @property
    def clock(self) -> SenderClock:
        return self.ingress.clock

    def set_publishing(self, sources: frozenset[Source]) -> None:
        """Forward these sources and no other."""
        self.publishing = sources & self.ingress.tracks.keys()
        for source, track in self.ingress.tracks.items():
            track.on = source in self.publishing
            if not track.on:
                track.stop()

    def handle_rtcp(
        self, data: bytes, now: float, wall_s: float, drops: Drops, want_keyframe: Callable[[Layer], None]
    ) -> None:
        """Act on one decrypted compound packet. ``want_keyframe`` is called for a layer it lost the picture of."""
        self.feedback.handle(data, now, wall_s, drops, want_keyframe)

    @property
    def rtt_s(self) -> float:
        return self.feedback.rtt_s

    def is_calm(self, now: float) -> bool:
        """Whether the line was found to carry all that is wanted a moment ago, and no less has come of it."""
        if now >= self._calm_until or self.wanted_bps > self._calm_bps:
            return False
        line = self.line
        return line is not None and line.downlink.estimate_bps >= self._calm_bps and not line.pacer.queued

    def tick(self, now: float) -> None:
        """Every 60 ms or so, unless it is calm: bring up to date the estimate, and pacing and probing by it."""
        line = self.line
        if line is None:
            return
        downlink = line.downlink
        if now - self._measured_at >= RATE_WINDOW_S:
            self._sent_bps = int((line.pacer.sent - self._measured) * 8 / (now - self._measured_at))
            self._measured, self._measured_at = line.pacer.sent, now
        downlink.tick(now, self._sent_bps, self.wanted_bps)
        if not self.feedback.estimating:
            if now >= self._unpaced_from:
                line.pacer.set_rate(CAP_BPS, now)
            return
        line.pacer.set_rate(downlink.estimate_bps, now, downlink.queue_s, downlink.capacity_bps)
        if line.pacer.queued:
            return  # media tells what the line carries
        if self.wanted_bps <= downlink.estimate_bps:
            if downlink.is_calm(now):
                self._calm_until = now + CALM_S
                self._calm_bps = downlink.estimate_bps
            return  # it is enough
        padding = downlink.probe(now)
        if padding:
            self.egress.pad(padding, now)

    def send_reports(self, clocks: Mapping[str, SenderClock], now: float, wall_s: float) -> None:
        """Sender and receiver reports that are due, as one compound packet (RFC 3550 section 6.1)."""
        due = now >= self._next_report
        if not due and not self.egress.reports_due(now):
            return
        senders = self.egress.sender_reports(clocks, now, wall_s)
        if not senders and not due:
            return
        blocks: tuple[ReportBlock, ...] = ()
        if due:
            self._next_report = now + REPORT_INTERVAL_S
            blocks = self.ingress.report_blocks(now)
        if not senders and not blocks:
            return
        parts = [report.pack() for report in senders]
        if blocks or not parts:
            parts.append(ReceiverReport(self.ssrc, blocks).pack())
        names = [report.ssrc for report in senders] or [self.ssrc]
        parts.extend(SourceDescription(ssrc, self._cname).pack() for ssrc in names)
        self.send_rtcp(b"".join(parts))

    def close(self) -> None:
        """Say goodbye and let go of every track and slot."""
        if self.line is not None:
            self.send_rtcp(ReceiverReport(self.ssrc, ()).pack() + self.egress.goodbye())
        self.egress.clear()
        if self.line is not None:
            self.line.close()
        for track in self.ingress.tracks.values():
            track.close()
        self.send_rtcp = _nowhere


def _nowhere(_: bytes) -> None:
    """RTCP of a participant that is not connected goes nowhere."""
