"""Offers taken apart (RFC 8866, RFC 8829, RFC 9143).

The client offers every line at once; a line either sends or receives, and all are bundled on one transport.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, cast

from sfu.description import MediaLine
from sfu.errors import BadSdp
from sfu.messages import Kind
from sfu.rtp.packet import ExtensionIds
from sfu.transport.aiortc_parts import MediaDescription, SessionDescription, grouplines
from sfu.transport.sdp_codecs import accepted_codecs, accepted_extensions, redundant_audio, settled
from sfu.transport.sdp_reader import parse_sections, shape
from sfu.transport.sdp_simulcast import offered_rids

MAX_LINES: Final = 100
MAX_ATTRIBUTES: Final = 400
"""Per media line: the parser's work grows with the square of it."""
MAX_CHARACTERS: Final = 1 << 20

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")
_FORMAT = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~/-]{1,64}")
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_FINGERPRINT_BYTES: Final = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*")
_PROFILES: Final = ("UDP/TLS/RTP/SAVPF", "RTP/SAVPF")

_MIXED = "a=extmap-allow-mixed"


@dataclass(frozen=True, slots=True)
class OfferedLine:
    """An ``m=`` line as it stood in the offer, which the answer has to repeat."""

    media: str
    protocol: str
    formats: tuple[str, ...]
    mid: str


@dataclass(frozen=True, slots=True)
class Offer:
    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    """Hash function (one of SHA-2) and value, as offered."""
    setup: str
    media: tuple[MediaLine, ...]
    """The audio and video lines in the order of the offer."""
    lines: tuple[OfferedLine, ...]
    """Every line of the offer."""
    bundle: tuple[str, ...]
    """Mids of the accepted lines, in the order of the offer's BUNDLE group; empty for one line without a group."""
    mixed_extensions: bool = False
    """Header extensions of one and of two bytes may be mixed (RFC 8285 section 6)."""

    @property
    def sending(self) -> tuple[MediaLine, ...]:
        return tuple(line for line in self.media if line.sends and not line.rejected)

    @property
    def receiving(self) -> tuple[MediaLine, ...]:
        return tuple(line for line in self.media if not line.sends and not line.rejected)


def parse_offer(sdp: str, *, sending: Collection[str] | None = None) -> Offer:
    """Take an offer apart; raises `BadSdp` with what is wrong for anything that cannot be answered.

    ``sending``: mids of the lines on which something will be sent. With it a line that both sends and receives, as
    WHIP and WHEP clients may offer it, is taken for the one or the other; without, it is refused.
    """
    if not isinstance(sdp, str) or not sdp.strip():
        raise BadSdp("The offer is empty.")
    if len(sdp) > MAX_CHARACTERS:
        raise BadSdp(f"The offer has {len(sdp)} characters; at most {MAX_CHARACTERS} are read.")
    session_lines, sections = grouplines(sdp)
    if len(sections) > MAX_LINES:
        raise BadSdp(f"The offer has {len(sections)} media lines; at most {MAX_LINES} are read.")
    if any(len(section) > MAX_ATTRIBUTES for section in sections):
        raise BadSdp(f"A media line of the offer has more than {MAX_ATTRIBUTES} attributes.")
    session, descriptions = parse_sections(session_lines, sections)
    lines = tuple(_offered_line(description) for description in descriptions)
    mids = [line.mid for line in lines if line.mid]
    for mid in mids:
        if mids.count(mid) > 1:
            raise BadSdp(f"The mid {mid!r} is used by more than one line.")
    media = _media_lines(descriptions, sections, sending)
    if not media:
        raise BadSdp("The offer has no audio or video line.")
    accepted = {line.mid: line for line in media if not line.rejected}
    if not accepted:
        raise BadSdp(
            "No line of the offer can be used: each is inactive, rejected or without Opus, VP8, H264, VP9 or AV1."
        )
    group = _bundle_group(session, accepted)
    first = [descriptions[accepted[mid].index] for mid in group or accepted]
    ufrag, password = _ice(first)
    return Offer(
        ice_ufrag=ufrag,
        ice_pwd=password,
        fingerprints=_fingerprints(first),
        setup=_setup(first),
        media=media,
        lines=lines,
        bundle=group,
        mixed_extensions=_MIXED in session_lines
        or all(_MIXED in section for section in sections if section[0].startswith(("m=audio", "m=video"))),
    )


def _media_lines(
    descriptions: list[MediaDescription], sections: list[list[str]], sending: Collection[str] | None
) -> tuple[MediaLine, ...]:
    lines: list[MediaLine] = []
    known: dict[tuple[tuple[str, ...], bool, bool], MediaLine] = {}
    for index, (description, section) in enumerate(zip(descriptions, sections, strict=True)):
        if description.kind not in ("audio", "video"):
            continue
        mid = description.rtp.muxId or ""
        use = (shape(section), bool(mid), sending is not None and mid in sending)
        line = known.get(use)
        if line is None:
            line = known[use] = _media_line(index, description, section, sending)
        lines.append(replace(line, index=index, mid=mid))
    return tuple(lines)


def _offered_line(description: MediaDescription) -> OfferedLine:
    """Everything that is repeated in the answer is a plain token: nothing of the offer can forge a line there."""
    formats = tuple(str(item) for item in description.fmt)
    mid = description.rtp.muxId or ""
    if mid and not _TOKEN.fullmatch(mid):
        raise BadSdp("A mid is not a token of at most 32 characters.")
    if not _TOKEN.fullmatch(description.kind) or not all(_FORMAT.fullmatch(item) for item in formats):
        raise BadSdp("A media line is not made of tokens.")
    return OfferedLine(description.kind, description.profile, formats, mid)


