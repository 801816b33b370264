"""Session descriptions of the synthetic peers: an offer such as Chromium makes, cut down to what counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sfu.messages import Kind
from sfu.rtp.packet import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI, MID_URI, RID_URI, TRANSPORT_CC_URI
from sfu.transport.aiortc_parts import RTCDtlsParameters, SessionDescription

OPUS: Final = 111
VP8: Final = 96
RTX: Final = 97
AUDIO_LEVEL_ID: Final = 1
ABS_SEND_TIME_ID: Final = 2
TRANSPORT_CC_ID: Final = 3
MID_ID: Final = 4
RID_ID: Final = 5

_COMMON_EXTENSIONS = (
    (ABS_SEND_TIME_ID, ABS_SEND_TIME_URI),
    (TRANSPORT_CC_ID, TRANSPORT_CC_URI),
    (MID_ID, MID_URI),
)
_CODECS: dict[Kind, tuple[str, ...]] = {
    "audio": (
        f"a=rtpmap:{OPUS} opus/48000/2",
        f"a=rtcp-fb:{OPUS} transport-cc",
        f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
    ),
    "video": (
        f"a=rtpmap:{VP8} VP8/90000",
        f"a=rtcp-fb:{VP8} goog-remb",
        f"a=rtcp-fb:{VP8} transport-cc",
        f"a=rtcp-fb:{VP8} ccm fir",
        f"a=rtcp-fb:{VP8} nack",
        f"a=rtcp-fb:{VP8} nack pli",
        f"a=rtpmap:{RTX} rtx/90000",
        f"a=fmtp:{RTX} apt={VP8}",
    ),
}
_FORMATS: dict[Kind, str] = {"audio": str(OPUS), "video": f"{VP8} {RTX}"}


@dataclass(frozen=True, slots=True)
class Line:
    """One media line. ``ssrc``: of a sending line; ``rids``: of its layers, the lowest first, instead."""

    kind: Kind
    ssrc: int | None = None
    rids: tuple[str, ...] = ()

    @property
    def sends(self) -> bool:
        return self.ssrc is not None or bool(self.rids)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of ICE and DTLS, of one side. ``fingerprint`` is SHA-256, upper-case hex with colons."""

    ufrag: str
    pwd: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer needs of the server's answer."""

    ufrag: str
    pwd: str
    dtls: RTCDtlsParameters
    address: tuple[str, int]


def build_offer(lines: list[Line], credentials: Credentials) -> str:
    """An offer in which line ``n`` has the mid ``n``; those with an SSRC or rids send."""
    text = [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(str(mid) for mid in range(len(lines)))}",
        "a=msid-semantic: WMS",
    ]
    for mid, line in enumerate(lines):
        text += _media_line(mid, line, credentials)
    return "\r\n".join(text) + "\r\n"


def _media_line(mid: int, line: Line, credentials: Credentials) -> Iterator[str]:
    yield f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {_FORMATS[line.kind]}"
    yield "c=IN IP4 0.0.0.0"
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    yield f"a=ice-ufrag:{credentials.ufrag}"
    yield f"a=ice-pwd:{credentials.pwd}"
    yield f"a=fingerprint:sha-256 {credentials.fingerprint}"
    yield "a=setup:actpass"
    yield f"a=mid:{mid}"
    if line.kind == "audio":
        yield f"a=extmap:{AUDIO_LEVEL_ID} {AUDIO_LEVEL_URI}"
    for identifier, uri in _COMMON_EXTENSIONS:
        yield f"a=extmap:{identifier} {uri}"
    if line.rids:
        yield f"a=extmap:{RID_ID} {RID_URI}"
    yield "a=sendonly" if line.sends else "a=recvonly"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    yield from _CODECS[line.kind]
    if line.ssrc is not None:
        yield f"a=ssrc:{line.ssrc} cname:bench"
    if line.rids:
        for rid in line.rids:
            yield f"a=rid:{rid} send"
        yield f"a=simulcast:send {';'.join(line.rids)}"


def read_answer(sdp: str) -> Answer:
    """Raises ValueError when the answer lacks something, such as an IPv4 candidate of UDP."""
    media = SessionDescription.parse(sdp).media[0]
    ice, dtls = media.ice, media.dtls
    if ice is None or dtls is None or not ice.usernameFragment or not ice.password:
        raise ValueError("the answer has no ICE or DTLS parameters")
    for candidate in media.ice_candidates:
        if candidate.protocol.lower() == "udp" and ":" not in candidate.ip:
            return Answer(ice.usernameFragment, ice.password, dtls, (candidate.ip, candidate.port))
    raise ValueError("the answer has no IPv4 candidate")
