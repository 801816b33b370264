"""What a participant says by RTCP, on its way to who acts on it: its line, its slots, its own streams.

None of it is believed further than it goes: a participant that asks for too much, or lies, spoils its own line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from sfu.congestion.allowance import Allowance
from sfu.forwarding.drops import DropReason, Drops
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.ntp import compact, round_trip_s, to_ntp
from sfu.rtp.rtcp import SenderReport
from sfu.rtp.rtcp_reader import lone_transport_feedback, read_rtcp

if TYPE_CHECKING:
    from sfu.congestion.downlink import Downlink
    from sfu.forwarding.incoming.ingress import Ingress
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.outgoing.egress import Egress

FIRST_RTT_S: Final = 0.1
MAX_RTT_S: Final = 10.0
NACKS_PER_S: Final = 1000
"""Packets a participant may ask for again. At 5 Mbit/s, 40 % of what it gets would have to be lost for more."""
KEYFRAME_INTERVAL_S: Final = 2.0
KEYFRAME_BURST: Final = 6
"""One participant may ask for so many keyframes at once, and for one per interval in the long run: each costs the
publisher and everybody else who watches."""


class Feedback:
    """Takes the RTCP of one participant, as `sfu.rtp.rtcp_reader.RtcpSink`.

    ``rtt_s`` is the latest round trip; ``estimating``: the participant told once how its line is.
    """

    __slots__ = (
        "_drops",
        "_egress",
        "_expected",
        "_highest",
        "_ingress",
        "_keyframes",
        "_lost",
        "_nacks",
        "_now",
        "_reported_rtt_s",
        "_wall_s",
        "_want_keyframe",
        "downlink",
        "estimating",
        "rtt_s",
    )

    def __init__(self, ingress: Ingress, egress: Egress) -> None:
        self.rtt_s = FIRST_RTT_S
        self.estimating = False
        self.downlink: Downlink | None = None
        """Of its line; None before it is connected."""
        self._ingress = ingress
        self._egress = egress
        self._nacks = Allowance(NACKS_PER_S, NACKS_PER_S)
        self._keyframes = Allowance(1 / KEYFRAME_INTERVAL_S, KEYFRAME_BURST)
        self._highest: dict[int, int] = {}
        # Of the datagram that is being read.
        self._now = 0.0
        self._wall_s = 0.0
        self._drops = Drops()
        self._want_keyframe: Callable[[Layer], None] = _nobody
        self._expected = 0
        self._lost = 0.0
        self._reported_rtt_s: float | None = None

    def handle(
        self, data: bytes, now: float, wall_s: float, drops: Drops, want_keyframe: Callable[[Layer], None]
    ) -> None:
        """Act on one decrypted compound packet. ``want_keyframe`` is called for a layer it lost the picture of."""
        self._now = now
        body = lone_transport_feedback(data)
        if body is not None:
            try:
                self.on_transport_feedback(body)
            except MalformedPacket:
                drops.count(DropReason.MALFORMED_RTCP)
            return
        self._wall_s = wall_s
        self._drops = drops
        self._want_keyframe = want_keyframe
        self._expected = 0
        self._lost = 0.0
        self._reported_rtt_s = None
        try:
            read_rtcp(data, self)
        except MalformedPacket:
            drops.count(DropReason.MALFORMED_RTCP)
        self._want_keyframe = _nobody  # it may know the participant, who would know itself by it
        if self.downlink is not None and (self._expected or self._reported_rtt_s is not None):
            loss = self._lost / self._expected if self._expected else 0.0
            self.downlink.on_report(loss, self._reported_rtt_s, now)

    # --- RtcpSink -----------------------------------------------------------------------------------

    def on_sender_report(self, ssrc: int, ntp: int, rtp_timestamp: int) -> None:
        self._ingress.sender_report(SenderReport(ssrc, ntp, rtp_timestamp, 0, 0), self._now, self._wall_s)

    def on_report_block(
        self, ssrc: int, fraction_lost: int, highest_sequence: int, last_sr: int, delay_since_last_sr: int
    ) -> None:
        slot = self._egress.by_ssrc(ssrc)
        if slot is None:
            return
        if slot.tail:
            slot.confirm()
        rtt_s = round_trip_s(compact(to_ntp(self._wall_s)), last_sr, delay_since_last_sr)
        if rtt_s is not None and rtt_s < MAX_RTT_S:
            self.rtt_s = self._reported_rtt_s = rtt_s
        # A stream counts for as much as it sent since it was last reported on.
        expected = (highest_sequence - self._highest.get(ssrc, highest_sequence)) & 0xFFFF_FFFF
        self._highest[ssrc] = highest_sequence
        if 0 < expected < 0x1_0000:
            self._expected += expected
            self._lost += expected * fraction_lost / 256

    def on_nack(self, media_ssrc: int, sequence_numbers: Iterator[int]) -> None:
        numbers = list(sequence_numbers)
        allowed = self._nacks.take(len(numbers), self._now)
        if allowed < len(numbers):
            self._drops.count(DropReason.NACK_FLOOD)
        self._egress.answer_nack(media_ssrc, islice(numbers, allowed), self.rtt_s, self._now)

    def on_picture_lost(self, media_ssrc: int) -> None:
        slot = self._egress.by_ssrc(media_ssrc)
        layer = slot.picture_lost() if slot else None
        if layer is None:
            return
        if self._keyframes.take(1, self._now):
            self._want_keyframe(layer)
        else:
            self._drops.count(DropReason.KEYFRAME_FLOOD)

    def on_remb(self, bitrate_bps: int) -> None:
        if self.downlink is not None:
            self.estimating = True
            self.downlink.on_remb(bitrate_bps, self._now)

    def on_transport_feedback(self, body: bytes) -> None:
        if self.downlink is not None:
            self.downlink.on_transport_feedback(body, self._now)
            self.estimating = True


def _nobody(_: Layer) -> None:
    """Before the first datagram there is nobody to ask."""
