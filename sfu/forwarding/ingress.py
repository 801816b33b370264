"""What a participant sends: from a decrypted packet to the track it belongs to, and the reports it gets back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.sender_clock import SenderClock
from sfu.forwarding.track import Track
from sfu.messages import Source
from sfu.rtp.errors import MalformedPacket
from sfu.rtp.packet import ExtensionIds, RtpPacket, parse_rtp
from sfu.rtp.remb import ReceiveSideEstimator
from sfu.rtp.rtcp import Nack, PictureLossIndication, Remb, ReportBlock, SenderReport
from sfu.rtp.rtx import unwrap_rtx
from sfu.rtp.transport_cc import TransportFeedbackBuilder

if TYPE_CHECKING:
    from sfu.description import Codec, MediaLine

MAX_PUBLISHER_BPS = 5_000_000
REMB_INTERVAL_S = 0.5
MAX_PAYLOAD = 1460
"""Larger payloads cannot be forwarded with our headers and tags in one datagram."""


class Ingress:
    """The incoming streams of one participant. Public: ``tracks`` by source, packet and byte counters."""

    __slots__ = (
        "_by_ssrc",
        "_codecs",
        "_extensions",
        "_feedback",
        "_next_remb",
        "_remb",
        "_repair",
        "_sources",
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
        self._sources: dict[str, Source] = {}
        self._by_ssrc: dict[int, Source] = {}
        self._codecs: dict[int, Codec] = {}
        self._repair: dict[int, Codec] = {}
        self.tracks: dict[Source, Track] = {}
        self._extensions = ExtensionIds()
        self.clock = SenderClock()
        self._next_remb = 0.0
        self.packets = 0
        self.bytes = 0
        feedback = remb = False
        for line in lines:
            source = sources[line.mid]
            self._sources[line.mid] = source
            self.tracks[source] = Track(participant_id, source)
            for announced in (line.ssrc, line.rtx_ssrc):
                if announced is not None:
                    self._by_ssrc[announced] = source
            for codec in line.codecs:
                self._codecs[codec.payload_type] = codec
                if codec.rtx_payload_type is not None:
                    self._repair[codec.rtx_payload_type] = codec
                feedback = feedback or codec.transport_cc
                remb = remb or codec.remb
            self._extensions = _merge(self._extensions, line.extensions)
        self._feedback = TransportFeedbackBuilder() if feedback else None
        self._remb = ReceiveSideEstimator(MAX_PUBLISHER_BPS) if remb and not feedback else None

    # --- packets in ---------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float, drops: Drops) -> tuple[Track, MediaPacket, RtpPacket] | None:
        """Parse, route and number one RTP packet. None when it was dropped (and counted)."""
        self.packets += 1
        self.bytes += len(data)
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
        source = self._by_ssrc.get(rtp.ssrc)
        if source is None:
            source = self._learn(rtp)
            if source is None:
                drops.count(DropReason.UNKNOWN_STREAM)
                return None
        track = self.tracks[source]
        codec = self._codecs.get(rtp.payload_type)
        repaired = codec is None
        if codec is None:
            codec = self._unwrap(rtp, track, drops)
            if codec is None:
                return None
        if not track.on:
            drops.count(DropReason.NOT_PUBLISHING)
            return None
        packet = track.receive(rtp, codec, now, repaired)
        if isinstance(packet, DropReason):
            drops.count(packet)
            return None
        if self._remb is not None:
            self._remb.received(now, rtp.abs_send_time, len(rtp.payload), rtp.ssrc)
        return track, packet, rtp

    def _unwrap(self, rtp: RtpPacket, track: Track, drops: Drops) -> Codec | None:
        """Make a retransmission the packet it repeats (RFC 4588). None when it is none or repeats nothing."""
        codec = self._repair.get(rtp.payload_type)
        if codec is None:
            drops.count(DropReason.UNKNOWN_PAYLOAD_TYPE)
            return None
        if track.ssrc is None or rtp.padding_only or not rtp.payload:
            return None  # padding that probes for bandwidth
        try:
            rtp.sequence_number, rtp.payload = unwrap_rtx(rtp.payload)
        except MalformedPacket:
            drops.count(DropReason.MALFORMED_RTP)
            return None
        rtp.ssrc = track.ssrc
        return codec

    def _learn(self, rtp: RtpPacket) -> Source | None:
        """An SSRC seen for the first time: by its MID, else by a payload type that only one line can have."""
        source: Source | None = None
        if rtp.mid is not None:
            source = self._sources.get(rtp.mid)
        else:
            codec = self._codecs.get(rtp.payload_type)
            if codec is not None:
                kind = "audio" if codec.name == "opus" else "video"
                of_kind = [source for source in self.tracks if source.kind == kind]
                if len(of_kind) == 1 and self.tracks[of_kind[0]].ssrc is None:
                    source = of_kind[0]
        if source is not None and len(self._by_ssrc) < 16:
            self._by_ssrc[rtp.ssrc] = source
            return source
        return None

    def sender_report(self, report: SenderReport, now: float, wall_s: float) -> None:
        for track in self.tracks.values():
            if track.stream is not None and track.ssrc == report.ssrc:
                track.stream.sender_report(report, now)
                self.clock.report(report.ntp, wall_s)

    # --- RTCP back ----------------------------------------------------------------------------------

    def repairs(self, now: float, rtt_s: float) -> list[bytes]:
        """NACKs and keyframe requests that are due now."""
        out: list[bytes] = []
        for track in self.tracks.values():
            if track.ssrc is None or not track.on:
                continue
            if track.lossy:
                missing = track.nack.due(now, rtt_s)
                if missing:
                    numbers = tuple(sorted({sequence & 0xFFFF for sequence in missing}))
                    out.append(Nack(self._ssrc, track.ssrc, numbers).pack())
                if track.nack.overflowed:
                    track.nack.overflowed = False
                    track.keyframes.request(now)
            if track.kind == "video" and track.keyframes.due(now):
                out.append(self._picture_loss(track.ssrc))
        return out

    def request_keyframe(self, source: Source, now: float) -> bytes | None:
        """The PLI to send now, or None when one is under way or will be sent when due."""
        track = self.tracks.get(source)
        if track is None or track.ssrc is None or not track.keyframes.request(now):
            return None
        return self._picture_loss(track.ssrc)

    def _picture_loss(self, ssrc: int) -> bytes:
        return PictureLossIndication(self._ssrc, ssrc).pack()

    def feedback(self, now: float) -> list[bytes]:
        """Transport-wide feedback, or REMB where the publisher has no such thing."""
        media_ssrc = next((track.ssrc for track in self.tracks.values() if track.ssrc is not None), None)
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

    def report_blocks(self, now: float) -> tuple[ReportBlock, ...]:
        blocks = tuple(
            track.stream.report_block(now)
            for track in self.tracks.values()
            if track.stream is not None and track.on
        )
        if self._remb is not None and blocks:
            self._remb.loss(max(block.fraction_lost for block in blocks) / 256)
        return blocks


def _merge(one: ExtensionIds, other: ExtensionIds) -> ExtensionIds:
    """In a bundle an extension has one id on all lines (RFC 9143 section 10); lines differ in which they use."""
    return ExtensionIds(
        mid=one.mid or other.mid,
        rid=one.rid or other.rid,
        repaired_rid=one.repaired_rid or other.repaired_rid,
        audio_level=one.audio_level or other.audio_level,
        abs_send_time=one.abs_send_time or other.abs_send_time,
        transport_sequence_number=one.transport_sequence_number or other.transport_sequence_number,
    )
