"""aiortc's own RTCPeerConnection as a participant: the second implementation we interoperate with."""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import math
import re
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.rtp import RtpPacket, is_rtcp
from av import AudioFrame, VideoFrame

from sfu.messages import Source

SIZE = (320, 240)


class MovingPicture(VideoStreamTrack):
    """A picture with a bar that moves, so that every frame differs."""

    def __init__(self) -> None:
        super().__init__()
        self._frame = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        width, height = SIZE
        left = self._frame * 4 % (width - 20)
        row = bytes(left) + b"\xc0" * 20 + bytes(width - left - 20)
        frame = VideoFrame(width, height, "yuv420p")
        for plane, data in zip(frame.planes, (row * height, *[b"\x80" * (width * height // 4)] * 2), strict=True):
            plane.update(data)
        self._frame += 1
        frame.pts = pts
        frame.time_base = fractions.Fraction(time_base)
        return frame


class Tone(AudioStreamTrack):
    """400 Hz: silence would not be forwarded."""

    _PERIOD = array("h", (round(8000 * math.sin(2 * math.pi * sample / 20)) for sample in range(20))).tobytes()

    async def recv(self) -> AudioFrame:
        frame = await super().recv()
        assert isinstance(frame, AudioFrame)
        # 20 ms at 8000 Hz are whole periods
        frame.planes[0].update(self._PERIOD * (frame.samples // 20))
        return frame


class AiortcPeer:
    """One RTCPeerConnection that only sends or only receives, and what went over its wire.

    ``sent`` and ``received`` are RTP payloads by kind (retransmissions left out); ``frames`` counts what was
    decoded; ``size`` is that of the picture sent or last seen.
    """

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.sent: dict[str, list[bytes]] = {"audio": [], "video": []}
        self.received: dict[str, list[bytes]] = {"audio": [], "video": []}
        self.frames: Counter[str] = Counter()
        self.size: tuple[int, int] = SIZE
        self._kinds: dict[int, str] = {}
        self._sources: dict[str, Source] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def publisher(cls, codec: str) -> AiortcPeer:
        """Sends a mic and a camera, the latter as ``VP8`` or ``H264``."""
        peer = cls()
        peer.pc.addTransceiver(Tone(), direction="sendonly")
        camera = peer.pc.addTransceiver(MovingPicture(), direction="sendonly")
        wanted = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.name in (codec, "rtx")]
        camera.setCodecPreferences(wanted)
        return peer

    @classmethod
    def subscriber(cls, audio: int = 1, video: int = 1) -> AiortcPeer:
        peer = cls()
        for kind, count in (("audio", audio), ("video", video)):
            for _ in range(count):
                peer.pc.addTransceiver(kind, direction="recvonly")
        peer.pc.on("track", peer._consume)
        return peer

    async def offer(self) -> tuple[str, dict[str, Source]]:
        """The offer, and what its sending lines carry."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        sdp: str = self.pc.localDescription.sdp
        for kind, section in re.findall(r"m=(audio|video)(.*?)(?=m=|\Z)", sdp, re.S):
            for payload_type, name in re.findall(r"a=rtpmap:(\d+) ([\w-]+)/", section):
                if name != "rtx":
                    self._kinds[int(payload_type)] = kind
        of_kind = {"audio": Source.MIC, "video": Source.CAMERA}
        sending = [t for t in self.pc.getTransceivers() if t.direction == "sendonly"]
        self._sources = {str(t.mid): of_kind[t.kind] for t in sending}
        return sdp, self._sources

    async def answer(self, sdp: str) -> None:
        [dtls] = {id(t.sender.transport): t.sender.transport for t in self.pc.getTransceivers()}.values()
        self._tap(dtls)
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

    def _tap(self, dtls: Any) -> None:
        """Listen in on decrypted packets at both ends of the DTLS transport."""
        send: Callable[[bytes], Awaitable[None]] = dtls._send_rtp
        handle: Callable[..., Awaitable[None]] = dtls._handle_rtp_data

        async def send_and_keep(data: bytes) -> None:
            if not is_rtcp(data):
                self._keep(self.sent, data)
            await send(data)

        async def handle_and_keep(data: bytes, arrival_time_ms: int) -> None:
            self._keep(self.received, data)
            await handle(data, arrival_time_ms=arrival_time_ms)

        dtls._send_rtp = send_and_keep
        dtls._handle_rtp_data = handle_and_keep

    def _keep(self, where: dict[str, list[bytes]], data: bytes) -> None:
        packet = RtpPacket.parse(data)
        kind = self._kinds.get(packet.payload_type)
        if kind is not None:
            where[kind].append(packet.payload)

    def _consume(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            self.frames[track.kind] += 1
            if isinstance(frame, VideoFrame):
                self.size = (frame.width, frame.height)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self.pc.close()
