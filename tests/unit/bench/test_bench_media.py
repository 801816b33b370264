"""The synthetic tutor's media: bitrate, keyframes, pacing, and descriptors that the server can read."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from bench.support.media import PACING_BURST_S, PACING_FACTOR, STAMP, MediaSource, Unit
from sfu.rtp.vp8 import parse_vp8

BITRATE = 1_000_000


def source() -> MediaSource:
    return MediaSource(bitrates=[BITRATE], random=Random(1), now=100.0)


def play(media: MediaSource, duration_s: float) -> list[tuple[float, Unit]]:
    """What is sent while the source is asked whenever it wants to be, in virtual time."""
    units: list[tuple[float, Unit]] = []
    start = media.next_at
    while (now := media.next_at) < start + duration_s:
        units += [(now, unit) for unit in media.poll(now)]
    return units


def test_the_video_has_the_bitrate_asked_for() -> None:
    media = source()
    play(media, 2.0)  # the first keyframe is large
    octets = sum(len(unit.payload) for _, unit in play(media, 20.0) if unit.kind == "video")
    assert octets * 8 / 20 == pytest.approx(BITRATE, rel=0.05)


def test_sound_comes_every_20_ms_with_the_opus_clock() -> None:
    units = [unit for _, unit in play(source(), 5.0) if unit.kind == "audio"]
    assert len(units) == pytest.approx(250, abs=1)
    assert {b.timestamp - a.timestamp for a, b in pairwise(units)} == {960}


def test_a_keyframe_comes_first_and_on_request_only() -> None:
    media = source()

    def keyframes(duration_s: float) -> int:
        return sum(
            parse_vp8(unit.payload).is_keyframe for _, unit in play(media, duration_s) if unit.kind == "video"
        )

    assert keyframes(1.0) == 1
    assert keyframes(5.0) == 0
    media.request_keyframe(0)
    assert keyframes(1.0) == 1
    assert media.keyframes == 2


def test_every_frame_starts_once_ends_once_and_counts_up() -> None:
    video = [unit for _, unit in play(source(), 5.0) if unit.kind == "video"]
    descriptors = [parse_vp8(unit.payload) for unit in video]
    frames = sum(descriptor.starts_frame for descriptor in descriptors)
    assert frames == sum(unit.marker for unit in video) == pytest.approx(150, abs=2)
    assert len({unit.timestamp for unit in video}) == frames
    assert [d.picture_id for d in descriptors if d.starts_frame] == list(range(1, frames + 1))
    assert all(
        len(unit.payload) - descriptor.length >= STAMP.size
        for unit, descriptor in zip(video, descriptors, strict=True)
    )


def test_a_keyframe_is_spread_by_the_pacer() -> None:
    media = source()
    play(media, 1.0)
    media.request_keyframe(0)
    sent = [(now, len(unit.payload)) for now, unit in play(media, 1.0) if unit.kind == "video"]
    burst = PACING_BURST_S * PACING_FACTOR * BITRATE / 8
    for now in {now for now, _ in sent}:
        assert sum(size for at, size in sent if at == now) < burst + 2 * 1100
