"""Simulcast in a class: which layers come in, what publishers are told of them, and publishers who mean harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfu.forwarding.drops import DropReason
from sfu.forwarding.incoming.layer import CACHE_BYTES, RESTARTS
from sfu.messages import LayersWanted, Source, Wish
from sfu.rtp.packet import build_rtp
from tests.support import virtual_class
from tests.support.virtual_class import IDS, OPUS, RTX, VP8, Person, Sender, VirtualClass, vp8_payload

CAMERA = frozenset({Source.CAMERA})
RIDS = ("q", "h", "f")
REPAIRED_RID = 6


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> VirtualClass:
    monkeypatch.setattr(virtual_class, "IDS", replace(IDS, repaired_rid=REPAIRED_RID))
    return VirtualClass()


def tutor_of(room: VirtualClass) -> Person:
    return room.join("tutor", lead=True, publishing=CAMERA, rids=RIDS)


def senders(room: VirtualClass) -> list[Sender]:
    return [
        Sender("1", "video", room.random.getrandbits(32), room.random.randrange(65536), 0, rid=rid) for rid in RIDS
    ]


def film(room: VirtualClass, tutor: Person, layers: list[Sender], frames: int, *, keyframe: bool = False) -> None:
    for i in range(frames):
        for sender in layers:
            room.send(tutor, *sender.frame(keyframe=keyframe and i == 0))
        room.run(1 / 30)


def told(room: VirtualClass) -> list[list[str]]:
    return [event.layers for event in room.events if isinstance(event, LayersWanted)]


def test_layers_are_found_by_their_rid_and_then_by_their_ssrc(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    layers = senders(room)
    film(room, tutor, layers, 1, keyframe=True)
    for sender in layers:
        sender.rid = ""
    film(room, tutor, layers, 2)
    track = tutor.participant.tracks[Source.CAMERA]
    assert [(layer.rid, layer.ssrc) for layer in track.layers] == [
        (rid, sender.ssrc) for rid, sender in zip(RIDS, layers, strict=True)
    ]
    assert [layer.stream and layer.stream.packets for layer in track.layers] == [6, 6, 6]
    assert room.drops.snapshot() == {}


def test_a_repair_stream_is_found_by_the_rid_that_it_repairs(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    layers = senders(room)
    film(room, tutor, layers, 1, keyframe=True)
    lost, *_ = layers[1].frame()
    film(room, tutor, layers, 1)
    layer = tutor.participant.tracks[Source.CAMERA].layers[1]
    number = int.from_bytes(lost[2:4], "big")
    repair = build_rtp(
        payload_type=RTX,
        sequence_number=1,
        timestamp=int.from_bytes(lost[4:8], "big"),
        ssrc=77,
        payload=lost[2:4] + lost[-100:],
        extensions={IDS.mid: b"1", REPAIRED_RID: b"h"},
    )
    assert layer.newest is not None
    index = layer.newest.sequence - ((layer.newest.sequence - number) & 0xFFFF)
    assert layer.cache.get(index) is None
    room.send(tutor, repair)
    assert layer.cache.get(index) is not None


@pytest.mark.parametrize("extensions", [{}, {4: b"1"}, {4: b"1", 5: b"x"}, {4: b"9", 5: b"q"}, {5: b"q"}])
def test_a_stream_that_does_not_say_which_it_is_is_not_forwarded(
    room: VirtualClass, extensions: dict[int, bytes]
) -> None:
    tutor = tutor_of(room)
    payload = vp8_payload(1, keyframe=True)
    for ssrc in range(200):
        room.send(
            tutor,
            build_rtp(
                payload_type=VP8,
                sequence_number=1,
                timestamp=1,
                ssrc=ssrc,
                payload=payload,
                marker=True,
                extensions=extensions,
            ),
        )
    assert room.drops.snapshot() == {DropReason.UNKNOWN_STREAM: 200}


def test_one_rid_on_many_streams_changes_the_layer_a_few_times_only(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    student = room.join("student")
    layers = senders(room)
    film(room, tutor, layers, 3, keyframe=True)
    good = len(student.rtp())
    assert good > 0
    for ssrc in range(500):
        room.send(
            tutor,
            build_rtp(
                payload_type=VP8,
                sequence_number=1,
                timestamp=1,
                ssrc=ssrc,
                payload=vp8_payload(1, keyframe=True),
                marker=True,
                extensions={IDS.mid: b"1", IDS.rid: b"q"},
            ),
        )
    assert room.drops.snapshot() == {DropReason.RESTARTING: 500 - RESTARTS}
    room.run(10.0)
    film(room, tutor, layers, 3, keyframe=True)
    assert tutor.participant.tracks[Source.CAMERA].layers[0].ssrc == layers[0].ssrc, "it comes back in the end"


def test_late_packets_of_the_stream_before_do_not_bring_it_back(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    layers = senders(room)
    film(room, tutor, layers, 3, keyframe=True)
    late = layers[0].frame()
    fresh = Sender("1", "video", 5, 7, 0, rid="q")
    room.send(tutor, *fresh.frame(keyframe=True), *late, *fresh.frame())
    layer = tutor.participant.tracks[Source.CAMERA].layers[0]
    assert layer.ssrc == 5 and layer.stream is not None and layer.stream.packets == 4
    assert room.drops.snapshot() == {DropReason.RESTARTING: 2}


def test_sound_on_a_camera_is_no_picture(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    room.join("student")
    data = build_rtp(
        payload_type=OPUS,
        sequence_number=1,
        timestamp=1,
        ssrc=3,
        payload=b"\x78",
        extensions={IDS.mid: b"1", IDS.rid: b"q"},
    )
    room.send(tutor, data)
    assert room.drops.snapshot() == {DropReason.UNKNOWN_PAYLOAD_TYPE: 1}


def test_what_nobody_watches_is_switched_off_after_five_seconds_and_on_at_once(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    layers = senders(room)
    film(room, tutor, layers, 60, keyframe=True)
    assert told(room) == [["q", "h", "f"]]
    film(room, tutor, layers, 110)
    assert told(room) == [["q", "h", "f"], []]
    small = [Wish(participant_id="tutor", source=Source.CAMERA, height=100)]
    room.join("student", wishes=small)
    room.run(0.2)
    assert told(room)[2:] == [["q"]]
    room.join("other", wishes=[Wish(participant_id="tutor", source=Source.CAMERA, height=1080)])
    room.run(0.2)
    assert told(room)[-1] == ["q", "f"]
    room.session.remove("other", room.now)
    room.run(4.5)
    assert told(room)[-1] == ["q", "f"]
    room.run(1.0)
    assert told(room)[-1] == ["q"]
    room.session.set_publishing("tutor", frozenset(), room.now)
    room.run(6.0)
    room.session.set_publishing("tutor", CAMERA, room.now)
    room.run(0.2)
    assert told(room)[-1] == ["q", "h", "f"], "a camera that is switched on again begins anew"


def test_a_publisher_that_goes_on_sending_what_nobody_wants_costs_nobody_anything(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    layers = senders(room)
    student = room.join("student", wishes=[Wish(participant_id="tutor", source=Source.CAMERA, height=100)])
    film(room, tutor, layers, 300, keyframe=True)
    assert told(room)[-1] == ["q"]
    before = len(student.rtp(student.slot(2)))
    film(room, tutor, layers, 30)
    assert len(student.rtp(student.slot(2))) - before == 60


def test_a_flood_is_dropped_and_disturbs_nobody_else(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    other = room.join("other", publishing=CAMERA)
    student = room.join("student")
    sender = senders(room)[2]
    room.play(other, Source.CAMERA, 2, keyframe=True)
    for _ in range(20_000):
        room.session.handle_rtp(tutor.participant, sender.packet(vp8_payload(1, keyframe=False)), room.now)
    room.departures.flush(room.now)
    assert room.drops.snapshot()[DropReason.FLOOD] > 10_000
    before = len(student.rtp(student.slot(4)))
    room.play(other, Source.CAMERA, 10)
    assert len(student.rtp(student.slot(4))) - before == 20


def test_a_huge_keyframe_does_not_fill_the_memory(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    sender = senders(room)[2]
    for i in range(2100):
        payload = vp8_payload(1, keyframe=True, start=i == 0, size=1400)
        room.session.handle_rtp(tutor.participant, sender.packet(payload), room.now)
    layer = tutor.participant.tracks[Source.CAMERA].layers[2]
    kept = [layer.cache.get(0x1_0000 + (sender.sequence - 1 - i)) for i in range(3000)]
    assert sum(len(packet.payload) for packet in kept if packet is not None) <= CACHE_BYTES
    late = room.join("late")
    room.run(0.1)
    assert len(late.rtp()) < 200, "nor is it replayed to whoever comes"


def test_a_number_that_was_used_is_not_used_again_however_late_its_packet_comes(room: VirtualClass) -> None:
    tutor = tutor_of(room)
    student = room.join("student")
    sender = senders(room)[2]
    first = sender.frame(keyframe=True)
    room.send(tutor, *first)
    for _ in range(90):
        room.send(tutor, *sender.frame())
        room.run(1 / 30)
    before = len(student.received)
    forged = first[1][:-10] + bytes(10)
    room.send(tutor, forged)
    assert [data for data in student.received[before:] if data[1] & 0x7F in (VP8,)] == []
    assert room.drops.snapshot() == {DropReason.TOO_LATE: 1}
