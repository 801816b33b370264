"""Offers of real clients, broken offers, and the answers."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.errors import BadSdp
from sfu.rtp.packet import ABS_SEND_TIME_URI, DEPENDENCY_DESCRIPTOR_URI, TRANSPORT_CC_URI, ExtensionIds
from sfu.transport.sdp import (
    Candidate,
    LocalParameters,
    Offer,
    SlotStreams,
    build_answer,
    opus_fmtp,
    parse_offer,
)
from sfu.transport.sdp_codecs import VP8_FMTP
from sfu.transport.sdp_offer import MAX_ATTRIBUTES, MAX_CHARACTERS, MAX_LINES

DATA = Path(__file__).parents[3] / "data" / "sdp"
OFFERS = {path.stem: path.read_bytes().decode() for path in sorted(DATA.glob("*.sdp"))}
BROWSERS = ["chromium", "chromium_simulcast", "firefox", "firefox_simulcast"]

FINGERPRINT = ":".join(["AB"] * 32)
LOCAL = LocalParameters(
    ice_ufrag="srvUfrag",
    ice_pwd="p" * 24,
    fingerprint_sha256=FINGERPRINT,
    candidates=(Candidate("2001:db8::1", 5500), Candidate("192.0.2.1", 5500)),
)

HEAD = f"""v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=ice-ufrag:abcd
a=ice-pwd:{"x" * 22}
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
"""
AUDIO = """m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtcp-mux
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:111 opus/48000/2
"""
VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 102 96 97
c=IN IP4 0.0.0.0
a=mid:1
a=recvonly
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtcp-fb:* nack
a=rtcp-fb:96 transport-cc
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 profile-level-id=4D001F; packetization-mode=1
"""
PLAIN = HEAD + AUDIO + VIDEO


def slots_of(offer: Offer) -> dict[str, SlotStreams]:
    return {
        line.mid: SlotStreams(1000 + line.index, 2000 + line.index, "podium", f"s{line.mid} t{line.mid}")
        for line in offer.receiving
    }


def answer_to(sdp: str) -> tuple[str, SessionDescription]:
    offer = parse_offer(sdp)
    answer = build_answer(offer, LOCAL, slots_of(offer))
    return answer, SessionDescription.parse(answer)


def section(answer: str, index: int) -> list[str]:
    return ("m=" + answer.split("\r\nm=")[index + 1]).split("\r\n")


@pytest.mark.parametrize("name", BROWSERS)
def test_what_browsers_offer_is_understood(name: str) -> None:
    offer = parse_offer(OFFERS[name])
    assert [(line.mid, line.kind, line.sends) for line in offer.media] == [
        ("0", "audio", True),
        ("1", "video", True),
        ("2", "video", True),
        ("3", "audio", False),
        ("4", "audio", False),
        ("5", "video", False),
        ("6", "video", False),
    ]
    assert not any(line.rejected for line in offer.media)
    assert offer.setup == "actpass" and offer.bundle == ("0", "1", "2", "3", "4", "5", "6")
    assert [algorithm for algorithm, _ in offer.fingerprints] == ["sha-256"]
    for line in offer.media:
        assert line.codecs[0].key == ("opus" if line.kind == "audio" else "VP8")
        assert (line.codecs[0].rtx_payload_type is not None) == (line.kind == "video")
        assert line.codecs[0].nack == line.codecs[0].pli == line.codecs[0].fir == (line.kind == "video")
        assert line.codecs[0].transport_cc
        assert line.codecs[0].remb == (line.sends and line.kind == "video")
        assert line.extensions.mid
        assert line.extensions.transport_sequence_number
        assert line.sends or not line.extensions.abs_send_time
        assert bool(line.extensions.audio_level) == (line.sends and line.kind == "audio")
        assert (line.ssrc is None) or line.sends


def test_chromium_in_detail() -> None:
    offer = parse_offer(OFFERS["chromium"])
    microphone, camera = offer.sending[:2]
    assert microphone.codecs[0].payload_type == 111
    assert microphone.extensions == ExtensionIds(
        mid=4, audio_level=1, abs_send_time=2, transport_sequence_number=3
    )
    assert [(codec.key, codec.payload_type, codec.rtx_payload_type) for codec in camera.codecs] == [
        ("VP8", 96, 97),
        ("H264/1/42e0", 108, 109),
        ("H264/1/4200", 102, 103),
        ("VP9/0", 98, 99),
        ("AV1/0", 45, 46),
    ]
    assert camera.extensions.rid == 10 and camera.extensions.repaired_rid == 11
    assert camera.ssrc is not None and camera.rtx_ssrc is not None
    assert parse_offer(OFFERS["chromium_simulcast"]).sending[1].ssrc is None


