"""What a participant sends: from a decrypted packet to the layer it belongs to, and the reports it gets back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.incoming.demultiplexer import Demultiplexer
from sfu.forwarding.incoming.flood import FloodGuard
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.sender_clock import SenderClock
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.media_packet import MediaPacket
from sfu.messages import Kind, Source
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.packet import ExtensionIds, RtpPacket, parse_rtp
from sfu.rtp.red import parse_red
from sfu.rtp.remb import ReceiveSideEstimator
from sfu.rtp.rtcp import Nack, PictureLossIndication, Remb, ReportBlock, SenderReport
from sfu.rtp.rtx import unwrap_rtx
from sfu.rtp.transport_cc import TransportFeedbackBuilder

if TYPE_CHECKING:
    from sfu.description import Codec, MediaLine

MAX_PUBLISHER_BPS = 5_000_000
REMB_INTERVAL_S = 0.5
_NONE: list[tuple[Layer, MediaPacket]] = []
MAX_PAYLOAD = 1460
"""Larger payloads cannot be forwarded with our headers and tags in one datagram."""


class Ingress:
    """The incoming streams of one participant. Public: ``tracks`` by source, packet and byte counters."""

    __slots__ = (
        "_codecs",
        "_demultiplexer",
        "_extensions",
        "_feedback",
        "_guard",
        "_next_remb",
        "_recovered",
        "_red",
        "_remb",
        "_repair",
        "_ssrc",
        "bytes",
        "clock",
        "packets",
        "tracks",
    )

    def __init__(
        self, participant_id: str, lines: Iterable[MediaLine], sources: Mapping[str, Source], ssrc: int
    ) -> None:
        """``lines``: those the participant sends on; ``ssrc``: ours, in the RTCP we send."""
        self._ssrc = ssrc
        self._demultiplexer = Demultiplexer()
        self._codecs: dict[int, Codec] = {}
        self._repair: dict[int, Codec] = {}
        self.tracks: dict[Source, Track] = {}
        self._extensions = ExtensionIds()
        self._guard = FloodGuard()
        self.clock = SenderClock()
        self._red: set[int] = set()
        self._recovered: list[tuple[Layer, MediaPacket]] = []
        self._next_remb = 0.0
        self.packets = 0
        self.bytes = 0
        feedback = remb = False
        for line in lines:
            source = sources[line.mid]
            track = self.tracks[source] = Track(participant_id, source, line.rids)
            self._demultiplexer.add(line.mid, track, (line.ssrc, line.rtx_ssrc))
            for codec in line.codecs:
                self._codecs[codec.payload_type] = codec
                if codec.rtx_payload_type is not None:
                    self._repair[codec.rtx_payload_type] = codec
                feedback = feedback or codec.transport_cc
                remb = remb or codec.remb
            if line.red_payload_type is not None and line.codecs:
                self._codecs[line.red_payload_type] = line.codecs[0]
                self._red.add(line.red_payload_type)
            self._extensions = _merge(self._extensions, line.extensions)
        self._feedback = TransportFeedbackBuilder() if feedback else None
        self._remb = ReceiveSideEstimator(MAX_PUBLISHER_BPS) if remb and not feedback else None

    def layers(self) -> Iterator[Layer]:
        """Every layer of every track."""
        return (layer for track in self.tracks.values() for layer in track.layers)

    # --- packets in ---------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float, drops: Drops) -> tuple[Layer, MediaPacket, RtpPacket] | None:
        """Parse, route and number one RTP packet. None when it was dropped (and counted)."""
        self.packets += 1
        self.bytes += len(data)
        rtp = self._parse(data, now, drops)
        if rtp is None:
            return None
        codec = self._codecs.get(rtp.payload_type)
        layer = self._demultiplexer.layers.get(rtp.ssrc)
        if layer is None:
            layer = self._demultiplexer.learn(rtp, None if codec is None else _kind(codec))
            if layer is None:
                drops.count(DropReason.UNKNOWN_STREAM)
                return None
        repaired = codec is None
        if codec is None:
            codec = self._unwrap(rtp, layer, drops)
            if codec is None:
                return None
        if _kind(codec) != layer.kind:
            drops.count(DropReason.UNKNOWN_PAYLOAD_TYPE)
            return None
        if not layer.track.on:
            drops.count(DropReason.NOT_PUBLISHING)
            return None
        if rtp.payload_type in self._red and not self._unwrap_red(rtp, layer, codec, now):
            drops.count(DropReason.MALFORMED_PAYLOAD)
            return None
        packet = layer.receive(rtp, codec, now, repaired)
        if isinstance(packet, DropReason):
            drops.count(packet)
            return None
        if self._remb is not None:
            self._remb.received(now, rtp.abs_send_time, len(rtp.payload), rtp.ssrc)
        return layer, packet, rtp

    def _parse(self, data: bytes, now: float, drops: Drops) -> RtpPacket | None:
        if not self._guard.admit(len(data), now):
            drops.count(DropReason.FLOOD)
            return None
        try:
            rtp = parse_rtp(data, self._extensions)
        except MalformedPacket:
            drops.count(DropReason.MALFORMED_RTP)
            return None
        if self._feedback is not None and rtp.transport_sequence_number is not None:
            self._feedback.received(rtp.transport_sequence_number, now)
        if len(rtp.payload) > MAX_PAYLOAD:
            drops.count(DropReason.OVERSIZED)
            return None
        return rtp

    def _unwrap(self, rtp: RtpPacket, layer: Layer, drops: Drops) -> Codec | None:
        """Make a retransmission the packet it repeats (RFC 4588). None when it is none or repeats nothing."""
        codec = self._repair.get(rtp.payload_type)
        if codec is None:
            drops.count(DropReason.UNKNOWN_PAYLOAD_TYPE)
            return None
        if layer.ssrc is None or rtp.padding_only or not rtp.payload:
            return None  # padding that probes for bandwidth
        try:
            rtp.sequence_number, rtp.payload = unwrap_rtx(rtp.payload)
        except MalformedPacket:
            drops.count(DropReason.MALFORMED_RTP)
            return None
        rtp.ssrc = layer.ssrc
        return codec

    def _unwrap_red(self, rtp: RtpPacket, layer: Layer, codec: Codec, now: float) -> bool:
        """Make redundant audio (RFC 2198) the plain packet that it is, and take in lost ones that it repeats."""
        if rtp.padding_only:
            return True
        try:
            red = parse_red(rtp.payload)
        except MalformedPacket:
            return False
        rtp.payload = red.primary
        missing = layer.stream.missing_before(rtp.sequence_number) if layer.stream is not None else 0
        for back in range(min(missing, len(red.redundant)), 0, -1):
            block = red.redundant[-back]
            lost = RtpPacket(
                rtp.payload_type,
                False,
                (rtp.sequence_number - back) & 0xFFFF,
                (rtp.timestamp - block.timestamp_offset) & 0xFFFFFFFF,
                rtp.ssrc,
                block.payload,
            )
            packet = layer.receive(lost, codec, now, repaired=True)
            if isinstance(packet, MediaPacket):
                self._recovered.append((layer, packet))
        return True

    def take_recovered(self) -> list[tuple[Layer, MediaPacket]]:
        """Lost packets that the last one brought along, in order; they come before it."""
        if not self._recovered:
            return _NONE
        recovered, self._recovered = self._recovered, []
        return recovered

    def sender_report(self, report: SenderReport, now: float, wall_s: float) -> None:
        for layer in self.layers():
            if layer.stream is not None and layer.ssrc == report.ssrc:
                layer.stream.sender_report(report, now)
                self.clock.report(report.ntp, wall_s)

    # --- RTCP back ----------------------------------------------------------------------------------

    def repairs(self, now: float, rtt_s: float) -> list[bytes]:
        """NACKs and keyframe requests that are due now."""
        out: list[bytes] = []
        for layer in self.layers():
            if layer.ssrc is None or not layer.track.on:
                continue
            if layer.lossy:
                missing = layer.nack.due(now, rtt_s)
                if missing:
                    numbers = tuple(sorted({sequence & 0xFFFF for sequence in missing}))
                    out.append(Nack(self._ssrc, layer.ssrc, numbers).pack())
                if layer.nack.overflowed:
                    layer.nack.overflowed = False
                    layer.keyframes.request(now)
            if layer.kind == "video" and layer.keyframes.due(now):
                out.append(self._picture_loss(layer.ssrc))
        return out

    def request_keyframe(self, layer: Layer, now: float) -> bytes | None:
        """The PLI to send now, or None when one is under way or will be sent when due."""
        if layer.ssrc is None or not layer.keyframes.request(now):
            return None
        return self._picture_loss(layer.ssrc)

    def _picture_loss(self, ssrc: int) -> bytes:
        return PictureLossIndication(self._ssrc, ssrc).pack()

    def feedback(self, now: float) -> list[bytes]:
        """Transport-wide feedback, or REMB where the publisher has no such thing."""
        media_ssrc = next((layer.ssrc for layer in self.layers() if layer.ssrc is not None), None)
        if media_ssrc is None:
            return []
        if self._feedback is not None:
            return self._feedback.build(self._ssrc, media_ssrc) if self._feedback.pending() else []
        if self._remb is not None and now >= self._next_remb:
            self._next_remb = now + REMB_INTERVAL_S
            estimate = self._remb.estimate(now)
            if estimate is not None:
                return [Remb(self._ssrc, estimate, self._remb.ssrcs(now)).pack()]
        return []

    def has_b_frames(self, now: float) -> bool:
        """Whether it sends pictures in another order than they are shown in."""
        return any(layer.order.is_reordered(now) for layer in self.layers())

    def counted(self) -> tuple[int, int]:
        """How many packets of all layers were expected, and how many came before any repair."""
        counts = [layer.stream.counted() for layer in self.layers() if layer.stream is not None]
        return sum(expected for expected, _ in counts), sum(received for _, received in counts)

    def report_blocks(self, now: float) -> tuple[ReportBlock, ...]:
        blocks = tuple(
            layer.stream.report_block(now)
            for layer in self.layers()
            if layer.stream is not None and layer.track.on
        )
        if self._remb is not None and blocks:
            self._remb.loss(max(block.fraction_lost for block in blocks) / 256)
        return blocks


def _kind(codec: Codec) -> Kind:
    return "audio" if codec.name == "opus" else "video"


def _merge(one: ExtensionIds, other: ExtensionIds) -> ExtensionIds:
    """In a bundle an extension has one id on all lines (RFC 9143 section 10); lines differ in which they use."""
    return ExtensionIds(
        mid=one.mid or other.mid,
        rid=one.rid or other.rid,
        repaired_rid=one.repaired_rid or other.repaired_rid,
        audio_level=one.audio_level or other.audio_level,
        abs_send_time=one.abs_send_time or other.abs_send_time,
        transport_sequence_number=one.transport_sequence_number or other.transport_sequence_number,
        dependency_descriptor=one.dependency_descriptor or other.dependency_descriptor,
    )
