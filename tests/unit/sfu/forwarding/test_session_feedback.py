"""A session in virtual time: repairs, requests for keyframes, and reports."""

from __future__ import annotations

from sfu.forwarding.drops import DropReason
from sfu.messages import Source
from sfu.rtp.ntp import from_ntp, to_ntp
from sfu.rtp.packet import build_rtp
from sfu.rtp.rtcp import FullIntraRequest, Nack, PictureLossIndication, SenderReport
from sfu.rtp.rtx import unwrap_rtx
from tests.support.virtual_class import RTX, Person, VirtualClass

CAMERA = frozenset({Source.CAMERA})
MIC = frozenset({Source.MIC})


def numbers(person: Person, slot: int) -> list[int]:
    return [packet.sequence_number for packet in person.rtp(person.slot(slot))]


def test_a_nack_is_answered_on_the_repair_stream_eight_times_at_most() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    wanted = student.rtp(student.slot(2))[3]
    for _ in range(10):
        room.feed_back(student, Nack(1, wanted.ssrc, (wanted.sequence_number,)))
        room.feed_back(student, Nack(1, wanted.ssrc, (wanted.sequence_number,)))
        room.run(0.2)
    repairs = [packet for packet in student.rtp() if packet.payload_type == RTX]
    assert len(repairs) == 8
    assert len({packet.sequence_number for packet in repairs}) == 8
    for repair in repairs:
        assert repair.ssrc != wanted.ssrc
        assert unwrap_rtx(repair.payload) == (wanted.sequence_number, wanted.payload)
        assert (repair.timestamp, repair.marker) == (wanted.timestamp, wanted.marker)


def test_who_asks_every_100_ms_is_answered_each_time_however_long_the_round_trip() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 5, keyframe=True)
    wanted = student.rtp(student.slot(2))[3]
    student.participant.feedback.rtt_s = 0.3
    for pause in (0.1, 0.115, 0.085, 0.1, 0.05):
        room.feed_back(student, Nack(1, wanted.ssrc, (wanted.sequence_number,)))
        room.run(pause)
    assert len([packet for packet in student.rtp() if packet.payload_type == RTX]) == 5
    room.feed_back(student, Nack(1, wanted.ssrc, (wanted.sequence_number,)))
    assert len([packet for packet in student.rtp() if packet.payload_type == RTX]) == 5, "that was too early"


def test_a_nack_reaches_back_over_a_switch_and_a_replay() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    room.play(tutor, Source.CAMERA, 6, keyframe=True)
    student = room.join("student", video=1)
    room.play(tutor, Source.CAMERA, 2)
    room.session.set_publishing("tutor", frozenset({Source.CAMERA, Source.SCREEN}), room.now)
    room.play(tutor, Source.SCREEN, 3, keyframe=True)
    shown = student.rtp(student.slot(2))
    assert len(shown) == 22
    for wanted in shown:
        room.feed_back(student, Nack(1, wanted.ssrc, (wanted.sequence_number,)))
        repair = student.rtp()[-1]
        assert unwrap_rtx(repair.payload) == (wanted.sequence_number, wanted.payload)
        assert repair.timestamp == wanted.timestamp


def test_a_missing_packet_is_asked_for_and_its_repair_lands_in_its_place() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 2, keyframe=True)
    lost, *rest = tutor.senders[Source.CAMERA].frame()
    room.send(tutor, *rest)
    room.play(tutor, Source.CAMERA, 3)
    asked = [packet for packet in tutor.rtcp if isinstance(packet, Nack)]
    lost_number = int.from_bytes(lost[2:4], "big")
    assert asked[0].sequence_numbers == (lost_number,)
    sender = tutor.senders[Source.CAMERA]
    repair = bytearray(lost[:12])
    repair[0], repair[1] = 0x80, RTX
    repair[2:4] = b"\0\1"
    repair[8:12] = b"\0\0\0\7"
    room.send(tutor, bytes(repair) + lost[2:4] + lost[-106:])
    assert room.drops.snapshot() == {DropReason.UNKNOWN_STREAM: 1}, "an SSRC nobody announced"
    room.send(
        tutor,
        build_rtp(
            payload_type=RTX,
            sequence_number=1,
            timestamp=int.from_bytes(lost[4:8], "big"),
            ssrc=7,
            payload=lost[2:4] + lost[-106:],
            extensions={4: sender.mid.encode()},
        ),
    )
    got = sorted(numbers(student, 2))
    assert len(got) == len(set(got)) == 12
    assert student.rtp(student.slot(2))[-1].payload == lost[-106:]


def test_subscribers_ask_for_keyframes_through_the_server() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    room.play(tutor, Source.CAMERA, 60, keyframe=True)
    before = len([p for p in tutor.rtcp if isinstance(p, PictureLossIndication)])
    room.feed_back(student, PictureLossIndication(1, student.slot(2)))
    room.feed_back(student, FullIntraRequest(1, ((student.slot(2), 1),)))
    after = [p for p in tutor.rtcp if isinstance(p, PictureLossIndication)]
    assert len(after) == before + 1
    assert after[-1].media_ssrc == tutor.senders[Source.CAMERA].ssrc


def test_sender_reports_map_the_publishers_clock_to_ours() -> None:
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student = room.join("student")
    sender = tutor.senders[Source.CAMERA]
    room.play(tutor, Source.CAMERA, 1, keyframe=True)
    publisher_wall = 12345.0 + room.now
    room.feed_back(
        tutor, SenderReport(sender.ssrc, to_ntp(publisher_wall), sender.timestamp & 0xFFFFFFFF, 2, 212, ())
    )
    at = room.now
    room.run(3.0)
    reports = [p for p in student.rtcp if isinstance(p, SenderReport) and p.ssrc == student.slot(2)]
    assert len(reports) >= 3
    offset = student.participant.egress.slots[2].timestamp_offset
    for report in reports[1:]:
        elapsed = from_ntp(report.ntp) - 1_700_000_000.0 - at
        expected = (sender.timestamp + offset + round(elapsed * 90_000)) & 0xFFFFFFFF
        assert abs((report.rtp_timestamp - expected + (1 << 31)) % (1 << 32) - (1 << 31)) <= 2
        assert report.packet_count == 2