def test_firefox_in_detail() -> None:
    camera = parse_offer(OFFERS["firefox"]).sending[1]
    assert [(codec.key, codec.payload_type, codec.rtx_payload_type) for codec in camera.codecs] == [
        ("VP8", 120, 124),
        ("VP9/0", 121, 125),
        ("AV1/0", 99, 100),
    ]


@pytest.mark.parametrize("name", OFFERS)
def test_the_answer_has_the_lines_of_the_offer(name: str) -> None:
    offer = parse_offer(OFFERS[name])
    _, parsed = answer_to(OFFERS[name])
    assert len(parsed.media) == len(offer.lines)
    assert parsed.group[0].items == list(offer.bundle)
    by_index = {line.index: line for line in offer.media}
    for index, media in enumerate(parsed.media):
        line = by_index.get(index)
        assert media.rtp.muxId == offer.lines[index].mid and media.profile == offer.lines[index].protocol
        if line is None:
            assert media.port == 0 and media.direction == "inactive" and media.kind == "application"
            continue
        assert media.direction == ("recvonly" if line.sends else "sendonly")
        assert media.rtcp_mux and media.port == 5500 and media.host == "192.0.2.1"
        assert media.ice is not None and media.ice.iceLite and media.ice.usernameFragment == "srvUfrag"
        assert media.dtls is not None and media.dtls.role == "server"
        assert media.dtls.fingerprints[0].value == FINGERPRINT
        assert [(item.ip, item.port) for item in media.ice_candidates] == [
            ("2001:db8::1", 5500),
            ("192.0.2.1", 5500),
        ]
        assert media.ice_candidates_complete
        assert media.ice_candidates[0].priority > media.ice_candidates[1].priority
        assert set(media.fmt) <= {int(item) for item in offer.lines[index].formats}
        opus = [codec for codec in media.rtp.codecs if codec.name == "opus"]
        assert all(f"a=fmtp:{codec.payloadType} {opus_fmtp(32_000)}" in OFFERS_ANSWER[name] for codec in opus)
        if line.sends:
            assert media.ssrc == []
        elif line.kind == "video":
            assert [item.ssrc for item in media.ssrc] == [1000 + index, 2000 + index]
            assert media.ssrc_group[0].items == [1000 + index, 2000 + index]
        else:
            assert [item.ssrc for item in media.ssrc] == [1000 + index]
            assert media.msid == f"s{line.mid} t{line.mid}"


OFFERS_ANSWER = {name: answer_to(sdp)[0] for name, sdp in OFFERS.items()}


def codec_of_firefox(number: int, rtx: int, name: str, fmtp: str) -> list[str]:
    feedback = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
    return [
        f"a=rtpmap:{number} {name}/90000",
        *[f"a=rtcp-fb:{number} {item}" for item in feedback],
        f"a=fmtp:{number} {fmtp};x-google-start-bitrate=800",
        f"a=rtpmap:{rtx} rtx/90000",
        f"a=fmtp:{rtx} apt={number}",
    ]


VP9_AND_AV1_OF_FIREFOX = [
    *codec_of_firefox(121, 125, "VP9", "profile-id=0"),
    *codec_of_firefox(99, 100, "AV1", "profile=0"),
]


def test_a_sending_and_a_receiving_line_word_for_word() -> None:
    answer, _ = answer_to(OFFERS["firefox"])
    camera = [line for line in section(answer, 1) if not line.startswith("a=candidate")]
    assert camera == [
        "m=video 5500 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100",
        "c=IN IP4 192.0.2.1",
        "a=mid:1",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        "a=rtpmap:120 VP8/90000",
        "a=rtcp-fb:120 goog-remb",
        "a=rtcp-fb:120 transport-cc",
        "a=rtcp-fb:120 ccm fir",
        "a=rtcp-fb:120 nack",
        "a=rtcp-fb:120 nack pli",
        "a=fmtp:120 x-google-start-bitrate=800",
        "a=rtpmap:124 rtx/90000",
        "a=fmtp:124 apt=120",
        *VP9_AND_AV1_OF_FIREFOX,
        "a=setup:passive",
        "a=end-of-candidates",
    ]
    slot = [line for line in section(answer, 5) if not line.startswith("a=candidate")]
    assert slot == [
        "m=video 5500 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100",
        "c=IN IP4 192.0.2.1",
        "a=mid:5",
        "a=sendonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        "a=rtpmap:120 VP8/90000",
        "a=rtcp-fb:120 transport-cc",
        "a=rtcp-fb:120 ccm fir",
        "a=rtcp-fb:120 nack",
        "a=rtcp-fb:120 nack pli",
        "a=fmtp:120 x-google-start-bitrate=800",
        "a=rtpmap:124 rtx/90000",
        "a=fmtp:124 apt=120",
        *[line for line in VP9_AND_AV1_OF_FIREFOX if "goog-remb" not in line],
        "a=msid:s5 t5",
        "a=ssrc-group:FID 1005 2005",
        "a=ssrc:1005 cname:podium",
        "a=ssrc:2005 cname:podium",
        "a=setup:passive",
        "a=end-of-candidates",
    ]


