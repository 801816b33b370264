"""What counts as the answer of a STUN server."""

from __future__ import annotations

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from sfu.config import MediaConfig, host_and_port
from sfu.transport.addresses import are_private, candidates
from sfu.transport.public_address import Question

SERVER = ("192.0.2.9", 3478)
ID = bytes(range(12))
MAPPED = ("203.0.113.5", 6000)


GOOD = {"XOR-MAPPED-ADDRESS": MAPPED}


def response(
    attributes: dict[str, tuple[str, int]], transaction_id: bytes = ID, kind: stun.Class = stun.Class.RESPONSE
) -> bytes:
    message = stun.Message(stun.Method.BINDING, kind, transaction_id=transaction_id)
    message.attributes.update(attributes)
    return bytes(message)


@pytest.fixture
def question() -> Question:
    return Question(SERVER, ID)


def test_the_mapped_address_is_read(question: Question) -> None:
    request = stun.parse_message(question.request)
    assert (request.message_class, request.transaction_id) == (stun.Class.REQUEST, ID)
    assert question.read(response(GOOD), SERVER) == MAPPED
    assert question.read(response({"MAPPED-ADDRESS": MAPPED}), SERVER) == MAPPED


def test_what_others_say_does_not_count(question: Question) -> None:
    assert question.read(response(GOOD), ("192.0.2.9", 3479)) is None
    assert question.read(response(GOOD, bytes(12)), SERVER) is None
    assert question.read(response(GOOD, kind=stun.Class.ERROR), SERVER) is None
    assert question.read(response(GOOD, kind=stun.Class.REQUEST), SERVER) is None
    assert question.read(response({}), SERVER) is None


@given(data=st.binary(max_size=80), cut=st.integers(0, 40))
def test_noise_is_no_answer(data: bytes, cut: int) -> None:
    question = Question(SERVER, ID)
    good = response(GOOD)
    assert question.read(data, SERVER) is None
    assert question.read(good[:8] + ID + data, SERVER) in (None, MAPPED)
    question.read(good[: len(good) - cut], SERVER)


def test_the_public_address_stands_before_the_private_ones() -> None:
    def told(*, tcp: bool, mapped: tuple[str, int] | None = None) -> list[str]:
        found = candidates(["10.0.0.2", "fd00::2"], 5500, tcp=tcp, mapped=mapped)
        return [f"{item.protocol} {item.ip} {item.port}" for item in found]

    assert told(tcp=False) == ["udp 10.0.0.2 5500", "udp fd00::2 5500"]
    assert told(tcp=True, mapped=MAPPED) == [
        "udp 203.0.113.5 6000",
        "udp 10.0.0.2 5500",
        "udp fd00::2 5500",
        "tcp 203.0.113.5 5500",
        "tcp 10.0.0.2 5500",
        "tcp fd00::2 5500",
    ]
    assert told(tcp=False, mapped=("10.0.0.2", 5500)) == told(tcp=False)


def test_who_can_be_reached_asks_nobody() -> None:
    assert are_private(["10.0.0.2", "127.0.0.1", "fd00::2", "100.64.1.1", "192.168.1.1"])
    assert not are_private(["10.0.0.2", "8.8.8.8"]) and not are_private(["2606:4700::1"])


def test_a_server_is_a_host_and_a_port() -> None:
    assert host_and_port("stun.example.org", 3478) == ("stun.example.org", 3478)
    assert host_and_port("stun.example.org:1", 3478) == ("stun.example.org", 1)
    for wrong in ("", ":1", "host:", "host:x", "host:0", "host:65536", "host:1:2"):
        with pytest.raises(ValueError, match="host:port"):
            host_and_port(wrong, 1)
    with pytest.raises(ValueError, match="host:port"):
        MediaConfig(stun_server="host:port")
