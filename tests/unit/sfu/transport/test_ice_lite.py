"""ICE-lite: who may steer a connection, and who may not."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from sfu.transport.ice_lite import (
    DISCONNECTED_AFTER,
    EXPIRED_AFTER,
    MAX_ADDRESSES,
    Address,
    Credentials,
    IceLite,
    TcpAddress,
    is_stun,
    new_credentials,
    username_fragment,
)

LOCAL, PASSWORD, REMOTE = "srvUfrag", "serverPassword0123456789", "peer"
HOME: Address = ("192.0.2.1", 4000)
MOBILE: Address = ("198.51.100.7", 5000)
V6: Address = ("2001:db8::7", 6000, 0, 0)


def check(
    *,
    nominate: bool = False,
    username: str | None = f"{LOCAL}:{REMOTE}",
    password: str = PASSWORD,
    controlled: bool = False,
    integrity: bool = True,
    **more: Any,
) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    if username is not None:
        message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1845494271
    message.attributes["ICE-CONTROLLED" if controlled else "ICE-CONTROLLING"] = 7
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.attributes.update(more)
    if integrity:
        message.add_message_integrity(password.encode())
    else:
        message.add_fingerprint()
    return bytes(message)


@pytest.fixture
def agent() -> IceLite:
    return IceLite(Credentials(LOCAL, PASSWORD, REMOTE), 0.0)


@pytest.mark.parametrize("source", [HOME, V6, ("fe80::1%lo", 9, 0, 1)])
def test_a_valid_check_is_answered_with_the_address_it_came_from(agent: IceLite, source: Address) -> None:
    request = check()
    result = agent.handle(request, source, 1.0)
    assert result.response is not None and result.valid and result.drop is None
    assert result.selected == source == agent.selected
    response = stun.parse_message(result.response)
    assert response.message_class is stun.Class.RESPONSE
    assert response.transaction_id == request[8:20]
    assert response.check_message_integrity(PASSWORD.encode())
    assert "FINGERPRINT" in response.attributes
    assert response.attributes["XOR-MAPPED-ADDRESS"] == (source[0].partition("%")[0], source[1])
    assert agent.knows(source) and agent.last_check_from(source) == 1.0


def test_the_first_valid_pair_serves_until_one_is_nominated(agent: IceLite) -> None:
    assert agent.handle(check(), HOME, 1.0).selected == HOME
    assert agent.handle(check(), MOBILE, 1.1).selected is None
    assert agent.handle(check(nominate=True), MOBILE, 1.2).selected == MOBILE
    assert agent.handle(check(nominate=True), MOBILE, 1.3).selected is None
    assert agent.handle(check(), HOME, 1.4).selected is None
    assert agent.selected == MOBILE
    assert agent.handle(check(nominate=True), V6, 1.5).selected == V6


FORGED = {
    "wrong password": (check(nominate=True, password="not the password of this"), "stun-bad-integrity"),
    "no integrity": (check(nominate=True, integrity=False), "stun-bad-integrity"),
    "no username": (check(nominate=True, username=None), "stun-wrong-username"),
    "other server": (check(nominate=True, username=f"other:{REMOTE}"), "stun-wrong-username"),
    "other peer": (check(nominate=True, username=f"{LOCAL}:other"), "stun-wrong-username"),
    "no peer": (check(nominate=True, username=LOCAL), "stun-wrong-username"),
    "wrong fingerprint": (check(nominate=True)[:-4] + bytes(4), "stun-malformed"),
    "cut": (check(nominate=True)[:-4], "stun-malformed"),
    "too large": (check(nominate=True, SOFTWARE="x" * 1300), "stun-malformed"),
    "indication": (b"\x00\x11" + check(nominate=True)[2:], "stun-not-a-request"),
    "response": (b"\x01\x01" + check(nominate=True)[2:], "stun-not-a-request"),
    "nothing": (b"", "stun-not-a-request"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_check_changes_nothing_and_gets_no_answer(agent: IceLite, what: str) -> None:
    datagram, reason = FORGED[what]
    agent.handle(check(nominate=True), HOME, 1.0)
    result = agent.handle(datagram, MOBILE, 5.0)
    assert (result.response, result.selected, result.valid, result.drop) == (None, None, False, reason)
    assert agent.selected == HOME and not agent.knows(MOBILE) and agent.last_valid_check == 1.0


def test_what_follows_the_integrity_is_not_believed(agent: IceLite) -> None:
    agent.handle(check(nominate=True), HOME, 1.0)
    plain = check(integrity=True)[:-8]
    forged = plain + struct.pack("!HH", 0x0025, 0)
    forged = forged[:2] + struct.pack("!H", len(forged) - 20) + forged[4:]
    assert agent.handle(forged, MOBILE, 2.0).selected is None
    assert agent.selected == HOME


def test_a_controlled_peer_is_told_to_control(agent: IceLite) -> None:
    result = agent.handle(check(controlled=True, nominate=True), HOME, 1.0)
    assert result.response is not None and not result.valid and agent.selected is None
    response = stun.parse_message(result.response)
    assert response.error_code == 487
    assert response.check_message_integrity(PASSWORD.encode())
    forged = agent.handle(check(controlled=True, password="wrong wrong wrong wrong"), HOME, 1.0)
    assert forged.response is None


NEXT = Credentials("srvTwo", "another password 0123456", "peerTwo")


def next_check(**more: Any) -> bytes:
    return check(username=NEXT.username, password=NEXT.local_pwd, **more)


def test_a_restart_begins_with_the_first_check_by_the_new_credentials(agent: IceLite) -> None:
    agent.handle(check(nominate=True), HOME, 1.0)
    agent.restart(NEXT)
    assert agent.local_ufrags == (LOCAL, NEXT.local_ufrag)
    assert agent.handle(check(), HOME, 2.0).valid, "the old ones serve until then"
    assert agent.handle(check(username=NEXT.username), MOBILE, 2.1).drop == "stun-bad-integrity"
    assert agent.local_ufrags == (LOCAL, NEXT.local_ufrag) and agent.selected == HOME

    # Also without a nomination: the old path may be dead.
    assert agent.handle(next_check(), MOBILE, 3.0).selected == MOBILE
    assert list(agent.local_ufrags) == [NEXT.local_ufrag] and agent.credentials is NEXT
    assert agent.handle(check(nominate=True), HOME, 3.1).drop == "stun-wrong-username"
    assert agent.handle(next_check(), V6, 3.2).selected is None
    assert agent.handle(next_check(nominate=True), HOME, 3.3).selected == HOME
    assert agent.knows(MOBILE) and agent.selected == HOME


def test_the_latest_restart_counts(agent: IceLite) -> None:
    agent.restart(Credentials("srvX", "x" * 24, "peerX"))
    agent.restart(NEXT)
    assert agent.local_ufrags == (LOCAL, NEXT.local_ufrag)
    assert agent.handle(check(username="srvX:peerX", password="x" * 24), HOME, 1.0).drop == "stun-wrong-username"
    assert agent.handle(next_check(), HOME, 1.1).selected == HOME


def test_a_lost_connection_gives_way_to_the_latest_other_address(agent: IceLite) -> None:
    first, second = TcpAddress("192.0.2.1", 4000, 1), TcpAddress("192.0.2.1", 4000, 2)
    agent.handle(check(nominate=True), first, 1.0)
    agent.handle(check(), HOME, 2.0)
    agent.handle(check(), second, 3.0)
    agent.forget(first)
    assert agent.selected == second and not agent.knows(first)
    agent.forget(HOME)
    agent.forget(HOME)
    agent.forget(second)
    assert agent.selected == second, "nothing better is known"
    assert agent.handle(check(nominate=True), MOBILE, 4.0).selected == MOBILE


def test_an_answer_is_never_larger_than_its_check(agent: IceLite) -> None:
    for source in (HOME, V6):
        request = check()
        response = agent.handle(request, source, 1.0).response
        assert response is not None and len(response) <= len(request)


def test_consent_runs_out_in_two_steps(agent: IceLite) -> None:
    assert agent.poll(1.0) == "disconnected"
    agent.handle(check(), HOME, 2.0)
    assert agent.poll(2.0 + DISCONNECTED_AFTER - 0.1) == "connected"
    assert agent.poll(2.0 + DISCONNECTED_AFTER) == "disconnected"
    agent.handle(check(password="wrong wrong wrong wrong"), HOME, 20.0)
    assert agent.poll(20.0) == "disconnected"
    agent.handle(check(), HOME, 25.0)
    assert agent.poll(25.0) == "connected"
    assert agent.poll(25.0 + EXPIRED_AFTER) == "expired"


def test_one_that_never_comes_expires(agent: IceLite) -> None:
    assert agent.poll(EXPIRED_AFTER) == "expired"


def test_only_the_latest_addresses_are_remembered(agent: IceLite) -> None:
    agent.handle(check(nominate=True), HOME, 0.0)
    for port in range(1000, 1100):
        agent.handle(check(), ("203.0.113.1", port), float(port))
    assert agent.knows(HOME), "the selected address is never forgotten"
    assert sum(agent.knows(("203.0.113.1", port)) for port in range(1000, 1100)) == MAX_ADDRESSES - 1
    assert agent.knows(("203.0.113.1", 1099)) and not agent.knows(("203.0.113.1", 1000))


def test_the_fragment_is_read_without_parsing_the_rest() -> None:
    assert username_fragment(check()) == LOCAL
    assert username_fragment(check(username="a:b:c")) == "a"
    assert username_fragment(check(username=None)) is None
    assert username_fragment(check(username="nocolon")) is None
    assert username_fragment(check(username="ü:b")) is None
    assert username_fragment(b"\x01\x01" + check()[2:]) is None
    assert username_fragment(check()[:22]) is None
    assert is_stun(check()) and not is_stun(b"\x80" + bytes(30)) and not is_stun(b"\x00\x01")


def test_credentials_are_ice_characters() -> None:
    ufrag, password = new_credentials(random.Random(1).randbytes)
    assert len(ufrag) == 8 and len(password) == 24
    assert all(letter.isalnum() or letter in "+/" for letter in ufrag + password)
    assert new_credentials(random.Random(2).randbytes) != (ufrag, password)


@given(data=st.binary(max_size=200))
def test_noise_is_a_counted_drop(data: bytes) -> None:
    agent = IceLite(Credentials(LOCAL, PASSWORD, REMOTE), 0.0)
    username_fragment(data)
    assert agent.handle(data, HOME, 1.0).drop is not None
    assert agent.handle(b"\x00\x01" + data, HOME, 1.0).drop is not None


ATTRIBUTE = st.tuples(
    st.one_of(st.sampled_from(sorted(stun.ATTRIBUTES_BY_TYPE)), st.integers(0, 0xFFFF)),
    st.binary(max_size=40),
    st.one_of(st.none(), st.integers(0, 0xFFFF)),
)


@given(attributes=st.lists(ATTRIBUTE, max_size=8), length=st.one_of(st.none(), st.integers(0, 0xFFFF)))
def test_any_attributes_are_a_counted_drop(
    attributes: list[tuple[int, bytes, int | None]], length: int | None
) -> None:
    body = b"".join(
        struct.pack("!HH", kind, len(value) if size is None else size) + value + bytes(-len(value) % 4)
        for kind, value, size in attributes
    )
    data = struct.pack("!HHI12s", 1, len(body) if length is None else length, stun.COOKIE, bytes(12)) + body
    agent = IceLite(Credentials(LOCAL, PASSWORD, REMOTE), 0.0)
    username_fragment(data)
    result = agent.handle(data, HOME, 1.0)
    assert result.drop is not None and result.response is None and agent.selected is None


@given(position=st.integers(0, 10_000), value=st.integers(1, 255), cut=st.integers(0, 200))
def test_a_damaged_check_is_a_counted_drop(position: int, value: int, cut: int) -> None:
    good = bytearray(check(nominate=True))
    # FINGERPRINT, the last 8 bytes, follows the integrity: damaged beyond recognition it counts as left out.
    good[position % (len(good) - 8)] ^= value
    agent = IceLite(Credentials(LOCAL, PASSWORD, REMOTE), 0.0)
    for data in (bytes(good), bytes(good[: max(0, len(good) - cut - 1)])):
        username_fragment(data)
        result = agent.handle(data, HOME, 1.0)
        assert result.drop is not None and agent.selected is None