def test_a_plain_offer() -> None:
    offer = parse_offer(PLAIN)
    video = offer.media[1]
    assert [codec.key for codec in video.codecs] == ["VP8", "H264/1/4d00"]
    assert video.codecs[0].nack and video.codecs[1].nack and not video.codecs[0].transport_cc
    assert video.codecs[1].fmtp == "packetization-mode=1;profile-level-id=4d001f"
    assert (offer.ice_ufrag, offer.ice_pwd) == ("abcd", "x" * 22)


def test_a_line_without_a_slot_is_inactive() -> None:
    answer = build_answer(parse_offer(PLAIN), LOCAL, {})
    assert "a=inactive" in section(answer, 1) and not any("ssrc" in line for line in section(answer, 1))


def test_an_ipv6_server_says_so() -> None:
    local = dataclasses.replace(LOCAL, candidates=(Candidate("2001:db8::1", 5500),))
    assert "c=IN IP6 2001:db8::1" in section(build_answer(parse_offer(PLAIN), local, {}), 0)


SENDING = PLAIN.replace("a=recvonly", "a=sendonly")
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


def test_the_rate_of_the_class_is_asked_of_every_opus() -> None:
    offer = parse_offer(PLAIN.replace("opus/48000/2", "OPUS/48000"))
    answer = build_answer(offer, LOCAL, slots_of(offer), opus_bps=24_000)
    assert "a=rtpmap:111 opus/48000" in section(answer, 0)
    assert f"a=fmtp:111 {opus_fmtp(24_000)}" in section(answer, 0) and "=24000;" in opus_fmtp(24_000)


def test_a_line_both_ways_is_what_it_is_used_for() -> None:
    """As webrtcbin of GStreamer offers it for WHIP."""
    both = PLAIN.replace("a=sendonly\n", "a=sendrecv\n").replace("a=recvonly\n", "")
    assert [line.sends for line in parse_offer(both, sending={"0"}).media] == [True, False]
    answer = build_answer(parse_offer(both, sending={"0": "mic"}), LOCAL, {})
    assert "a=recvonly" in section(answer, 0)
    assert [line.sends for line in parse_offer(PLAIN, sending=()).media] == [True, False]


def test_lines_that_differ_in_little_are_told_apart() -> None:
    more = VIDEO.replace("a=mid:1", "a=mid:2") + VIDEO.replace("a=mid:1", "a=mid:3").replace("VP8", "VP9")
    more += VIDEO.replace("a=mid:1", "a=mid:4").replace("m=video 9", "m=video 0")
    sdp = PLAIN.replace("BUNDLE 0 1", "BUNDLE 0 1 2 3 4") + "a=candidate:whatever\n" + more
    lines = parse_offer(sdp).media
    assert [(line.index, line.mid, line.rejected) for line in lines] == [
        (0, "0", False),
        (1, "1", False),
        (2, "2", False),
        (3, "3", False),
        (4, "4", True),
    ]
    assert [line.codecs[0].key for line in lines[1:4]] == ["VP8", "VP8", "H264/1/4d00"]


def test_one_line_needs_no_bundle_group() -> None:
    sdp = HEAD.replace("a=group:BUNDLE 0 1\n", "") + AUDIO
    offer = parse_offer(sdp)
    assert offer.bundle == () and offer.ice_ufrag == "abcd"
    assert "BUNDLE" not in build_answer(offer, LOCAL, {})


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=sendonly", "a=inactive"),
        ("m=audio 9", "m=audio 0"),
        ("opus/48000/2", "G722/8000"),
        ("111 opus", "90 opus"),
        ("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP"),
    ],
)
def test_a_line_that_cannot_be_used_is_rejected_alone(old: str, new: str) -> None:
    sdp = PLAIN.replace(old, new)
    offer = parse_offer(sdp)
    assert offer.media[0].rejected and offer.media[0].codecs == () and offer.bundle == ("1",)
    assert not offer.media[1].rejected
    answer = build_answer(offer, LOCAL, slots_of(offer))
    assert section(answer, 0)[0].startswith("m=audio 0 ") and "a=group:BUNDLE 1\r\n" in answer


