"""The small parts of layers: numbers, places in time, replays, header extensions, rates and offers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.congestion.downlink import Downlink
from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.incoming.flood import BURST_S, PACKETS_PER_S, Allowance, FloodGuard
from sfu.forwarding.incoming.offers import ABSENCE_S
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing import router
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.line import Line, Outbound
from sfu.forwarding.outgoing.renumbering import Renumbering
from sfu.forwarding.outgoing.replay import Replay
from sfu.forwarding.outgoing.retransmission import Retransmission
from sfu.forwarding.outgoing.segments import PayloadTypes
from sfu.forwarding.outgoing.selection import Aim
from sfu.forwarding.outgoing.slot import Slot
from sfu.forwarding.outgoing.timeline import Place, place, same_instant
from sfu.messages import Source
from sfu.rtp.packet import ExtensionIds, RtpPacket, parse_rtp
from sfu.rtp.receive_stream import LastSenderReport
from sfu.rtp.rtx import unwrap_rtx
from sfu.rtp.serial import ts_delta
from tests.support.virtual_class import codec
from tests.support.virtual_layers import Stage


@given(st.lists(st.tuples(st.sampled_from(["forward", "drop", "lose"]), st.integers(1, 5)), max_size=60))
def test_renumbering_gives_each_number_once_and_back(course: list[tuple[str, int]]) -> None:
    numbers = Renumbering(1000, 1000, -900)
    given_to: dict[int, int] = {}
    lost: list[int] = []
    dropped: list[int] = []
    source = 1000
    for what, count in course:
        for _ in range(count):
            if what == "forward":
                given_to[numbers.forward(source)] = source
            elif what == "drop":
                numbers.drop(source)
                dropped.append(source)
            else:
                lost.append(source)
            source += 1
    outgoing = sorted(given_to)
    assert [given_to[number] for number in outgoing] == sorted(given_to.values())
    for number, origin in given_to.items():
        assert numbers.source_of(number) == origin
        assert numbers.late(origin) == number
    assert [numbers.late(origin) for origin in dropped] == [None] * len(dropped)
    for origin in lost:
        free = numbers.late(origin)
        if free is not None:
            assert free not in given_to
            given_to[free] = origin
            assert numbers.source_of(free) == origin
    if given_to:
        first, last = min(given_to), max(given_to)
        assert last - first + 1 == len(given_to), "with what was lost there is no hole"


def test_the_instant_of_one_layer_is_found_in_the_other() -> None:
    one = LastSenderReport(100 << 32, 5000, 0.0)
    other = LastSenderReport((101 << 32) + (1 << 31), 0xFFFF_FFFF, 0.0)
    assert same_instant(5000 + 90_000 * 2, one, other, 90_000) == 45_000 - 1
    assert same_instant(5000, one, other, 90_000) == (0xFFFF_FFFF - 135_000) & 0xFFFF_FFFF


@pytest.mark.parametrize(
    ("by_reports", "elapsed_s", "expected"),
    [
        (1000 + 3000, 1 / 30, Place(4000, 0)),
        (1000, 0.0, Place(1090, 90)),
        (1000 - 3000, 0.0, Place(1090, 3090)),
        (1000 - 9000, 0.02, None),
        (None, 1.0, Place(91_000, 0)),
        (1000 + 900_000, 1.0, Place(91_000, 0)),
        (1000 - 900_000, 1.0, Place(91_000, 0)),
        (None, -5.0, Place(1090, 0)),
    ],
)
def test_where_a_new_source_begins(by_reports: int | None, elapsed_s: float, expected: Place | None) -> None:
    expected_by = None if by_reports is None else by_reports & 0xFFFF_FFFF
    assert place(1000, expected_by, elapsed_s, 0.001, 90_000) == expected


@given(
    st.lists(st.integers(1, 20_000), min_size=1, max_size=80),
    st.integers(0, 0xFFFF_FFFF),
    st.sets(st.integers(0, 79)),
)
def test_a_replay_keeps_the_order_of_frames_and_takes_little_time(
    steps: list[int], start: int, missing: set[int]
) -> None:
    timestamps = [(start + at) & 0xFFFF_FFFF for at in itertools.accumulate(steps)]
    cached = [ts for i, ts in enumerate(timestamps) if i not in missing or i in (0, len(timestamps) - 1)]
    packets = [MediaPacket(i, ts, True, b"", 0.0) for i, ts in enumerate(cached)]
    replay = Replay(packets, 90_000)
    assert replay.live == timestamps[-1]
    shown = [replay.at(ts) if replay.covers(ts) else ts for ts in timestamps]
    assert all(ts_delta(after, before) >= 0 for before, after in itertools.pairwise(shown))
    assert ts_delta(shown[-1], shown[0]) <= replay.room_s * 90_000 + 1
    assert replay.room_s <= 0.05
    kept = [replay.at(ts) if replay.covers(ts) else ts for ts in cached]
    assert all(ts_delta(after, before) > 0 for before, after in itertools.pairwise(kept))


def test_the_flood_guard_lets_pass_what_is_usual_and_a_burst() -> None:
    guard = FloodGuard()
    assert all(guard.admit(1200, i / 1000) for i in range(3000)), "1,000 packets a second"
    guard = FloodGuard()
    passed = sum(guard.admit(100, 1.0) for _ in range(20_000))
    assert passed == PACKETS_PER_S * BURST_S
    assert not guard.admit(100, 1.0)
    assert guard.admit(100, 1.1)


def test_an_allowance_comes_back_with_time() -> None:
    allowance = Allowance(2, 10.0)
    assert [allowance.take(0.0) for _ in range(4)] == [True, True, False, False]
    assert [allowance.take(10.0) for _ in range(2)] == [True, False]
    assert [allowance.take(100.0) for _ in range(3)] == [True, True, False]


# --- offers ---------------------------------------------------------------------------------------------


def test_layers_are_offered_as_measured() -> None:
    stage = Stage()
    for i in range(90):
        stage.step(keyframes=(0, 1, 2) if i == 0 else ())
        if i % 8 == 0:
            stage.watch()
    low, middle, high = stage.track.offers(stage.now)
    assert [offer.rid for offer in (low, middle, high)] == ["q", "h", "f"]
    assert [offer.height for offer in (low, middle, high)] == [180, 360, 720]
    assert all(offer.active for offer in (low, middle, high))
    size = 8 * (29 + 36)
    for offer, packets in ((low, 1), (middle, 2), (high, 3)):
        assert len(offer.bps) == 3
        for measured, rate in zip(offer.bps, (7.5, 15, 30), strict=True):
            assert measured == pytest.approx(size * packets * rate, rel=0.15)


def test_what_was_not_seen_is_offered_by_guess_and_what_does_not_come_is_not_offered_for_a_while() -> None:
    stage = Stage()
    for i in range(40):
        stage.step(keyframes=(0,) if i == 0 else (), active=(0,))
        stage.watch()
    low, middle, high = stage.track.offers(stage.now)
    assert (low.active, middle.active, high.active) == (True, False, False)
    assert (middle.height, high.height) == (360, 720)
    assert low.bps[-1] < middle.bps[-1] < high.bps[-1]
    stage.aim(2)
    for _ in range(150):
        stage.step(active=(0,))
        stage.watch()
    assert [offer.rid for offer in stage.track.offers(stage.now)] == ["q", "h"]
    assert "f" in [offer.rid for offer in stage.track.offers(stage.now + ABSENCE_S)]


def test_a_silent_track_is_not_stalled_and_one_layer_is_enough() -> None:
    stage = Stage(layers=1)
    stage.step(keyframes=(0,), active=(0,), packets=(2,))
    stage.now += 100
    stage.watch()
    (offer,) = stage.track.offers(stage.now)
    assert (offer.rid, offer.height, offer.active) == ("", 180, True)
    assert len(offer.bps) == 3 and offer.bps[0] > 0


# --- dependency descriptors -----------------------------------------------------------------------------


def av1(sequence: int, descriptor: bytes | None, *, keyframe: bool = False) -> RtpPacket:
    payload = bytes([0x18 if keyframe else 0x10]) + sequence.to_bytes(4, "big")
    packet = RtpPacket(96, True, sequence, 3000 * sequence, 9, payload)
    packet.dependency_descriptor = descriptor
    return packet


@pytest.mark.parametrize("mid", [0, 4])
@pytest.mark.parametrize("transport_cc", [0, 3])
@pytest.mark.parametrize("takes", [0, 8])
def test_dependency_descriptors_stay_intact_for_who_takes_them(mid: int, transport_cc: int, takes: int) -> None:
    raw: list[bytes] = []

    def sendto(data: bytes, _: object) -> int:
        raw.append(data)
        return len(data)

    track = Track("tutor", Source.CAMERA)
    layer = track.layers[0]
    slot = Slot("v0", "video", 7, 90_000, {"AV1/0": PayloadTypes(45, 46)}, 100, takes)
    departures = Departures(Drops())
    outbound = Outbound(lambda _, plaintext, __: plaintext, 0, sendto, None)
    downlink = Downlink(0.0, transport_cc=transport_cc > 0, remb=False)
    slot.bind(Line(outbound, transport_cc, downlink, departures), mid)
    router.aim(slot, Aim(layer), 0.0)
    coded = replace(codec("video"), name="AV1", key="AV1/0")
    descriptors = [b"\x80\x01\x02" + bytes(40), None, b"\x00\x00\x07", b"\xc0\x00\x08"]
    for number, descriptor in enumerate(descriptors):
        media = layer.receive(av1(number, descriptor, keyframe=number == 0), coded, number / 30, repaired=False)
        assert not isinstance(media, DropReason)
        router.route(layer, media, number / 30, departures)
        departures.flush(number / 30)
    ids = ExtensionIds(mid=mid, transport_sequence_number=transport_cc, dependency_descriptor=8)
    packets = [parse_rtp(data, ids) for data in raw]
    assert [packet.sequence_number for packet in packets] == [100, 101, 102, 103]
    assert [packet.payload for packet in packets] == [av1(i, None, keyframe=i == 0).payload for i in range(4)]
    if takes:
        assert [packet.dependency_descriptor for packet in packets] == descriptors
    else:
        assert {packet.dependency_descriptor for packet in packets} == {None}
    repair = Retransmission(slot, 8, 1)
    repair.answer([100, 102], 0.1, 1.0)
    resent = [parse_rtp(data, ids) for data in raw[4:]]
    assert [unwrap_rtx(packet.payload) for packet in resent] == [
        (100, packets[0].payload),
        (102, packets[2].payload),
    ]
    assert [packet.dependency_descriptor for packet in resent] == (
        [descriptors[0], descriptors[2]] if takes else [None, None]
    )
    assert {packet.mid for packet in packets} == ({"v0"} if mid else {None})
    numbers = [packet.transport_sequence_number for packet in packets]
    if not transport_cc:
        assert numbers == [None] * 4
    elif takes:
        assert numbers == [None, 1, 2, 3], "a large descriptor leaves no place for the number"
    else:
        assert numbers == [1, 2, 3, 4]
