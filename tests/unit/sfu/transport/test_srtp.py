"""SRTP against libsrtp and the vectors of RFC 3711 and RFC 7714."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from sfu.transport.srtp import MAX_RTCP_SIZE, MAX_SSRCS, Profile, SrtpKeys, SrtpReceiver, SrtpSender, derive

PROFILES: list[Profile] = ["AEAD_AES_128_GCM", "AES128_CM_SHA1_80"]
LIBSRTP = {
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    "AES128_CM_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
}


def keys_of(profile: Profile, *, server: bool) -> SrtpKeys:
    length = SrtpKeys.exported_length(profile)
    return SrtpKeys.from_exporter(profile, bytes(i * 7 % 256 for i in range(length)), server=server)


def libsrtp_receiver(keys: SrtpKeys) -> Session:
    """What a browser has: the peer's receiving session."""
    return Session(
        Policy(
            key=keys.local_key + keys.local_salt,
            ssrc_type=Policy.SSRC_ANY_INBOUND,
            srtp_profile=LIBSRTP[keys.profile],
        )
    )


def rtp_header(sequence_number: int, ssrc: int, *, extension: bytes = b"") -> bytes:
    first = 0x90 if extension else 0x80
    header = struct.pack("!BBHLL", first, 96, sequence_number & 0xFFFF, 1000, ssrc)
    return header + (struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension if extension else b"")


def rtcp(ssrc: int = 1) -> bytes:
    return struct.pack("!BBHL", 0x80, 201, 1, ssrc)


def test_key_derivation_follows_rfc_3711_appendix_b3() -> None:
    key = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139")
    salt = bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")
    assert derive(key, salt, 0, 16).hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert derive(key, salt, 2, 14).hex().upper() == "30CBBC08863D8C85D49DB34A9AE1"
    assert derive(key, salt, 1, 20).hex().upper() == "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"