def test_a_bundle_only_line_is_not_a_rejected_one() -> None:
    sdp = PLAIN.replace("m=video 9", "m=video 0").replace("a=mid:1", "a=mid:1\na=bundle-only")
    assert not parse_offer(sdp).media[1].rejected


def test_extension_ids_that_do_not_fit_are_left_out() -> None:
    assert parse_offer(PLAIN.replace("extmap:4 ", "extmap:15 ")).media[0].extensions.mid == 0
    assert parse_offer(PLAIN.replace("extmap:4 ", "extmap:4/sendonly ")).media[0].extensions.mid == 4


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (PLAIN, "", "empty"),
        (PLAIN, " \r\n", "empty"),
        (PLAIN, "hello", "no audio or video line"),
        (PLAIN, HEAD, "no audio or video line"),
        (PLAIN, HEAD + AUDIO * (MAX_LINES + 1), "101 media lines"),
        ("a=mid:0", "a=mid:0\n" + "a=x\n" * MAX_ATTRIBUTES, "more than 400 attributes"),
        ("s=-", "s=" + "-" * MAX_CHARACTERS, "characters"),
        ("a=mid:1", "a=mid:0", "used by more than one line"),
        ("a=mid:1\n", "", "has no mid"),
        ("a=mid:1", "a=mid:a b", "not a token"),
        ("a=mid:1", "a=mid:" + "x" * 33, "not a token"),
        ("a=recvonly", "a=sendrecv", "'1' both sends and receives"),
        ("a=recvonly\n", "", "'1' both sends and receives"),
        ("a=rtcp-mux", "a=x", "rtcp-mux"),
        ("a=group:BUNDLE 0 1\n", "", "no BUNDLE group"),
        ("BUNDLE 0 1", "BUNDLE 0", "'1' is not in the BUNDLE group"),
        ("a=ice-ufrag:abcd\n", "", "ice-ufrag is missing"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a:b:", "ice-ufrag is missing or not"),
        ("a=ice-pwd:", "a=ice-pwd:!", "ice-pwd is missing or not"),
        ("a=ice-ufrag:abcd\na=ice-pwd:" + "x" * 22, "", "no a=ice-ufrag"),
        (f"a=fingerprint:sha-256 {FINGERPRINT}\n", "", "no a=fingerprint"),
        ("sha-256", "sha-1", "No a=fingerprint uses sha-256"),
        (FINGERPRINT, "AB:CD", "not a sha-256 value"),
        ("a=setup:actpass", "a=setup:passive", "setup:passive"),
        ("a=setup:actpass\n", "", "a=setup"),
        ("a=setup:actpass", "a=setup:maybe", "not well-formed"),
        ("111 opus", "x opus", "not well-formed"),
        ("m=audio 9", "m=au\x00dio 9", "tokens"),
    ],
)
def test_an_offer_that_cannot_be_used_is_refused_with_the_reason(old: str, new: str, sentence: str) -> None:
    assert old in PLAIN
    with pytest.raises(BadSdp, match=sentence):
        parse_offer(PLAIN.replace(old, new))


def test_nothing_known_is_refused() -> None:
    with pytest.raises(BadSdp, match="No line of the offer can be used"):
        parse_offer(PLAIN.replace("opus", "speex").replace("VP8", "H263").replace("H264", "H265"))


def read_and_answer(sdp: str) -> None:
    """An offer is either refused by name or answered; and nothing in it can add a line to the answer."""
    try:
        offer = parse_offer(sdp)
    except BadSdp:
        return
    answer = build_answer(offer, LOCAL, slots_of(offer))
    assert len(re.findall(r"^m=", answer, re.MULTILINE)) == len(offer.lines)
    assert all(re.fullmatch(r"[a-z]=[ -~]*", line) for line in answer.split("\r\n")[:-1])
    SessionDescription.parse(answer)


LINES = {name: sdp.split("\r\n") for name, sdp in OFFERS.items()}


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(OFFERS)), data=st.data())
def test_mutated_offers_never_break_anything(name: str, data: st.DataObject) -> None:
    lines = list(LINES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 4)):
            case 0:
                del lines[at]
                lines = lines or [""]
            case 1:
                lines.insert(at, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            case 3:
                lines[at] = re.sub(r"\d+", str(data.draw(st.integers(-1, 1 << 40))), lines[at])
            case _:
                cut = data.draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + data.draw(st.text(max_size=8)) + lines[at][cut:]
    read_and_answer("\r\n".join(lines))


@given(sdp=st.text(max_size=300))
def test_any_text_is_refused_or_answered(sdp: str) -> None:
    read_and_answer(sdp)
    read_and_answer(PLAIN + "a=" + sdp)
