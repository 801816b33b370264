"""Session descriptions taken apart by aiortc's parser, which is spared what it would take most of its time for.

A browser's receiving lines differ in their mid alone: they are parsed once. Codecs that are not forwarded here are
the larger part of an offer: they are left out. So are candidates: a lite agent learns addresses from checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from typing import Final

from sfu.errors import BadSdp
from sfu.transport.aiortc_parts import MediaDescription, SessionDescription

_OF_ONE_LINE: Final = ("a=mid:", "a=msid:", "a=candidate:")
_KNOWN_FORMAT = re.compile(r"a=rtpmap:(\d+) (?:opus|VP8|H264|VP9|AV1|rtx|red/48000)\b", re.IGNORECASE)
_ABOUT_FORMAT = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ")


def parse_sections(
    session_lines: list[str], sections: list[list[str]]
) -> tuple[SessionDescription, list[MediaDescription]]:
    """The session, and every media section taken apart. Raises `BadSdp`."""
    first: dict[tuple[str, ...], list[str]] = {}
    for section in sections:
        first.setdefault(shape(section), section)
    try:
        session = SessionDescription.parse("\n".join([*session_lines, *_known_formats(first.values())]))
        by_shape = dict(zip(first, session.media, strict=True))
        return session, [_with_mid(by_shape[shape(section)], section) for section in sections]
    except Exception as error:  # the parser raises whatever its first unmet expectation happens to raise
        raise BadSdp(f"The offer is not well-formed SDP ({type(error).__name__}).") from None


def shape(section: list[str]) -> tuple[str, ...]:
    """What it has in common with lines of the same use; equal shapes mean the same but for the mid."""
    return tuple(line for line in section if not line.startswith(_OF_ONE_LINE))


def _with_mid(description: MediaDescription, section: list[str]) -> MediaDescription:
    mids = [line.removeprefix("a=mid:") for line in section if line.startswith("a=mid:")]
    changed = copy(description)
    changed.rtp = replace(description.rtp, muxId=mids[-1] if mids else "")
    return changed


def _known_formats(sections: Iterable[list[str]]) -> Iterator[str]:
    """All lines but candidates and those about codecs that are not forwarded here."""
    for section in sections:
        known = {match[1] for line in section if (match := _KNOWN_FORMAT.match(line))}
        for line in section:
            about = _ABOUT_FORMAT.match(line)
            if (about is None or about[1] in known) and not line.startswith("a=candidate:"):
                yield line
