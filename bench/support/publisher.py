"""The synthetic tutor: sends `MediaSource` through a `Peer` and does what the server's RTCP asks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final

from bench.support.media import STAMP, MediaSource, Unit
from bench.support.offers import (
    ABS_SEND_TIME_ID,
    AUDIO_LEVEL_ID,
    MID_ID,
    OPUS,
    TRANSPORT_CC_ID,
    VP8,
    Line,
    build_offer,
)
from bench.support.peer import CONSENT_INTERVAL_S, Peer
from sfu.messages import Kind, Source
from sfu.rtp.ntp import to_ntp
from sfu.rtp.packet import build_rtp
from sfu.rtp.rtcp import FullIntraRequest, Nack, PictureLossIndication, SenderReport, SourceDescription, parse_rtcp

SSRC: Final[dict[Kind, int]] = {"audio": 0x0A0A0A0A, "video": 0x0B0B0B0B}
PAYLOAD_TYPE: Final[dict[Kind, int]] = {"audio": OPUS, "video": VP8}
CLOCK_RATE: Final[dict[Kind, int]] = {"audio": 48_000, "video": 90_000}
SPEECH: Final = b"\x9e"
"""Audio level: voice, at -30 dBov."""
REPORT_INTERVAL_S: Final = 1.0


class Publisher:
    """``sizes``: of the latest payloads, in the order of sending. ``longest_audio_gap_s`` may be reset."""

    def __init__(self, bitrate: int, random: Random, clock: Callable[[], float] = time.monotonic) -> None:
        self.sizes: deque[int] = deque(maxlen=160)
        self.packets = 0
        self.nacked = 0
        self.longest_audio_gap_s = 0.0
        self.paused = False
        self._clock = clock
        self._peer = Peer(_ignore, self._handle_rtcp)
        self._source = MediaSource(bitrate=bitrate, random=random, now=clock())
        self._sequence: dict[Kind, int] = {kind: random.randrange(1 << 15) for kind in SSRC}
        self._sent: dict[Kind, tuple[int, int]] = dict.fromkeys(SSRC, (0, 0))
        self._newest: dict[Kind, tuple[int, float]] = {}
        self._transport_sequence = 0
        self._last_audio: float | None = None

    @property
    def offer(self) -> str:
        return build_offer([Line(kind, SSRC[kind]) for kind in SSRC], self._peer.credentials)

    @property
    def sources(self) -> dict[str, Source]:
        return {"0": Source.MIC, "1": Source.CAMERA}

    @property
    def keyframes(self) -> int:
        return self._source.keyframes

    async def run(self, answer: str) -> None:
        """Connect and send until cancelled."""
        await self._peer.connect(answer)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._peer.socket, self._peer.read)
        next_report = next_check = 0.0
        try:
            while True:
                now = self._clock()
                units = self._source.poll(now)
                if self.paused:
                    self._last_audio = None
                else:
                    for unit in units:
                        self._send(unit, now)
                if now >= next_report:
                    next_report = now + REPORT_INTERVAL_S
                    self._report(now)
                if now >= next_check:
                    next_check = now + CONSENT_INTERVAL_S
                    self._peer.check()
                await asyncio.sleep(max(0.0, self._source.next_at - self._clock()))
        finally:
            loop.remove_reader(self._peer.socket)
            await self._peer.close()

    def _send(self, unit: Unit, now: float) -> None:
        kind = unit.kind
        extensions = {
            ABS_SEND_TIME_ID: (int(now * 2**18) & 0xFFFFFF).to_bytes(3, "big"),
            TRANSPORT_CC_ID: (self._transport_sequence & 0xFFFF).to_bytes(2, "big"),
        }
        if self.packets < 100:
            extensions[MID_ID] = b"0" if kind == "audio" else b"1"
        if kind == "audio":
            extensions[AUDIO_LEVEL_ID] = SPEECH
            if self._last_audio is not None:
                self.longest_audio_gap_s = max(self.longest_audio_gap_s, now - self._last_audio)
            self._last_audio = now
        packet = build_rtp(
            payload_type=PAYLOAD_TYPE[kind],
            sequence_number=self._sequence[kind] & 0xFFFF,
            timestamp=unit.timestamp & 0xFFFFFFFF,
            ssrc=SSRC[kind],
            payload=unit.payload[: -STAMP.size] + STAMP.pack(time.time_ns()),
            marker=unit.marker,
            extensions=extensions,
        )
        self._peer.send_rtp(packet)
        self._sequence[kind] += 1
        self._transport_sequence += 1
        self.packets += 1
        self.sizes.append(len(unit.payload))
        packets, octets = self._sent[kind]
        self._sent[kind] = packets + 1, octets + len(unit.payload)
        self._newest[kind] = unit.timestamp, now

    def _report(self, now: float) -> None:
        for kind, (timestamp, sent_at) in self._newest.items():
            packets, octets = self._sent[kind]
            then = timestamp + round((now - sent_at) * CLOCK_RATE[kind])
            report = SenderReport(SSRC[kind], to_ntp(time.time()), then & 0xFFFFFFFF, packets, octets)
            self._peer.send_rtcp(report.pack() + SourceDescription(SSRC[kind], "bench").pack())

    def _handle_rtcp(self, data: bytes) -> None:
        for packet in parse_rtcp(data):
            match packet:
                case PictureLossIndication() | FullIntraRequest():
                    self._source.request_keyframe()
                case Nack():
                    self.nacked += len(packet.sequence_numbers)
                case _:
                    pass


def _ignore(_: bytes) -> None:
    """A tutor that receives nothing."""
