"""Batches over real sockets: the kernel cuts a run into the right packets; without it they leave one by one."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from sfu.forwarding.outgoing.line import Outbound, SendMessage
from sfu.messages import Source
from sfu.rtp.packet import RtpPacket, parse_rtp
from sfu.transport.srtp import Profile, SrtpKeys, SrtpReceiver, SrtpSender
from sfu.worker.member import by_nonce
from tests.support.virtual_class import IDS, Person, VirtualClass, vp8_payload

pytestmark = pytest.mark.integration

CAMERA = frozenset({Source.CAMERA})
SIZES = (1100, 1097, 1100, 1099, 400)


class Student:
    """A subscriber behind a real socket, with real keys."""

    def __init__(self, room: VirtualClass, profile: Profile) -> None:
        self.tx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rx.bind(("127.0.0.1", 0))
        self.rx.settimeout(30)
        keys = SrtpKeys.from_exporter(profile, os.urandom(SrtpKeys.exported_length(profile)), server=True)
        theirs = SrtpKeys(profile, keys.remote_key, keys.remote_salt, keys.local_key, keys.local_salt)
        self.sender = SrtpSender(keys)
        self.receiver = SrtpReceiver(theirs)
        self.calls = 0
        self.person: Person = room.join("student", connect=False)

    def connect(self, room: VirtualClass, sendmsg: SendMessage | None) -> None:
        encrypt, salt = (self.sender.encrypt or by_nonce(self.sender)), self.sender.salt
        if self.sender.encrypt is None:
            salt = 0
        outbound = Outbound(encrypt, salt, self.tx.sendto, self.rx.getsockname(), sendmsg)
        room.session.connected(self.person.id, outbound, lambda _: None, room.now)

    def count_calls(
        self, buffers: Iterable[bytes], ancillary: Iterable[tuple[int, int, bytes]], flags: int, address: Any
    ) -> int:
        self.calls += 1
        return self.tx.sendmsg(buffers, ancillary, flags, address)

    def receive(self, count: int) -> list[RtpPacket]:
        packets: list[RtpPacket] = []
        for _ in range(count):
            opened = self.receiver.unprotect(self.rx.recv(2048))
            assert opened is not None
            packets.append(parse_rtp(opened, IDS))
        return packets

    def nothing_more(self) -> bool:
        self.rx.setblocking(False)
        try:
            self.rx.recv(2048)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self.tx.close()
        self.rx.close()


@pytest.fixture
def room() -> VirtualClass:
    return VirtualClass()


@pytest.fixture(params=["AEAD_AES_128_GCM", "AES128_CM_SHA1_80"])
def student(request: pytest.FixtureRequest, room: VirtualClass) -> Iterator[Student]:
    student = Student(room, request.param)
    yield student
    student.close()


def frame(tutor: Person) -> list[bytes]:
    """A keyframe in packets of sizes such as a browser makes."""
    sender = tutor.senders[Source.CAMERA]
    sender.timestamp += 3000
    sender.picture_id += 1
    last = len(SIZES) - 1
    return [
        sender.packet(vp8_payload(sender.picture_id, keyframe=True, start=i == 0, size=size), marker=i == last)
        for i, size in enumerate(SIZES)
    ]


def assert_whole(packets: list[RtpPacket], sent: list[bytes]) -> None:
    assert [packet.payload for packet in packets] == [parse_rtp(data, IDS).payload for data in sent]
    first = packets[0].sequence_number
    assert [packet.sequence_number for packet in packets] == [(first + i) & 0xFFFF for i in range(len(sent))]
    assert [packet.transport_sequence_number for packet in packets] == list(range(1, len(sent) + 1))
    assert [packet.marker for packet in packets] == [False] * (len(sent) - 1) + [True]
    assert {packet.mid for packet in packets} == {"v0"}


def test_a_batch_leaves_in_one_call_and_arrives_as_the_right_packets(room: VirtualClass, student: Student) -> None:
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student.connect(room, student.count_calls)
    sent = frame(tutor)
    room.send_batch(tutor, *sent)
    assert_whole(student.receive(len(sent)), sent)
    assert student.calls == 1
    assert student.nothing_more()


def test_packets_of_a_kernel_without_batches_leave_one_by_one(
    room: VirtualClass, student: Student, caplog: pytest.LogCaptureFixture
) -> None:
    refused = 0

    def refuse(*_: object) -> int:
        nonlocal refused
        refused += 1
        raise OSError(errno.EINVAL, "Invalid argument")

    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student.connect(room, refuse)
    with caplog.at_level(logging.WARNING):
        first, second = frame(tutor), frame(tutor)
        room.send_batch(tutor, *first)
        assert_whole(student.receive(len(first)), first)
        room.send_batch(tutor, *second)
    later = student.receive(len(second))
    assert [packet.payload for packet in later] == [parse_rtp(data, IDS).payload for data in second]
    assert refused == 1
    assert len(caplog.records) == 1
    assert room.drops.snapshot() == {}


def test_a_way_out_that_knows_no_batches_serves_too(room: VirtualClass, student: Student) -> None:
    tutor = room.join("tutor", lead=True, publishing=CAMERA)
    student.connect(room, None)
    sent = frame(tutor)
    room.send_batch(tutor, *sent)
    assert_whole(student.receive(len(sent)), sent)
