"""A publisher's redundant audio: what was lost on its way here is taken from what follows, for everybody."""

from __future__ import annotations

from itertools import pairwise

from sfu.forwarding.drops import DropReason
from sfu.messages import Source
from sfu.rtp.packet import build_rtp
from sfu.rtp.red import pack_red
from tests.support.virtual_class import OPUS, Person, VirtualClass

MIC = frozenset({Source.MIC})
RED = 63


def redundant(tutor: Person, payloads: list[bytes], number: int) -> bytes:
    """Packet ``number`` as a browser sends it: with the two before it."""
    sender = tutor.senders[Source.MIC]
    earlier = [(960 * back, payloads[number - back]) for back in (2, 1) if number >= back]
    return build_rtp(
        payload_type=RED,
        sequence_number=(sender.sequence + number) & 0xFFFF,
        timestamp=(sender.timestamp + 960 * number) & 0xFFFFFFFF,
        ssrc=sender.ssrc,
        payload=pack_red(OPUS, payloads[number], earlier),
        extensions={4: sender.mid.encode(), 1: b"\x94"},
    )


def speech(count: int) -> list[bytes]:
    return [bytes([0x78]) + number.to_bytes(2, "big") * 8 for number in range(count)]


def test_students_get_plain_sound_with_what_was_lost() -> None:
    room = VirtualClass()
    tutor, student = room.join("tutor", lead=True, publishing=MIC, red=RED), room.join("student")
    payloads = speech(12)
    for number in range(12):
        if number not in (4, 7, 8):
            room.send(tutor, redundant(tutor, payloads, number))
        room.run(0.02)
    received = student.rtp(student.slot(0))
    assert [packet.payload for packet in received] == payloads
    numbers = [packet.sequence_number for packet in received]
    assert numbers == list(range(numbers[0], numbers[0] + 12))
    steps = {(after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(received)}
    assert steps == {960}


def test_three_in_a_row_are_too_many_and_the_gap_stays() -> None:
    room = VirtualClass()
    tutor, student = room.join("tutor", lead=True, publishing=MIC, red=RED), room.join("student")
    payloads = speech(12)
    for number in range(12):
        if number not in (4, 5, 6):
            room.send(tutor, redundant(tutor, payloads, number))
        room.run(0.02)
    assert [packet.payload for packet in student.rtp(student.slot(0))] == payloads[:4] + payloads[5:]


def test_redundant_audio_that_is_none_is_dropped_and_counted() -> None:
    room = VirtualClass()
    tutor, student = room.join("tutor", lead=True, publishing=MIC, red=RED), room.join("student")
    sender = tutor.senders[Source.MIC]
    broken = build_rtp(
        payload_type=RED,
        sequence_number=sender.sequence & 0xFFFF,
        timestamp=sender.timestamp & 0xFFFFFFFF,
        ssrc=sender.ssrc,
        payload=b"\xef\x0f",
        extensions={4: sender.mid.encode()},
    )
    room.send(tutor, broken)
    assert student.rtp() == []
    assert room.drops.snapshot() == {DropReason.MALFORMED_PAYLOAD: 1}
