"""ICE restarts by an offer and by a fragment."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import BadSdp
from sfu.transport.sdp import Candidate, LocalParameters, parse_offer
from sfu.transport.sdp_restart import (
    MAX_FRAGMENT_CHARACTERS,
    build_fragment,
    is_fragment,
    restart_credentials,
)

DATA = Path(__file__).parents[3] / "data" / "sdp"
SDP = (DATA / "chromium_simulcast.sdp").read_bytes().decode()
CURRENT = parse_offer(SDP)
NEW = ("newUfrag", "n" * 24)
RESTART = SDP.replace(CURRENT.ice_ufrag, NEW[0]).replace(CURRENT.ice_pwd, NEW[1])
# As in RFC 9725 section 4.3.2.
FRAGMENT = f"""a=ice-options:trickle ice2
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:{NEW[0]}
a=ice-pwd:{NEW[1]}
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0
a=end-of-candidates
"""


@pytest.mark.parametrize(
    "sdp",
    [
        RESTART,
        FRAGMENT,
        FRAGMENT.replace("\n", "\r\n"),
        FRAGMENT + "m=video 9 RTP/SAVPF 96\na=mid:1\n" + f"a=ice-pwd:{NEW[1]}\na=ice-ufrag:{NEW[0]}\n",
        f"a=ice-ufrag:{NEW[0]}\r\na=ice-pwd:{NEW[1]}\r\n",
        # A browser names its codecs in another order, and its candidates.
        RESTART.replace("SAVPF 96 97 102", "SAVPF 102 96 97"),
    ],
)
def test_the_new_credentials_are_read(sdp: str) -> None:
    assert restart_credentials(sdp, CURRENT) == NEW


FINGERPRINT = CURRENT.fingerprints[0][1]


@pytest.mark.parametrize(
    ("sdp", "sentence"),
    [
        (RESTART.replace(FINGERPRINT, FINGERPRINT[3:] + ":00"), "another a=fingerprint"),
        (RESTART.replace("a=mid:6", "a=mid:7").replace("5 6", "5 7"), "other lines"),
        (RESTART.replace("a=simulcast:send l;m;h", "a=simulcast:send l;m"), "other lines"),
        (RESTART.replace("a=sendonly", "a=inactive", 1), "other lines"),
        (RESTART[: RESTART.index("m=video")].replace("1 2 3 4 5 6", ""), "other lines"),
        (RESTART.replace("a=ice-pwd:" + NEW[1], "a=ice-pwd:short"), "ice-pwd"),
        ("", "ice-ufrag is missing"),
        ("a=candidate:1 1 udp 1 192.0.2.1 9 typ host", "ice-ufrag is missing"),
        (FRAGMENT.replace("a=ice-pwd", "a=pwd"), "ice-pwd is missing"),
        (FRAGMENT + "a=ice-ufrag:other\n", "more than one a=ice-ufrag"),
        (FRAGMENT.replace(NEW[0], "ä" * 4), "ICE characters"),
        (FRAGMENT + "x" * MAX_FRAGMENT_CHARACTERS, "characters"),
    ],
)
def test_what_changes_more_is_refused(sdp: str, sentence: str) -> None:
    with pytest.raises(BadSdp, match=sentence):
        restart_credentials(sdp, CURRENT)


def test_a_fragment_is_answered_with_one() -> None:
    local = LocalParameters(
        "srvUfrag", "p" * 24, FINGERPRINT, (Candidate("192.0.2.1", 5500), Candidate("192.0.2.1", 5500, "tcp"))
    )
    text = build_fragment(CURRENT, local)
    assert is_fragment(text) and not is_fragment(SDP)
    assert text.split("\r\n") == [
        "a=ice-lite",
        "a=group:BUNDLE 0 1 2 3 4 5 6",
        "m=audio 9 UDP/TLS/RTP/SAVPF " + " ".join(CURRENT.lines[0].formats),
        "a=mid:0",
        "a=ice-ufrag:srvUfrag",
        f"a=ice-pwd:{'p' * 24}",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 5500 typ host",
        "a=candidate:2 1 tcp 1516240639 192.0.2.1 5500 typ host tcptype passive",
        "a=end-of-candidates",
        "",
    ]


@given(st.text(max_size=200))
def test_any_fragment_is_refused_or_read(text: str) -> None:
    for sdp in (text, FRAGMENT + text, FRAGMENT.replace(NEW[0], text)):
        with contextlib.suppress(BadSdp):
            restart_credentials(sdp, CURRENT)
