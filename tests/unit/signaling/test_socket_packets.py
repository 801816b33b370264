"""Any text is a packet of some kind: never an exception, never a name the library keeps for itself."""

from __future__ import annotations

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from socketio import packet

from signaling.realtime.packets import RESERVED, Packet


@given(st.text(max_size=60) | st.binary(max_size=20) | st.from_regex(r"\A[0-6](\d+-)?(/\w*,)?\d{0,3}[\[{].*\Z"))
@example('2["disconnect"]')
@example('51-["a",{"_placeholder":true,"num":0}]')
@example("2" + "[" * 100_000)
def test_whatever_comes_is_decoded(text: str | bytes) -> None:
    found = Packet(encoded_packet=text)
    assert found.packet_type in (packet.CONNECT, packet.DISCONNECT, packet.EVENT)
    assert found.attachment_count == 0
    if found.packet_type == packet.EVENT:
        assert isinstance(found.data[0], str)
        assert found.data[0] not in RESERVED


def test_a_payload_stays_as_it_came() -> None:
    found = Packet(encoded_packet='217["send-message",{"id": "m", "text":"ü"}]')
    assert found.data[0] == "send-message"
    assert str(found.id) == "17"
    assert bytes(found.data[1]) == '{"id": "m", "text":"ü"}'.encode()


def test_structs_are_sent_in_camel_case() -> None:
    class Body(msgspec.Struct, rename="camel"):
        is_on: bool

    assert Packet(packet.EVENT, data=["event", Body(is_on=True)]).encode() == '2["event",{"isOn":true}]'