def test_gcm_follows_rfc_7714_section_16_1_1() -> None:
    sender = SrtpSender(keys_of("AEAD_AES_128_GCM", server=True))
    # The vector gives session keys, which otherwise are derived.
    sender.encrypt = AESGCM(bytes(range(16))).encrypt
    sender.salt = int.from_bytes(b"Quid pro quo", "big")
    header = bytes.fromhex("8040f17b8041f8d35501a0b2")
    packet = sender.protect(header, b"Gallia est omnis divisa in partes tres", 0x5501A0B2, 0xF17B)
    assert packet.hex() == header.hex() + (
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_libsrtp_opens_what_is_sent_across_two_rollovers(profile: Profile) -> None:
    keys = keys_of(profile, server=True)
    sender, browser = SrtpSender(keys), libsrtp_receiver(keys)
    for index in [*range(65_500, 65_570), *range(70_000, 200_000, 9_000)]:
        header = rtp_header(index, 0xDEADBEEF, extension=b"\x10\xaa\x00\x00")
        payload = index.to_bytes(4, "big") * 100
        assert browser.unprotect(sender.protect(header, payload, 0xDEADBEEF, index)) == header + payload


@pytest.mark.parametrize("profile", PROFILES)
@given(payload=st.binary(max_size=1300), ssrc=st.integers(1, 2**32 - 1), sequence_number=st.integers(0, 65535))
def test_any_packet_survives_the_way(profile: Profile, payload: bytes, ssrc: int, sequence_number: int) -> None:
    keys = keys_of(profile, server=True)
    header = rtp_header(sequence_number, ssrc)
    packet = SrtpSender(keys).protect(header, payload, ssrc, sequence_number)
    assert SrtpReceiver(keys_of(profile, server=False)).unprotect(packet) == header + payload


@pytest.mark.parametrize("profile", PROFILES)
def test_old_packets_may_be_sent_again_after_a_rollover(profile: Profile) -> None:
    keys = keys_of(profile, server=True)
    sender = SrtpSender(keys)
    first = sender.protect(rtp_header(10, 5), b"x", 5, 10)
    sender.protect(rtp_header(70_000, 5), b"y", 5, 70_000)
    assert sender.protect(rtp_header(10, 5), b"x", 5, 10) == first


@pytest.mark.parametrize("profile", PROFILES)
def test_larger_packets_than_libsrtp_takes_can_be_sent(profile: Profile) -> None:
    sender = SrtpSender(keys_of(profile, server=True))
    assert len(sender.protect(rtp_header(1, 1), bytes(1450), 1, 1)) > 1462


def test_gcm_by_hand_equals_protect() -> None:
    sender = SrtpSender(keys_of("AEAD_AES_128_GCM", server=True))
    header, ssrc, index = rtp_header(7, 9), 9, 3 << 16 | 7
    assert sender.encrypt is not None
    nonce = (sender.salt ^ (ssrc << 48) ^ index).to_bytes(12, "big")
    assert header + sender.encrypt(nonce, b"abc", header) == sender.protect(header, b"abc", ssrc, index)


def test_the_hot_path_is_for_gcm_alone() -> None:
    assert SrtpSender(keys_of("AES128_CM_SHA1_80", server=True)).encrypt is None


@pytest.mark.parametrize("profile", PROFILES)
def test_both_ends_agree_on_the_exported_keys(profile: Profile) -> None:
    server, client = keys_of(profile, server=True), keys_of(profile, server=False)
    assert (server.local_key, server.local_salt) == (client.remote_key, client.remote_salt)
    assert (client.local_key, client.local_salt) == (server.remote_key, server.remote_salt)
    assert server.local_key != server.remote_key
    assert server.local_key.hex() not in repr(server)
    with pytest.raises(ValueError, match="exported bytes"):
        SrtpKeys.from_exporter(profile, b"short", server=True)


@pytest.mark.parametrize("profile", PROFILES)
def test_replayed_and_forged_packets_are_refused(profile: Profile) -> None:
    client = SrtpSender(keys_of(profile, server=False))
    receiver = SrtpReceiver(keys_of(profile, server=True))
    packet = client.protect(rtp_header(1, 3), b"hello", 3, 1)
    forged = packet[:-1] + bytes([packet[-1] ^ 1])
    assert receiver.unprotect(forged) is None
    assert receiver.unprotect(packet) == rtp_header(1, 3) + b"hello"
    assert receiver.unprotect(packet) is None
    report = client.protect_rtcp(rtcp())
    assert receiver.unprotect_rtcp(report) == rtcp()
    assert receiver.unprotect_rtcp(report) is None


@pytest.mark.parametrize("profile", PROFILES)
@given(data=st.binary(max_size=1600))
def test_noise_gives_none(profile: Profile, data: bytes) -> None:
    receiver = SrtpReceiver(keys_of(profile, server=True))
    assert receiver.unprotect(data) is None
    assert receiver.unprotect_rtcp(data) is None


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_too_long_gives_none(profile: Profile) -> None:
    receiver = SrtpReceiver(keys_of(profile, server=True))
    assert receiver.unprotect(rtp_header(1, 1) + bytes(3000)) is None
    assert receiver.unprotect_rtcp(rtcp() + bytes(3000)) is None


@pytest.mark.parametrize("profile", PROFILES)
def test_rtcp_reaches_the_peer_and_too_much_of_it_is_an_error(profile: Profile) -> None:
    keys = keys_of(profile, server=True)
    sender, browser = SrtpSender(keys), libsrtp_receiver(keys)
    assert browser.unprotect_rtcp(sender.protect_rtcp(rtcp())) == rtcp()
    large = rtcp() + bytes(MAX_RTCP_SIZE - len(rtcp()))
    assert browser.unprotect_rtcp(sender.protect_rtcp(large)) == large
    with pytest.raises(ValueError, match="too long"):
        sender.protect_rtcp(large + bytes(4))
    with pytest.raises(ValueError, match="RTCP"):
        sender.protect_rtcp(b"\x80")


def test_a_participant_cannot_fill_the_memory_with_streams() -> None:
    client = SrtpSender(keys_of("AEAD_AES_128_GCM", server=False))
    receiver = SrtpReceiver(keys_of("AEAD_AES_128_GCM", server=True))
    opened = [
        receiver.unprotect(client.protect(rtp_header(1, ssrc), b"x", ssrc, 1)) for ssrc in range(1, MAX_SSRCS + 50)
    ]
    assert sum(item is not None for item in opened) == MAX_SSRCS
    assert receiver.unprotect(client.protect(rtp_header(2, 1), b"x", 1, 2)) is not None
