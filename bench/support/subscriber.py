"""One synthetic student: connects, counts what arrives by the clear RTP headers, and reports on it.

So that hundreds fit one core, packets are decrypted only by the *probes* among them; these have the kernel stamp
each arrival and measure one-way latency and gaps, whenever the packet is read.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from random import Random
from typing import Final

from bench.support import reporter
from bench.support.media import STAMP
from bench.support.offers import OPUS, RTX, Line, build_offer
from bench.support.peer import CONSENT_INTERVAL_S, Peer
from bench.support.reporter import Reporter
from sfu.messages import Kind
from sfu.rtp.ntp import compact, compact_delay
from sfu.rtp.rtcp import ReceiverReport, ReportBlock, SenderReport, parse_rtcp

REPORT_INTERVAL_S: Final = 1.0
_TIMESPEC: Final = struct.Struct("@qq")
_SO_TIMESTAMPNS: Final = 35
"""Of Linux: arrivals stamped by the kernel, in ns since 1970."""


class Stream:
    """Sequence numbers of one SSRC. ``lost`` is since `restart`."""

    __slots__ = ("_base", "highest", "kind", "last_arrival_ns", "last_report", "received")

    def __init__(self, kind: Kind, sequence_number: int) -> None:
        self.kind: Kind = kind
        self.highest = sequence_number
        self.received = 1
        self._base = sequence_number - 1
        self.last_arrival_ns = 0
        self.last_report: tuple[int, float] | None = None
        """The middle of the NTP time in the latest sender report, and when that came."""

    def count(self, sequence_number: int) -> None:
        ahead = (sequence_number - self.highest) & 0xFFFF
        if ahead < 0x8000:
            self.highest += ahead
        self.received += 1

    def restart(self) -> None:
        self._base = self.highest
        self.received = 0

    @property
    def lost(self) -> int:
        return self.highest - self._base - self.received


class Subscriber:
    """Its owner calls `sweep` often and `maintain` now and then."""

    def __init__(
        self, participant_id: str, *, audio: int, video: int, probe: bool, aes_cm: bool, random: Random
    ) -> None:
        self.id = participant_id
        self.probe = probe
        self.streams: dict[int, Stream] = {}
        self.playing_since = 0.0
        self.playing = asyncio.Event()
        """Set when the first packets of both sound and picture were read, at ``playing_since`` (monotonic s)."""
        self.repaired = 0
        self.latencies_ns: list[int] = []
        self.longest_audio_gap_ns = 0
        self._reporter = Reporter()
        self._ticks = 0
        self.peer = Peer(self._take, self._handle_rtcp, aes_cm=aes_cm)
        self.offer = build_offer([*[Line("audio")] * audio, *[Line("video")] * video], self.peer.credentials)
        self._ssrc = random.getrandbits(32)
        now = time.monotonic()
        self._next_report = now + random.random() * REPORT_INTERVAL_S
        self._next_feedback = now + random.random() * reporter.INTERVAL_S
        self._next_check = now + random.random() * CONSENT_INTERVAL_S
        if probe:
            self.peer.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    # --- receiving ----------------------------------------------------------------------------------

    def sweep(self, buffer: bytearray) -> None:
        """Take everything that waits in the socket. ``buffer`` is scratch space for one datagram."""
        self._ticks = int(time.monotonic() * reporter.TICKS_PER_S)
        if self.probe:
            self._sweep_probe()
            return
        receive, count = self.peer.socket.recv_into, self._count
        try:
            while True:
                size = receive(buffer)
                if 127 < buffer[0] < 192 and not 191 < buffer[1] < 224:
                    count(buffer)
                else:
                    self.peer.handle(bytes(memoryview(buffer)[:size]))
        except BlockingIOError:
            return

    def _sweep_probe(self) -> None:
        receive = self.peer.socket.recvmsg
        try:
            while True:
                data, ancillary, _, _ = receive(2048, 64)
                if 127 < data[0] < 192 and not 191 < data[1] < 224:
                    seconds, ns = _TIMESPEC.unpack(ancillary[0][2])
                    self._measure(data, self._count(data), seconds * 1_000_000_000 + ns)
                else:
                    self.peer.handle(data)
        except BlockingIOError:
            return

    def _take(self, data: bytes) -> None:
        """A packet that came while connecting."""
        self._ticks = int(time.monotonic() * reporter.TICKS_PER_S)
        self._count(data)

    def _count(self, packet: bytes | bytearray) -> Stream | None:
        payload_type = packet[1] & 0x7F
        self._reporter.received(packet, self._ticks)
        if payload_type == RTX:
            self.repaired += 1
            return None
        sequence_number = packet[2] << 8 | packet[3]
        ssrc = int.from_bytes(packet[8:12], "big")
        stream = self.streams.get(ssrc)
        if stream is None:
            kind: Kind = "audio" if payload_type == OPUS else "video"
            stream = self.streams[ssrc] = Stream(kind, sequence_number)
            if not self.playing.is_set() and len({stream.kind for stream in self.streams.values()}) == 2:
                self.playing_since = time.monotonic()
                self.playing.set()
        else:
            stream.count(sequence_number)
        return stream

    def _measure(self, packet: bytes, stream: Stream | None, arrival_ns: int) -> None:
        if stream is None:
            return
        opened = self.peer.open(packet)
        end = len(opened) - (opened[-1] if opened[0] & 0x20 else 0)
        (sent_ns,) = STAMP.unpack(opened[end - STAMP.size : end])
        self.latencies_ns.append(arrival_ns - sent_ns)
        if stream.kind == "audio":
            if stream.last_arrival_ns:
                self.longest_audio_gap_ns = max(self.longest_audio_gap_ns, arrival_ns - stream.last_arrival_ns)
            stream.last_arrival_ns = arrival_ns

    def restart(self) -> None:
        """Start counting anew."""
        for stream in self.streams.values():
            stream.restart()
            stream.last_arrival_ns = 0
        self.repaired = 0
        self.latencies_ns.clear()
        self.longest_audio_gap_ns = 0

    # --- answering ----------------------------------------------------------------------------------

    def maintain(self, now: float) -> None:
        """Send the feedback, the receiver report and the connectivity check that are due."""
        if now >= self._next_feedback:
            self._next_feedback += reporter.INTERVAL_S
            feedback = self._reporter.build(self._ssrc)
            if feedback is not None:
                self.peer.send_rtcp(feedback)
        if now >= self._next_report:
            self._next_report += REPORT_INTERVAL_S
            if self.streams:
                blocks = tuple(_block(ssrc, stream, now) for ssrc, stream in self.streams.items())
                self.peer.send_rtcp(ReceiverReport(self._ssrc, blocks).pack())
        if now >= self._next_check:
            self._next_check += CONSENT_INTERVAL_S
            self.peer.check()

    def _handle_rtcp(self, data: bytes) -> None:
        for packet in parse_rtcp(data):
            if isinstance(packet, SenderReport) and (stream := self.streams.get(packet.ssrc)) is not None:
                stream.last_report = compact(packet.ntp), time.monotonic()


def _block(ssrc: int, stream: Stream, now: float) -> ReportBlock:
    last_sr, delay = 0, 0
    if stream.last_report is not None:
        last_sr, delay = stream.last_report[0], compact_delay(now - stream.last_report[1])
    return ReportBlock(ssrc, 0, 0, stream.highest, 0, last_sr, delay)
