"""Which codecs, extensions and parameters of an offer are taken, and how they are answered."""

from __future__ import annotations

import pytest

from sfu.rtp.packet import ABS_SEND_TIME_URI, DEPENDENCY_DESCRIPTOR_URI, TRANSPORT_CC_URI
from sfu.transport.sdp import build_answer, opus_fmtp, parse_offer
from sfu.transport.sdp_codecs import VP8_FMTP
from tests.support.offers import (
    AUDIO,
    BROWSERS,
    HEAD,
    LOCAL,
    OFFERS,
    PLAIN,
    SENDING,
    VIDEO,
    answer_to,
    section,
    slots_of,
)

H264_TOO = "a=rtpmap:103 H264/90000\na=fmtp:103 packetization-mode=1;profile-level-id=42e01f\n"


def test_a_publisher_is_asked_for_a_profile_that_everybody_takes() -> None:
    both = PLAIN.replace("102 96 97", "102 96 97 103") + H264_TOO
    assert [codec.key for codec in parse_offer(both).media[1].codecs] == ["VP8", "H264/1/42e0", "H264/1/4d00"]
    sending = parse_offer(both.replace("a=recvonly", "a=sendonly")).media[1]
    assert [codec.key for codec in sending.codecs] == ["VP8", "H264/1/42e0"]
    assert [codec.key for codec in parse_offer(SENDING).media[1].codecs] == ["VP8", "H264/1/4d00"]


def test_single_nal_units_are_taken_only_from_who_has_nothing_else() -> None:
    single = "packetization-mode=0"
    receiving = PLAIN.replace("packetization-mode=1", single)
    assert [codec.key for codec in parse_offer(receiving).media[1].codecs] == ["VP8"]
    for named in (single, "x=y"):
        codec = parse_offer(SENDING.replace("packetization-mode=1", named)).media[1].codecs[1]
        assert (codec.key, codec.fmtp) == ("H264/1/4d00", f"{single};profile-level-id=4d001f")
    same = H264_TOO.replace("42e0", "4d00")
    both = SENDING.replace("packetization-mode=1", single).replace("102 96 97", "102 96 97 103") + same
    assert [codec.payload_type for codec in parse_offer(both).media[1].codecs] == [96, 103]


@pytest.mark.parametrize(
    ("offered", "keys"),
    [
        (["VP9/90000"], ["VP9/0"]),
        (["AV1/90000", "VP9/90000"], ["VP9/0", "AV1/0"]),
        (["AV1/90000", "VP9/90000", "VP8/90000"], ["VP8", "VP9/0", "AV1/0"]),
        (["VP9/90000 profile-id=2", "AV1/90000 profile=1", "VP8/90000"], ["VP8"]),
        (["VP9/90000 profile-id=0", "av1/90000 profile=0;tier=0;level-idx=8"], ["VP9/0", "AV1/0"]),
        (["VP9/48000", "AV1/90000"], ["AV1/0"]),
    ],
)
def test_vp9_and_av1_come_after_what_every_client_takes(offered: list[str], keys: list[str]) -> None:
    numbers = " ".join(str(100 + at) for at in range(len(offered)))
    lines = VIDEO[: VIDEO.index("a=rtpmap")].replace("102 96 97", numbers)
    for at, codec in enumerate(offered):
        name, _, parameters = codec.partition(" ")
        lines += f"a=rtpmap:{100 + at} {name}\n" + (f"a=fmtp:{100 + at} {parameters}\n" if parameters else "")
    codecs = parse_offer(HEAD + AUDIO + lines).media[1].codecs
    assert [codec.key for codec in codecs] == keys


def test_the_level_of_av1_is_the_one_offered() -> None:
    offered = "a=fmtp:96 profile=0;tier=0;level-idx=8\n"
    codec = parse_offer(PLAIN.replace("VP8", "AV1") + offered).media[1].codecs[1]
    assert codec.fmtp == f"profile=0;level-idx=8;tier=0;{VP8_FMTP}"


DEPENDENCIES = f"a=extmap:7 {DEPENDENCY_DESCRIPTOR_URI}\n"


def test_dependencies_are_described_only_where_the_codec_does_not_tell_them() -> None:
    assert parse_offer(PLAIN + DEPENDENCIES).media[1].extensions.dependency_descriptor == 7
    sending = SENDING + DEPENDENCIES
    assert parse_offer(sending).media[1].extensions.dependency_descriptor == 0
    av1 = sending.replace("VP8", "AV1").replace("H264", "H265")
    assert parse_offer(av1).media[1].extensions.dependency_descriptor == 7
    answer, _ = answer_to(av1)
    assert f"a=extmap:7 {DEPENDENCY_DESCRIPTOR_URI}" in section(answer, 1)


TRANSPORT_WIDE = f"a=extmap:3 {TRANSPORT_CC_URI}\na=extmap:2 {ABS_SEND_TIME_URI}\na=rtcp-fb:96 goog-remb\n"


