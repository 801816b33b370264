"""What a browser's getStats says, in the same words for every browser."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from tests.support.tab import Tab

T = TypeVar("T")


class InboundVideo(msgspec.Struct, frozen=True, kw_only=True):
    """One received picture, counted since its line was made. Firefox leaves some out; they are 0 then."""

    frames_decoded: int
    keyframes_decoded: int
    width: int
    height: int
    packets_received: int
    packets_lost: int
    """On the way, whether they were sent again or not."""
    repaired_packets: int
    """Sent again, and received."""
    nacks: int
    keyframe_requests: int
    bytes_received: int
    freezes: int
    frozen_s: float

    @property
    def packets_missing(self) -> int:
        """Lost for good."""
        return max(0, self.packets_lost - self.repaired_packets)


class InboundAudio(msgspec.Struct, frozen=True, kw_only=True):
    """All received sound of a page together, counted since its lines were made."""

    energy: float = 0
    packets_received: int = 0
    packets_lost: int = 0
    samples: int = 0
    audible_gaps: int = 0
    """Samples that had to be made up while there was sound (silence between words does not count)."""
    nacks: int = 0
    """Requests for lost packets."""

    def since(self, earlier: InboundAudio) -> InboundAudio:
        """What came after an earlier look."""
        return InboundAudio(
            energy=self.energy - earlier.energy,
            packets_received=self.packets_received - earlier.packets_received,
            packets_lost=self.packets_lost - earlier.packets_lost,
            samples=self.samples - earlier.samples,
            audible_gaps=self.audible_gaps - earlier.audible_gaps,
            nacks=self.nacks - earlier.nacks,
        )


class Outbound(msgspec.Struct, frozen=True, kw_only=True):
    """All that a page sends of one kind, in all sizes together."""

    packets_sent: int
    bytes_sent: int
    frames_encoded: int
    sizes: list[tuple[int, int]]
    """Of the pictures that are encoded now."""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """The server's end of the way that media takes now."""

    protocol: str
    address: str


_LIBRARY = """
    const pc = window.__podium?.pc
    const n = value => Number(value ?? 0)
    const list = async subject => [...(await subject.getStats()).values()]
    const sum = (entries, name) => entries.reduce((total, entry) => total + n(entry[name]), 0)
"""

_VIDEO = (
    """async (selector) => {"""
    + _LIBRARY
    + """
    const found = document.querySelector(selector)
    const video = found?.matches('video') ? found : found?.querySelector('video')
    const track = video?.srcObject?.getVideoTracks()[0]
    const receiver = pc?.getReceivers().find(each => track && each.track.id === track.id)
    if (!receiver) return null
    const entry = (await list(receiver)).find(each => each.type === 'inbound-rtp' && each.kind === 'video')
    if (!entry) return null
    return {
        frames_decoded: n(entry.framesDecoded), keyframes_decoded: n(entry.keyFramesDecoded),
        width: n(entry.frameWidth) || video.videoWidth, height: n(entry.frameHeight) || video.videoHeight,
        packets_received: n(entry.packetsReceived), packets_lost: n(entry.packetsLost),
        repaired_packets: n(entry.retransmittedPacketsReceived), nacks: n(entry.nackCount),
        keyframe_requests: n(entry.pliCount) + n(entry.firCount),
        bytes_received: n(entry.bytesReceived), freezes: n(entry.freezeCount),
        frozen_s: n(entry.totalFreezesDuration),
    }
}"""
)

_AUDIO = (
    """async () => {"""
    + _LIBRARY
    + """
    if (!pc) return null
    const entries = (await list(pc)).filter(each => each.type === 'inbound-rtp' && each.kind === 'audio')
    return {
        energy: sum(entries, 'totalAudioEnergy'), packets_received: sum(entries, 'packetsReceived'),
        packets_lost: sum(entries, 'packetsLost'), samples: sum(entries, 'totalSamplesReceived'),
        audible_gaps: sum(entries, 'concealedSamples') - sum(entries, 'silentConcealedSamples'),
        nacks: sum(entries, 'nackCount'),
    }
}"""
)

_ALL_VIDEO_PACKETS = (
    """async () => {"""
    + _LIBRARY
    + """
    if (!pc) return 0
    const entries = (await list(pc)).filter(each => each.type === 'inbound-rtp' && each.kind === 'video')
    return sum(entries, 'packetsReceived')
}"""
)

_OUTBOUND = (
    """async (kind) => {"""
    + _LIBRARY
    + """
    if (!pc) return null
    const entries = (await list(pc)).filter(each => each.type === 'outbound-rtp' && each.kind === kind)
    return {
        packets_sent: sum(entries, 'packetsSent'), bytes_sent: sum(entries, 'bytesSent'),
        frames_encoded: sum(entries, 'framesEncoded'),
        sizes: entries.filter(each => each.active !== false)
            .map(each => [n(each.frameWidth), n(each.frameHeight)]),
    }
}"""
)


_PATH = (
    """async () => {"""
    + _LIBRARY
    + """
    if (!pc) return null
    const entries = await list(pc)
    const selected = entries.find(each => each.type === 'transport')?.selectedCandidatePairId
    const pair = entries.find(each => each.id === selected)
    const remote = entries.find(each => each.id === pair?.remoteCandidateId)
    return remote ? { protocol: remote.protocol, address: remote.address } : null
}"""
)


async def path(tab: Tab) -> Path | None:
    """None while there is no connection. Chromium only."""
    return _convert(await tab.evaluate(_PATH), Path)


async def inbound_video(tab: Tab, selector: str) -> InboundVideo | None:
    """Of the picture in the element ``selector``; None while nothing is received for it."""
    return _convert(await tab.evaluate(_VIDEO, selector), InboundVideo)


async def inbound_audio(tab: Tab) -> InboundAudio | None:
    return _convert(await tab.evaluate(_AUDIO), InboundAudio)


async def outbound(tab: Tab, kind: str) -> Outbound | None:
    """``kind`` is audio or video."""
    return _convert(await tab.evaluate(_OUTBOUND, kind), Outbound)


async def video_packets_received(tab: Tab) -> int:
    """On all lines of the page together."""
    return int(await tab.evaluate(_ALL_VIDEO_PACKETS))


def _convert(value: Any, kind: type[T]) -> T | None:
    return None if value is None else msgspec.convert(value, kind)
