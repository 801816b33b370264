"""What has to be known of a stream's offer (RFC 8866) before a worker reads it: its lines, and the name of its
ICE credentials. Everything else is the worker's to judge."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from signaling.errors import BadOffer, BadRequest
from signaling.protocol.base import Source
from signaling.protocol.streams import StreamSource

CODECS: dict[str, frozenset[str]] = {
    "audio": frozenset({"opus"}),
    "video": frozenset({"vp8", "h264", "vp9", "av1"}),
}
"""That are forwarded, by the kind of the line."""
_NAMES = {"audio": "Opus", "video": "VP8, H264 (constrained baseline), VP9 or AV1"}

_ATTRIBUTE = re.compile(r"^a=(mid|rtpmap|sendrecv|sendonly|recvonly|inactive|ice-ufrag|bundle-only)(?::(.*))?$")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One audio or video line; ``codecs`` in lower case."""

    kind: Literal["audio", "video"]
    mid: str
    direction: str
    is_rejected: bool
    codecs: frozenset[str]


def lines(sdp: str) -> list[Line]:
    """Raises `BadRequest` for what is no description at all."""
    if not sdp.startswith("v=0") or not re.search("^m=", sdp, flags=re.MULTILINE):
        raise BadRequest("the body is no SDP: it begins with v=0 and has lines of media")
    sections = re.split(r"^m=", sdp.replace("\r\n", "\n"), flags=re.MULTILINE)
    return [line for section in sections[1:] if (line := _line(section)) is not None]


def _line(section: str) -> Line | None:
    head, *rest = section.split("\n")
    kind, _, tail = head.partition(" ")
    found: dict[str, list[str]] = {}
    for text in rest:
        if (match := _ATTRIBUTE.match(text.rstrip())) is not None:
            found.setdefault(match[1], []).append(match[2] or "")
    if kind not in ("audio", "video"):
        return None
    directions = [one for one in ("sendonly", "recvonly", "inactive") if one in found]
    return Line(
        kind="audio" if kind == "audio" else "video",
        mid=found.get("mid", [""])[0].strip(),
        direction=directions[0] if directions else "sendrecv",
        is_rejected=tail.startswith("0 ") and "bundle-only" not in found,
        codecs=frozenset(
            name.partition("/")[0].lower() for one in found.get("rtpmap", []) for name in one.split(" ")[1:]
        ),
    )


def sources(sdp: str, picture: StreamSource) -> dict[str, Source]:
    """What a publisher's lines will carry, by mid. Raises `BadRequest`, and `BadOffer` with what is taken."""
    sending = [line for line in lines(sdp) if line.direction.startswith("send") and not line.is_rejected]
    if not sending:
        raise BadOffer("the offer sends nothing: it needs a sendonly line of audio, of video, or one of each")
    found: dict[str, Source] = {}
    for line in sending:
        source: Source = "mic" if line.kind == "audio" else picture
        if source in found.values():
            raise BadOffer(f"the offer has two lines of {line.kind}: one of audio and one of video are taken")
        if not line.mid or line.mid in found:
            raise BadOffer("each line needs an a=mid of its own")
        _check_codecs(line)
        found[line.mid] = source
    return found


def check_player(sdp: str) -> None:
    """Raises `BadRequest`, `BadOffer`."""
    receiving = [
        line for line in lines(sdp) if line.direction in ("recvonly", "sendrecv") and not line.is_rejected
    ]
    if not receiving:
        raise BadOffer("the offer receives nothing: it needs recvonly lines of audio and video")
    for line in receiving:
        _check_codecs(line)


def _check_codecs(line: Line) -> None:
    if not line.codecs & CODECS[line.kind]:
        offered = ", ".join(sorted(line.codecs)) or "none"
        raise BadOffer(f"the {line.kind} line needs {_NAMES[line.kind]}; the offer has {offered}")


def ufrag(sdp: str) -> str | None:
    """The username fragment of an offer or of a fragment of one; None when it has none."""
    found = re.search(r"^a=ice-ufrag:([^\s]+)\s*$", sdp, flags=re.MULTILINE)
    return found[1] if found is not None else None
