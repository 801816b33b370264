"""Offers of real clients, plain ones, and the answers."""

from __future__ import annotations

import dataclasses

import pytest

from sfu.rtp.packet import ExtensionIds
from sfu.transport.sdp import Candidate, build_answer, opus_fmtp, parse_offer
from tests.support.offers import (
    AUDIO,
    BROWSERS,
    FINGERPRINT,
    HEAD,
    LOCAL,
    OFFERS,
    PLAIN,
    VIDEO,
    answer_to,
    section,
)


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
