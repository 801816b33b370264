"""The synthetic tutor: sends `MediaSource` through a `Peer`, in layers, and does what the server asks."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Final

from bench.support.media import STAMP, MediaSource, Unit
from bench.support.offers import (
    ABS_SEND_TIME_ID,
    AUDIO_LEVEL_ID,
    MID_ID,
    OPUS,
    RID_ID,
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

RIDS: Final = ("q", "h", "f")
PAYLOAD_TYPE: Final[dict[Kind, int]] = {"audio": OPUS, "video": VP8}
CLOCK_RATE: Final[dict[Kind, int]] = {"audio": 48_000, "video": 90_000}
MID: Final[dict[Kind, bytes]] = {"audio": b"0", "video": b"1"}
NAMED_PACKETS: Final = 40
"""So many packets of each stream bear its MID and rid."""
SPEECH: Final = b"\x9e"
"""Audio level: voice, at -30 dBov."""
REPORT_INTERVAL_S: Final = 1.0


class OutgoingStream:
    """One RTP stream of the tutor: its sound, or one layer of its picture."""

    def __init__(self, kind: Kind, rid: str, ssrc: int, sequence: int) -> None:
        self.kind: Kind = kind
        self.rid = rid
        self.ssrc = ssrc
        self.sequence = sequence
        self.packets = 0
        self.octets = 0
        self.newest: tuple[int, float] | None = None
        """The newest timestamp and when it was sent."""

    def names(self) -> dict[int, bytes]:
        """The header extensions by which a receiver finds out what this stream is."""
        if self.packets >= NAMED_PACKETS:
            return {}
        names = {MID_ID: MID[self.kind]}
        if self.rid:
            names[RID_ID] = self.rid.encode()
        return names


class Publisher:
    """``sizes``: of the latest payloads a student with the best picture gets, in the order of sending.
    ``longest_audio_gap_s`` may be reset."""

    def __init__(
        self, bitrates: Sequence[int], random: Random, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``bitrates``: of the layers of the video, the lowest first, in bit/s; one alone has no layers."""
        self.sizes: deque[int] = deque(maxlen=160)
        self.packets = 0
        self.nacked = 0
        self.longest_audio_gap_s = 0.0
        self.paused = False
        self._clock = clock
        self._peer = Peer(_ignore, self._handle_rtcp)
        self._source = MediaSource(bitrates=bitrates, random=random, now=clock())
        self._rids = RIDS[-len(bitrates) :] if len(bitrates) > 1 else ()
        self._audio = OutgoingStream("audio", "", 0x0A0A0A0A, random.randrange(1 << 15))
        self._video = [
            OutgoingStream("video", rid, 0x0B0B0B00 + number, random.randrange(1 << 15))
            for number, rid in enumerate(self._rids or ("",))
        ]
        self._transport_sequence = 0
        self._last_audio: float | None = None

    @property
    def offer(self) -> str:
        video = Line("video", rids=self._rids) if self._rids else Line("video", self._video[0].ssrc)
        return build_offer([Line("audio", self._audio.ssrc), video], self._peer.credentials)

    @property
    def sources(self) -> dict[str, Source]:
        return {"0": Source.MIC, "1": Source.CAMERA}

    @property
    def keyframes(self) -> int:
        return self._source.keyframes

    def want(self, rids: Iterable[str]) -> None:
        """Encode only the layers that somebody takes, as a browser that is told."""
        if self._rids:
            self._source.want(self._rids.index(rid) for rid in rids)

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
        stream = self._audio if unit.kind == "audio" else self._video[unit.layer]
        extensions = {
            ABS_SEND_TIME_ID: (int(now * 2**18) & 0xFFFFFF).to_bytes(3, "big"),
            TRANSPORT_CC_ID: (self._transport_sequence & 0xFFFF).to_bytes(2, "big"),
            **stream.names(),
        }
        if unit.kind == "audio":
            extensions[AUDIO_LEVEL_ID] = SPEECH
            if self._last_audio is not None:
                self.longest_audio_gap_s = max(self.longest_audio_gap_s, now - self._last_audio)
            self._last_audio = now
        packet = build_rtp(
            payload_type=PAYLOAD_TYPE[unit.kind],
            sequence_number=stream.sequence & 0xFFFF,
            timestamp=unit.timestamp & 0xFFFFFFFF,
            ssrc=stream.ssrc,
            payload=unit.payload[: -STAMP.size] + STAMP.pack(time.time_ns()),
            marker=unit.marker,
            extensions=extensions,
        )
        self._peer.send_rtp(packet)
        self._transport_sequence += 1
        self.packets += 1
        if unit.kind == "audio" or unit.layer == len(self._video) - 1:
            self.sizes.append(len(unit.payload))
        stream.sequence += 1
        stream.packets += 1
        stream.octets += len(unit.payload)
        stream.newest = unit.timestamp, now

    def _report(self, now: float) -> None:
        for stream in (self._audio, *self._video):
            if stream.newest is None:
                continue
            timestamp, sent_at = stream.newest
            then = (timestamp + round((now - sent_at) * CLOCK_RATE[stream.kind])) & 0xFFFFFFFF
            report = SenderReport(stream.ssrc, to_ntp(time.time()), then, stream.packets, stream.octets)
            self._peer.send_rtcp(report.pack() + SourceDescription(stream.ssrc, "bench").pack())

    def _handle_rtcp(self, data: bytes) -> None:
        for packet in parse_rtcp(data):
            match packet:
                case PictureLossIndication():
                    self._keyframe(packet.media_ssrc)
                case FullIntraRequest():
                    for ssrc, _ in packet.requests:
                        self._keyframe(ssrc)
                case Nack():
                    self.nacked += len(packet.sequence_numbers)
                case _:
                    pass

    def _keyframe(self, ssrc: int) -> None:
        for number, stream in enumerate(self._video):
            if stream.ssrc == ssrc:
                self._source.request_keyframe(number)


def _ignore(_: bytes) -> None:
    """A tutor that receives nothing."""