@pytest.mark.parametrize("name", BROWSERS)
def test_extension_headers_may_be_mixed_where_the_client_says_so(name: str) -> None:
    answer, _ = answer_to(OFFERS[name])
    head = answer.split("\r\nm=")[0].split("\r\n")
    assert head.count("a=extmap-allow-mixed") == 1
    answer, _ = answer_to(PLAIN)
    assert "a=extmap-allow-mixed" not in answer


def test_who_receives_reports_by_transport_wide_number_or_else_by_remb() -> None:
    video = parse_offer(PLAIN + TRANSPORT_WIDE).media[1]
    assert (video.codecs[0].transport_cc, video.codecs[0].remb) == (True, False)
    assert (video.extensions.transport_sequence_number, video.extensions.abs_send_time) == (3, 0)
    for missing in (f"a=extmap:3 {TRANSPORT_CC_URI}\n", "a=rtcp-fb:96 transport-cc\n"):
        video = parse_offer((PLAIN + TRANSPORT_WIDE).replace(missing, "")).media[1]
        assert (video.codecs[0].transport_cc, video.codecs[0].remb) == (False, True)
        assert (video.extensions.transport_sequence_number, video.extensions.abs_send_time) == (0, 2)
    sending = parse_offer(SENDING + TRANSPORT_WIDE).media[1]
    assert sending.codecs[0].transport_cc and sending.codecs[0].remb and sending.extensions.abs_send_time == 2


RED = "a=rtpmap:63 red/48000/2\na=fmtp:63 111/111\n"


def with_red(audio: str, red: str = RED) -> str:
    return HEAD + audio.replace("SAVPF 111", "SAVPF 111 63") + red + VIDEO


def test_redundant_audio_comes_first_where_it_is_asked_for() -> None:
    answer, _ = answer_to(with_red(AUDIO))
    microphone = section(answer, 0)
    assert microphone[0] == "m=audio 5500 UDP/TLS/RTP/SAVPF 63 111"
    assert "a=rtpmap:63 red/48000/2" in microphone and "a=fmtp:63 111/111" in microphone
    receiving = with_red(AUDIO.replace("sendonly", "recvonly"))
    assert parse_offer(receiving).media[0].red_payload_type == 63
    assert section(answer_to(receiving)[0], 0)[0] == "m=audio 5500 UDP/TLS/RTP/SAVPF 111 63"


@pytest.mark.parametrize(
    "red",
    [
        "",
        "a=rtpmap:63 red/48000/2\n",
        RED.replace("111/111", "111/0"),
        RED.replace("111/111", "9/9"),
        RED.replace("/2", ""),
        RED.replace("48000", "90000"),
        RED.replace("63 ", "64 "),
    ],
)
def test_other_redundancy_is_left_out(red: str) -> None:
    assert parse_offer(with_red(AUDIO, red)).media[0].red_payload_type is None


def test_lost_sound_may_be_asked_for_where_that_is_offered() -> None:
    receiving = with_red(AUDIO.replace("sendonly", "recvonly"))
    assert not [line for line in section(answer_to(receiving)[0], 0) if "rtcp-fb" in line]
    asked = receiving.replace("m=video", "a=rtcp-fb:111 nack\na=rtcp-fb:63 nack\nm=video")
    lines = section(answer_to(asked)[0], 0)
    assert "a=rtcp-fb:111 nack" in lines and "a=rtcp-fb:63 nack" in lines
    for alone, number in (("a=rtcp-fb:111 nack\n", 63), ("a=rtcp-fb:63 nack\n", 111)):
        lines = section(answer_to(receiving.replace("m=video", f"{alone}m=video"))[0], 0)
        assert f"a=rtcp-fb:{number} nack" not in lines


def test_the_rate_of_the_class_is_asked_of_every_opus() -> None:
    offer = parse_offer(PLAIN.replace("opus/48000/2", "OPUS/48000"))
    answer = build_answer(offer, LOCAL, slots_of(offer), opus_bps=24_000)
    assert "a=rtpmap:111 opus/48000" in section(answer, 0)
    assert f"a=fmtp:111 {opus_fmtp(24_000)}" in section(answer, 0) and "=24000;" in opus_fmtp(24_000)


@pytest.mark.parametrize(
    ("level_id", "key"),
    [
        ("42e01f", "H264/1/42e0"),
        ("42c01f", "H264/1/42e0"),
        ("4d8028", "H264/1/42e0"),
        ("42001f", "H264/1/4200"),
        ("4d001f", "H264/1/4d00"),
        ("64001f", "H264/1/6400"),
        ("640c1f", "H264/1/640c"),
        ("f4001f", "H264/1/f400"),
        ("123456", "H264/1/1234"),
    ],
)
def test_h264_profiles_are_normalised(level_id: str, key: str) -> None:
    assert parse_offer(PLAIN.replace("4D001F", level_id)).media[1].codecs[1].key == key
