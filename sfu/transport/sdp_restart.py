"""ICE restarts: a new offer for the lines there are (RFC 8445 section 9), or a fragment (RFC 8840, RFC 9725)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sfu.errors import BadSdp
from sfu.transport.sdp_answer import LocalParameters, candidate_lines
from sfu.transport.sdp_offer import Offer, parse_offer, valid_credentials

MAX_FRAGMENT_CHARACTERS: Final = 1 << 16

_CREDENTIAL: Final = re.compile(r"^a=ice-(ufrag|pwd):(.*?)\r?$", re.MULTILINE)


def is_fragment(sdp: str) -> bool:
    """Whether this is a fragment and no whole description, which begins with its version."""
    return not sdp.lstrip().startswith("v=")


def restart_credentials(sdp: str, current: Offer) -> tuple[str, str]:
    """The peer's new username fragment and password, by an offer or a fragment.

    Raises `BadSdp` if it cannot be read or would change more than the credentials of the ``current`` offer.
    """
    if is_fragment(sdp):
        return _credentials_of_fragment(sdp)
    sending = [line.mid for line in current.sending]
    offer = parse_offer(sdp, sending=sending)
    if not set(offer.fingerprints) & set(current.fingerprints):
        raise BadSdp("The offer has another a=fingerprint: that is another client. Connect anew.")
    if _lines(offer) != _lines(current):
        raise BadSdp("The offer has other lines than the connection. Connect anew.")
    return offer.ice_ufrag, offer.ice_pwd


def _lines(offer: Offer) -> list[tuple[int, str, str, bool, tuple[str, ...]]]:
    return [
        (line.index, line.mid, line.kind, line.sends, line.rids) for line in (*offer.sending, *offer.receiving)
    ]


def _credentials_of_fragment(sdp: str) -> tuple[str, str]:
    """Candidates are not looked at: a lite agent learns addresses from checks."""
    if len(sdp) > MAX_FRAGMENT_CHARACTERS:
        raise BadSdp(f"The fragment has {len(sdp)} characters; at most {MAX_FRAGMENT_CHARACTERS} are read.")
    found: dict[str, str] = {}
    for name, value in _CREDENTIAL.findall(sdp):
        if found.setdefault(name, value) != value:
            raise BadSdp(f"The fragment has more than one a=ice-{name}; all lines share one transport.")
    return valid_credentials(found.get("ufrag"), found.get("pwd"))


def build_fragment(offer: Offer, local: LocalParameters) -> str:
    """The answer to a fragment: the server's credentials and candidates, for the first line of the bundle."""
    return "\r\n".join(_fragment(offer, local)) + "\r\n"


def _fragment(offer: Offer, local: LocalParameters) -> Iterator[str]:
    first = next(line for line in offer.media if not line.rejected)
    offered = offer.lines[first.index]
    yield "a=ice-lite"
    if offer.bundle:
        yield f"a=group:BUNDLE {' '.join(offer.bundle)}"
    yield f"m={offered.media} 9 {offered.protocol} {' '.join(offered.formats)}"
    yield f"a=mid:{first.mid}"
    yield f"a=ice-ufrag:{local.ice_ufrag}"
    yield f"a=ice-pwd:{local.ice_pwd}"
    yield from candidate_lines(local.candidates)
