"""The answer to an offer, written line by line (RFC 8829 section 5.3.1, RFC 8839, RFC 9143).

The server is ICE-lite and passive in DTLS. What is the same for all lines stands once at session level, but
for the candidates: all lines share the first one's transport, yet aiortc keeps those of the last it reads.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sfu.description import Codec, MediaLine, SlotStreams
from sfu.rtp.packet import ExtensionIds
from sfu.transport.sdp_codecs import EXTENSIONS, opus_fmtp
from sfu.transport.sdp_offer import Offer, OfferedLine


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host candidate: a numeric IPv4 or IPv6 address and a port. One of TCP is passive (RFC 6544)."""

    ip: str
    port: int
    protocol: Literal["udp", "tcp"] = "udp"


@dataclass(frozen=True, slots=True)
class LocalParameters:
    """The server's end of one participant's transport; ``fingerprint_sha256`` is upper-case hex with colons."""

    ice_ufrag: str
    ice_pwd: str
    fingerprint_sha256: str
    candidates: tuple[Candidate, ...]


def build_answer(
    offer: Offer, local: LocalParameters, slots: Mapping[str, SlotStreams], *, opus_bps: int = 32_000
) -> str:
    """The SDP answer. A receiving line without an entry in ``slots`` is answered inactive.

    ``opus_bps`` is the rate asked of the participant's Opus.
    """
    media = {line.index: line for line in offer.media if not line.rejected}
    default = _default_candidate(local.candidates)
    candidates = tuple(candidate_lines(local.candidates))
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        *([f"a=group:BUNDLE {' '.join(offer.bundle)}"] if offer.bundle else []),
        *(["a=extmap-allow-mixed"] if offer.mixed_extensions else []),
        "a=msid-semantic: WMS *",
        "a=ice-lite",
        f"a=ice-ufrag:{local.ice_ufrag}",
        f"a=ice-pwd:{local.ice_pwd}",
        f"a=fingerprint:sha-256 {local.fingerprint_sha256}",
        "a=setup:passive",
    ]
    for index, offered in enumerate(offer.lines):
        line = media.get(index)
        if line is None:
            lines += _rejected(offered)
            continue
        formats = " ".join(str(number) for number in _payload_types(line))
        lines += [f"m={line.kind} {default.port} {offered.protocol} {formats}", f"c={_connection(default.ip)}"]
        lines += _accepted(line, slots.get(line.mid), opus_bps)
        # said for all above, but GStreamer looks for it here
        lines.append("a=setup:passive")
        lines += candidates
    return "\r\n".join(lines) + "\r\n"


def _rejected(offered: OfferedLine) -> Iterator[str]:
    yield f"m={offered.media} 0 {offered.protocol} {' '.join(offered.formats)}"
    yield "c=IN IP4 0.0.0.0"
    if offered.mid:
        yield f"a=mid:{offered.mid}"
    yield "a=inactive"


def _accepted(line: MediaLine, streams: SlotStreams | None, opus_bps: int) -> Iterator[str]:
    yield f"a=mid:{line.mid}"
    if line.sends:
        yield "a=recvonly"
    else:
        yield "a=sendonly" if streams is not None else "a=inactive"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    for uri, identifier in _extensions(line):
        yield f"a=extmap:{identifier} {uri}"
    for codec in line.codecs:
        yield from _codec(codec, opus_fmtp(opus_bps) if codec.key == "opus" else codec.fmtp)
    if line.red_payload_type is not None:
        opus = line.codecs[0].payload_type
        yield f"a=rtpmap:{line.red_payload_type} red/48000/2"
        if line.red_nack:
            yield f"a=rtcp-fb:{line.red_payload_type} nack"
        yield f"a=fmtp:{line.red_payload_type} {opus}/{opus}"
    if line.rids:
        for rid in line.rids:
            yield f"a=rid:{rid} recv"
        yield f"a=simulcast:recv {';'.join(line.rids)}"
    if streams is not None and not line.sends:
        yield from _streams(line, streams)


def _extensions(line: MediaLine) -> Iterator[tuple[str, int]]:
    ids: ExtensionIds = line.extensions
    for uri, name in EXTENSIONS[line.kind, line.sends].items():
        identifier: int = getattr(ids, name)
        if identifier:
            yield uri, identifier


def _payload_types(line: MediaLine) -> Iterator[int]:
    """The preferred first: redundant audio is asked for, but sent only where it helps."""
    if line.red_payload_type is not None and line.sends:
        yield line.red_payload_type
    for codec in line.codecs:
        yield codec.payload_type
        if codec.rtx_payload_type is not None:
            yield codec.rtx_payload_type
    if line.red_payload_type is not None and not line.sends:
        yield line.red_payload_type


def _codec(codec: Codec, fmtp: str | None) -> Iterator[str]:
    number = codec.payload_type
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    yield f"a=rtpmap:{number} {codec.name}/{codec.clock_rate}{channels}"
    feedback = {
        "goog-remb": codec.remb,
        "transport-cc": codec.transport_cc,
        "ccm fir": codec.fir,
        "nack": codec.nack,
        "nack pli": codec.pli,
    }
    for name, accepted in feedback.items():
        if accepted:
            yield f"a=rtcp-fb:{number} {name}"
    if fmtp is not None:
        yield f"a=fmtp:{number} {fmtp}"
    if codec.rtx_payload_type is not None:
        yield f"a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}"
        yield f"a=fmtp:{codec.rtx_payload_type} apt={number}"


def _streams(line: MediaLine, streams: SlotStreams) -> Iterator[str]:
    yield f"a=msid:{streams.msid}"
    if any(codec.rtx_payload_type is not None for codec in line.codecs):
        yield f"a=ssrc-group:FID {streams.ssrc} {streams.rtx_ssrc}"
        yield f"a=ssrc:{streams.ssrc} cname:{streams.cname}"
        yield f"a=ssrc:{streams.rtx_ssrc} cname:{streams.cname}"
    else:
        yield f"a=ssrc:{streams.ssrc} cname:{streams.cname}"


def candidate_lines(candidates: Iterable[Candidate]) -> Iterator[str]:
    """Host candidates (RFC 8839 section 5.1), the earlier the preferred (RFC 8445 section 5.1.2), UDP over TCP."""
    for index, candidate in enumerate(candidates):
        line = f"a=candidate:{index + 1} 1 {candidate.protocol}"
        place = f"{candidate.ip} {candidate.port} typ host"
        if candidate.protocol == "udp":
            yield f"{line} {_priority(126, 65535 - index)} {place}"
        else:
            # RFC 6544 section 4.2: TCP below UDP of every kind; 2 stands for passive.
            yield f"{line} {_priority(90, 2 << 13 | 8191 - index)} {place} tcptype passive"
    yield "a=end-of-candidates"


def _priority(kind: int, local: int) -> int:
    return kind << 24 | local << 8 | 255


def _default_candidate(candidates: Sequence[Candidate]) -> Candidate:
    """For the ``m=`` and ``c=`` lines, which ICE agents do not use for sending."""
    datagrams = [candidate for candidate in candidates if candidate.protocol == "udp"]
    for candidate in datagrams:
        if ipaddress.ip_address(candidate.ip).version == 4:
            return candidate
    return datagrams[0] if datagrams else Candidate("0.0.0.0", 9)


def _connection(ip: str) -> str:
    return f"IN IP{ipaddress.ip_address(ip).version} {ip}"
