"""Lost sound is sent again as the same datagram: aiortc takes what it asked for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sfu.config import MediaConfig
from sfu.messages import Connect, Connected, Reception, Source
from sfu.plane import MediaPlane
from tests.support import waiting
from tests.support.aiortc_peer import AiortcPeer

pytestmark = pytest.mark.integration

LOOPBACK = MediaConfig(workers=1, udp_port=0, listen=["127.0.0.1"], announce=["127.0.0.1"])
EVERY = 10
"""One of so many packets of sound is lost."""
ENOUGH = 5


class LosingPeer(AiortcPeer):
    """Loses sound before SRTP sees it, and asks for it when the next packet comes."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: dict[bytes, bytes] = {}
        """Datagrams, by sequence number and SSRC."""
        self.repeated: list[tuple[bytes, bytes]] = []
        """The datagram that was lost, and the one that came for it."""
        self._came = 0
        self._opus = 0

    async def offer(self) -> tuple[str, dict[str, Source]]:
        sdp, sources = await super().offer()
        [found] = set(re.findall(r"a=rtpmap:(\d+) opus/", sdp))
        self._opus = int(found)
        return re.sub(r"(a=rtpmap:\d+ opus/.*\r\n)", rf"\1a=rtcp-fb:{found} nack\r\n", sdp), sources

    async def answer(self, sdp: str) -> None:
        assert f"a=rtcp-fb:{self._opus} nack" in sdp
        await super().answer(sdp)
        [receiver] = [line.receiver for line in self.pc.getTransceivers() if line.kind == "audio"]
        transport: Any = receiver.transport.transport
        receive: Callable[[], Awaitable[bytes]] = transport._recv

        async def receive_and_lose() -> bytes:
            while True:
                data = await receive()
                if len(data) < 12 or data[0] >> 6 != 2 or data[1] & 0x7F != self._opus:
                    return data
                key = data[2:4] + data[8:12]
                if key in self.lost:
                    self.repeated.append((self.lost[key], data))
                    return data
                self._came += 1
                if self._came % EVERY == 0:
                    self.lost[key] = data
                    continue
                if self._came % EVERY == 1 and self.lost:
                    number = int.from_bytes(next(reversed(self.lost))[:2], "big")
                    await receiver._send_rtcp_nack(int.from_bytes(data[8:12], "big"), [number])
                return data

        transport._recv = receive_and_lose


async def test_what_is_asked_for_comes_again_byte_for_byte() -> None:
    plane = MediaPlane(LOOPBACK, lambda _: None)
    await plane.start()
    tutor, student = AiortcPeer.publisher("VP8"), LosingPeer.subscriber()
    assert isinstance(student, LosingPeer)
    try:
        for peer, name in ((tutor, "tutor"), (student, "student")):
            offer, sources = await peer.offer()
            reply = await plane.request(
                Connect(
                    session_id="s",
                    participant_id=name,
                    offer=offer,
                    sources=sources,
                    publishing=frozenset(sources.values()),
                    lead=name == "tutor",
                    reception=Reception.FULL,
                )
            )
            assert isinstance(reply, Connected)
            await peer.answer(reply.answer)

        async def repeated() -> int:
            return len(student.repeated)

        await waiting.eventually(repeated, "lost sound comes again", until=lambda count: count >= ENOUGH)
    finally:
        await student.close()
        await tutor.close()
        await plane.stop()
    for lost, came in student.repeated:
        assert came == lost
    # it was decrypted, and handed on
    assert set(student.received["audio"]) <= set(tutor.sent["audio"])
    assert len(student.received["audio"]) >= student._came - len(student.lost) + len(student.repeated) - 1
