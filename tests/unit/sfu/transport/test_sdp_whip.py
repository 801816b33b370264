"""Offers in the shape in which WHIP and WHEP clients make them, and what others get of their H.264."""

from __future__ import annotations

import pytest
from aiortc.sdp import SessionDescription

from sfu.description import codecs_by_key
from sfu.errors import BadSdp
from sfu.transport.sdp import Candidate, LocalParameters, SlotStreams, build_answer, parse_offer

FINGERPRINT = ":".join(["AB"] * 32)
LOCAL = LocalParameters("srvUfrag", "p" * 24, FINGERPRINT, (Candidate("192.0.2.1", 5500),))

# libdatachannel, which OBS is built on: everything of the transport at session level, one profile, no candidates.
OBS = f"""v=0
o=rtc 1912512547 0 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=group:LS 0 1
a=msid-semantic:WMS *
a=setup:actpass
a=ice-ufrag:fKgq
a=ice-pwd:mZEYWkwEXJ2aF0cXlR2V1Q
a=ice-options:ice2,trickle
a=fingerprint:sha-256 {FINGERPRINT}
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=ssrc:2453783310 cname:dBrZTJmEmRUVDcOP
a=ssrc:2453783310 msid:a7VjLfvZPXIYgKVl a7VjLfvZPXIYgKVl-audio
a=msid:a7VjLfvZPXIYgKVl a7VjLfvZPXIYgKVl-audio
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=sendonly
a=ssrc:2453783311 cname:dBrZTJmEmRUVDcOP
a=ssrc:2453783311 msid:a7VjLfvZPXIYgKVl a7VjLfvZPXIYgKVl-video
a=msid:a7VjLfvZPXIYgKVl a7VjLfvZPXIYgKVl-video
a=rtcp-mux
a=rtpmap:96 H264/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 goog-remb
a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1
"""

# webrtcbin of GStreamer: both ways unless it is told otherwise, names in capitals, words for mids, candidates.
GSTREAMER = f"""v=0
o=- 5117846018331263431 0 IN IP4 0.0.0.0
s=-
t=0 0
a=ice-options:trickle
a=group:BUNDLE video0 audio1
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=setup:actpass
a=ice-ufrag:EeMDUTH5FrM3lXSF7c9Zr7Zd5KqGfmFD
a=ice-pwd:C0lzRXUy0BySfDDcBcoJWJYbUqXlxP5V
a=rtcp-mux
a=rtcp-rsize
a=sendrecv
a=rtpmap:96 H264/90000
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 transport-cc
a=framerate:30
a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABA=,aOvjyyLA;profile-level-id=64001F
a=extmap:1 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=ssrc:1498763246 msid:user1234@host-1 webrtctransceiver0
a=ssrc:1498763246 cname:user1234@host-1
a=mid:video0
a=fingerprint:sha-256 {FINGERPRINT}
a=candidate:1 1 UDP 2015363327 192.0.2.77 43210 typ host
a=candidate:2 1 TCP 1015021823 192.0.2.77 9 typ host tcptype active
a=end-of-candidates
m=audio 9 UDP/TLS/RTP/SAVPF 97
c=IN IP4 0.0.0.0
a=setup:actpass
a=ice-ufrag:EeMDUTH5FrM3lXSF7c9Zr7Zd5KqGfmFD
a=ice-pwd:C0lzRXUy0BySfDDcBcoJWJYbUqXlxP5V
a=bundle-only
a=rtcp-mux
a=rtcp-rsize
a=sendrecv
a=rtpmap:97 OPUS/48000/2
a=rtcp-fb:97 nack
a=rtcp-fb:97 transport-cc
a=fmtp:97 sprop-stereo=1;sprop-maxcapturerate=48000
a=ssrc:3265118210 msid:user1234@host-1 webrtctransceiver1
a=ssrc:3265118210 cname:user1234@host-1
a=mid:audio1
a=fingerprint:sha-256 {FINGERPRINT}
"""


@pytest.mark.parametrize(
    ("sdp", "keys"),
    [
        (OBS, ["opus", "H264/1/42e0"]),
        (OBS.replace("42e01f", "4d0028"), ["opus", "H264/1/4d00"]),
        (GSTREAMER, ["H264/1/6400", "opus"]),
        (GSTREAMER.replace("packetization-mode=1;", ""), ["H264/1/6400", "opus"]),
    ],
)
def test_what_publishers_offer_is_accepted_and_answered(sdp: str, keys: list[str]) -> None:
    mids = [line.removeprefix("a=mid:") for line in sdp.split("\n") if line.startswith("a=mid:")]
    offer = parse_offer(sdp, sending=mids)
    assert [line.codecs[0].key for line in offer.sending] == keys and offer.receiving == ()
    assert [line.ssrc is not None for line in offer.media] == [True, True]
    answer = SessionDescription.parse(build_answer(offer, LOCAL, {}))
    assert [media.direction for media in answer.media] == ["recvonly", "recvonly"]
    assert [media.rtp.muxId for media in answer.media] == mids
    assert all(media.dtls is not None and media.dtls.role == "server" for media in answer.media)


@pytest.mark.parametrize("sdp", [GSTREAMER, GSTREAMER.replace("a=sendrecv", "a=recvonly")])
def test_who_only_plays_gets_every_line(sdp: str) -> None:
    offer = parse_offer(sdp, sending=())
    assert [line.kind for line in offer.receiving] == ["video", "audio"] and offer.sending == ()
    streams = {line.mid: SlotStreams(1 + line.index, 11 + line.index, "c", "s t") for line in offer.receiving}
    answer = SessionDescription.parse(build_answer(offer, LOCAL, streams))
    assert [media.direction for media in answer.media] == ["sendonly", "sendonly"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("H264/90000", "H265/90000", None),
        ("a=setup:actpass", "a=setup:passive", "setup:passive"),
        ("a=rtcp-mux\n", "", "rtcp-mux"),
        ("a=group:BUNDLE 0 1\n", "", "no BUNDLE group"),
    ],
)
def test_what_cannot_be_taken_is_named(old: str, new: str, sentence: str | None) -> None:
    sdp = OBS.replace(old, new)
    if sentence is None:
        assert parse_offer(sdp).media[1].rejected
    else:
        with pytest.raises(BadSdp, match=sentence):
            parse_offer(sdp)


def test_one_profile_is_forwarded_to_who_negotiated_another_one() -> None:
    browser = OBS.replace("a=sendonly", "a=recvonly")
    codecs = parse_offer(browser).media[1].codecs
    assert {key: codec.payload_type for key, codec in codecs_by_key(codecs).items()} == {
        "H264/1/42e0": 96,
        "H264/1/6400": 96,
        "H264/1/640c": 96,
        "H264/1/4d00": 96,
        "H264/1/4200": 96,
    }
    both = browser.replace("SAVPF 96", "SAVPF 96 98") + "a=rtpmap:98 H264/90000\n"
    both += "a=fmtp:98 profile-level-id=4d001f;packetization-mode=1\n"
    by_key = codecs_by_key(parse_offer(both).media[1].codecs)
    assert by_key["H264/1/42e0"].payload_type == 96 and by_key["H264/1/6400"].payload_type == 98
    vp8 = parse_offer(browser.replace("H264", "VP8")).media[1].codecs
    assert list(codecs_by_key(vp8)) == ["VP8"]
