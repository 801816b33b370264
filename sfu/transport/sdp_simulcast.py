"""Simulcast of a sending line (RFC 8853), its layers named by rid (RFC 8851, RFC 8852)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from sfu.errors import BadSdp

MAX_LAYERS: Final = 3

_SIMULCAST: Final = "a=simulcast:"
_RID_LINE: Final = re.compile(r"a=rid:(\S+) send(?: |$)")
# RFC 8852 section 3; what is longer does not fit a header extension of one byte (RFC 8285 section 4.2).
_RID: Final = re.compile(r"[A-Za-z0-9]{1,16}")
_KNOWN_NAMES: Final = (("q", "h", "f"), ("l", "m", "h"), ("0", "1", "2"))


def offered_rids(section: Sequence[str]) -> tuple[str, ...]:
    """The layers that a media section offers to send, the lowest first; empty when there are fewer than two.

    Names from one of the known sets tell the order, else layers stand from low to high; what exceeds
    `MAX_LAYERS` is left out. Raises `BadSdp` for what contradicts itself.
    """
    lines = [line.strip() for line in section if line.startswith(_SIMULCAST)]
    if not lines:
        return ()
    if len(lines) > 1:
        raise BadSdp("A media line has more than one a=simulcast.")
    streams = _sent(lines[0])
    described = {match[1] for line in section if (match := _RID_LINE.match(line))}
    rids: list[str] = []
    for stream in streams:
        # Of alternatives the first is preferred; "~" is a layer that is paused at first.
        rid = stream.partition(",")[0].strip().removeprefix("~")
        if not _RID.fullmatch(rid):
            raise BadSdp("A rid of a=simulcast is not 1 to 16 letters and digits.")
        if rid in rids:
            raise BadSdp(f"a=simulcast names the rid {rid!r} twice.")
        if rid not in described:
            raise BadSdp(f"a=simulcast names the rid {rid!r}, of which no a=rid says that it is sent.")
        rids.append(rid)
    if len(rids) < 2:
        return ()
    for names in _KNOWN_NAMES:
        if set(rids) <= set(names):
            rids.sort(key=names.index)
            break
    return tuple(rids[:MAX_LAYERS])


def _sent(line: str) -> list[str]:
    """The streams of the ``send`` part, one between two semicolons."""
    words = line.removeprefix(_SIMULCAST).split()
    if len(words) not in (2, 4) or any(word not in ("send", "recv") for word in words[::2]):
        raise BadSdp("An a=simulcast is not a direction and its streams.")
    parts = dict(zip(words[::2], words[1::2], strict=True))
    return parts["send"].split(";") if "send" in parts else []
