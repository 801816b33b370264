"""What is really heard in a browser: how loud every 10 ms of the tutor's line is, after all repair."""

from __future__ import annotations

import msgspec

from tests.support.tab import Tab

_LISTEN = """() => {
    const lines = __podium.pc.getTransceivers().filter(line => line.direction === 'recvonly')
    const line = lines.find(line => line.receiver.track.kind === 'audio').receiver.track
    const heard = window.__heard = { frames: 0, loud: 0, gap_ms: 0, longest_gap_ms: 0, gaps: [] }
    const reader = new MediaStreamTrackProcessor({ track: line.clone() }).readable.getReader()
    const read = async () => {
        for (;;) {
            const { value, done } = await reader.read()
            if (done) return
            const samples = new Float32Array(value.numberOfFrames)
            value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
            const ms = 1000 * value.numberOfFrames / value.sampleRate
            value.close()
            let sum = 0
            for (const sample of samples) sum += sample * sample
            heard.frames += 1
            if (Math.sqrt(sum / samples.length) > 0.002) {
                if (heard.gap_ms > 300) heard.gaps.push(Math.round(heard.gap_ms))
                heard.loud += 1
                heard.gap_ms = 0
            } else {
                heard.gap_ms += ms
                heard.longest_gap_ms = Math.max(heard.longest_gap_ms, heard.gap_ms)
            }
        }
    }
    void read()
}"""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Since `listen`: pieces of 10 ms, those with sound, the longest run without, and every run over 300 ms."""

    frames: int
    loud: int
    gap_ms: float
    longest_gap_ms: float
    gaps: list[int]


async def listen(tab: Tab) -> None:
    """Begin to listen to the tutor's line, or begin anew. Chromium only."""
    await tab.evaluate(_LISTEN)


async def heard(tab: Tab) -> Heard:
    return msgspec.convert(await tab.evaluate("() => window.__heard"), Heard)
