"""Offers: those of real clients, a small one to be changed, and what a server needs to answer them."""

from __future__ import annotations

from pathlib import Path

from aiortc.sdp import SessionDescription

from sfu.transport.sdp import Candidate, LocalParameters, Offer, SlotStreams, build_answer, parse_offer

DATA = Path(__file__).parents[1] / "data" / "sdp"
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
SENDING = PLAIN.replace("a=recvonly", "a=sendonly")


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