def _media_line(
    index: int, description: MediaDescription, section: list[str], sending: Collection[str] | None
) -> MediaLine:
    kind = cast(Kind, description.kind)
    mid = description.rtp.muxId or ""
    direction = description.direction or "sendrecv"
    # RFC 9143 section 6: port 0 with bundle-only is an offer, not a rejection.
    refused = description.port == 0 and "a=bundle-only" not in section
    rejected = refused or direction == "inactive" or description.profile not in _PROFILES
    if direction == "sendrecv" and not rejected:
        if sending is None:
            raise BadSdp(f"Line {mid or index!r} both sends and receives; a line must be sendonly or recvonly.")
        direction = "sendonly" if mid in sending else "recvonly"
    sends = direction == "sendonly"
    codecs = () if rejected else accepted_codecs(kind, sends, description)
    if not codecs:
        return MediaLine(index, mid, kind, sends, True, (), ExtensionIds(), None, None)
    if not mid:
        raise BadSdp(f"The {kind} line at index {index} has no mid.")
    if not description.rtcp_mux:
        raise BadSdp(f"Line {mid!r} has no a=rtcp-mux; RTP and RTCP must share one port.")
    codecs, extensions = settled(sends, codecs, accepted_extensions(kind, sends, description))
    # Without the header extension nothing tells the layers apart.
    rids = offered_rids(section) if sends and kind == "video" and extensions.rid else ()
    red, red_nack = redundant_audio(codecs, description) if kind == "audio" else (None, False)
    ssrc, rtx_ssrc = _ssrcs(description) if sends and not rids else (None, None)
    return MediaLine(
        index=index,
        mid=mid,
        kind=kind,
        sends=sends,
        rejected=False,
        codecs=codecs,
        extensions=extensions,
        ssrc=ssrc,
        rtx_ssrc=rtx_ssrc,
        rids=rids,
        red_payload_type=red,
        red_nack=red_nack,
    )


def _ssrcs(description: MediaDescription) -> tuple[int | None, int | None]:
    for group in description.ssrc_group:
        if group.semantic == "FID" and len(group.items) == 2:
            first, second = (int(item) for item in group.items)
            if _is_ssrc(first) and _is_ssrc(second) and first != second:
                return first, second
    for item in description.ssrc:
        if _is_ssrc(item.ssrc):
            return item.ssrc, None
    return None, None


def _is_ssrc(value: int) -> bool:
    return 0 < value < 1 << 32


def _bundle_group(session: SessionDescription, accepted: dict[str, MediaLine]) -> tuple[str, ...]:
    groups = [[str(item) for item in group.items] for group in session.group if group.semantic == "BUNDLE"]
    if not groups:
        if len(accepted) == 1:
            return ()
        raise BadSdp("The offer has no BUNDLE group; all lines must share one transport.")
    bundle = tuple(dict.fromkeys(mid for mid in groups[0] if mid in accepted))
    for mid in accepted:
        if mid not in bundle:
            raise BadSdp(f"Line {mid!r} is not in the BUNDLE group; all lines must share one transport.")
    return bundle


# Transport attributes stand in the first line of the group; the others may leave them out (RFC 9143 7.1.3).


def _ice(descriptions: list[MediaDescription]) -> tuple[str, str]:
    for description in descriptions:
        ice = description.ice
        if ice is not None and (ice.usernameFragment is not None or ice.password is not None):
            return valid_credentials(ice.usernameFragment, ice.password)
    raise BadSdp("The offer has no a=ice-ufrag and a=ice-pwd.")


def valid_credentials(ufrag: str | None, password: str | None) -> tuple[str, str]:
    """Both, if they are well-formed (RFC 8839 section 5.4); raises `BadSdp`."""
    if ufrag is None or not _UFRAG.fullmatch(ufrag):
        raise BadSdp("The a=ice-ufrag is missing or not 4 to 256 ICE characters.")
    if password is None or not _PASSWORD.fullmatch(password):
        raise BadSdp("The a=ice-pwd is missing or not 22 to 256 ICE characters.")
    return ufrag, password


def _fingerprints(descriptions: list[MediaDescription]) -> tuple[tuple[str, str], ...]:
    for description in descriptions:
        offered = description.dtls.fingerprints if description.dtls is not None else []
        if not offered:
            continue
        known: dict[tuple[str, str], None] = {}
        for item in offered:
            algorithm = item.algorithm.lower()
            size = _FINGERPRINT_BYTES.get(algorithm)
            if size is None:
                continue
            if len(item.value) != 3 * size - 1 or not _FINGERPRINT.fullmatch(item.value):
                raise BadSdp(f"An a=fingerprint is not a {algorithm} value.")
            known[algorithm, item.value.upper()] = None
        if not known:
            raise BadSdp("No a=fingerprint uses sha-256, sha-384 or sha-512.")
        return tuple(known)
    raise BadSdp("The offer has no a=fingerprint with an a=setup; media is encrypted by DTLS-SRTP only.")


def _setup(descriptions: list[MediaDescription]) -> str:
    roles = {"auto": "actpass", "client": "active"}
    for description in descriptions:
        if description.dtls is not None:
            if description.dtls.role not in roles:
                raise BadSdp("The offer has a=setup:passive; it must be actpass, so that the server can wait.")
            return roles[description.dtls.role]
    raise BadSdp("The offer has no a=setup.")
