"""Simulcast in offers and answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.errors import BadSdp
from sfu.transport.sdp import Candidate, LocalParameters, build_answer, parse_offer
from sfu.transport.sdp_simulcast import offered_rids

DATA = Path(__file__).parents[3] / "data" / "sdp"
LOCAL = LocalParameters("srvUfrag", "p" * 24, ":".join(["AB"] * 32), (Candidate("192.0.2.1", 5500),))


def rids_of(simulcast: str, *described: str) -> tuple[str, ...]:
    return offered_rids(
        ["m=video 9 x 96", *(f"a=rid:{rid} send" for rid in described), f"a=simulcast:{simulcast}"]
    )


@pytest.mark.parametrize("name", ["chromium_simulcast", "firefox_simulcast"])
def test_what_browsers_offer_is_answered(name: str) -> None:
    offer = parse_offer((DATA / f"{name}.sdp").read_bytes().decode())
    assert [line.rids for line in offer.sending] == [(), ("l", "m", "h"), ()]
    camera = offer.sending[1]
    assert camera.extensions.rid and camera.extensions.repaired_rid and camera.ssrc is camera.rtx_ssrc is None
    sections = build_answer(offer, LOCAL, {}).split("\r\nm=")
    lines = sections[2].split("\r\n")
    assert [line for line in lines if line.startswith(("a=rid", "a=simulcast"))] == [
        "a=rid:l recv",
        "a=rid:m recv",
        "a=rid:h recv",
        "a=simulcast:recv l;m;h",
    ]
    assert not any("simulcast" in text for text in sections[:2] + sections[3:])


@pytest.mark.parametrize(
    ("simulcast", "rids"),
    [
        ("send q;h;f", ("q", "h", "f")),
        ("send f;h;q", ("q", "h", "f")),
        ("send ~f;h", ("h", "f")),
        ("send 2;0;1", ("0", "1", "2")),
        ("send h;m;l", ("l", "m", "h")),
        ("send big;small", ("big", "small")),
        ("send q,x;h,y", ("q", "h")),
        ("send q;h recv x", ("q", "h")),
        ("recv x send h;q", ("q", "h")),
        ("send a;b;c;d", ("a", "b", "c")),
        ("send q", ()),
        ("recv q;h", ()),
    ],
)
def test_layers_stand_from_low_to_high(simulcast: str, rids: tuple[str, ...]) -> None:
    assert rids_of(simulcast, *"qhflmxyabcd012", "big", "small") == rids


@pytest.mark.parametrize(
    ("simulcast", "sentence"),
    [
        ("send q;q", "'q' twice"),
        ("send q;z", "'z', of which no a=rid"),
        ("send q;", "letters and digits"),
        ("send q;h-f", "letters and digits"),
        ("send q;" + "x" * 17, "letters and digits"),
        ("send", "direction and its streams"),
        ("both q;h", "direction and its streams"),
        ("send q; h", "direction and its streams"),
        ("", "direction and its streams"),
    ],
)
def test_what_contradicts_itself_is_refused(simulcast: str, sentence: str) -> None:
    with pytest.raises(BadSdp, match=sentence):
        rids_of(simulcast, "q", "h")


def test_one_simulcast_a_line() -> None:
    with pytest.raises(BadSdp, match="more than one"):
        offered_rids(["a=rid:q send", "a=rid:h send", "a=simulcast:send q;h", "a=simulcast:send q;h"])


def test_a_layer_that_is_received_is_not_sent() -> None:
    with pytest.raises(BadSdp, match="no a=rid"):
        offered_rids(["a=rid:q send", "a=rid:h recv", "a=simulcast:send q;h"])


def test_without_the_header_extension_there_is_one_layer() -> None:
    sdp = (DATA / "chromium_simulcast.sdp").read_bytes().decode().replace("sdes:rtp-stream-id", "sdes:other")
    assert parse_offer(sdp).sending[1].rids == ()


@given(st.text(alphabet="qhf~,; sendrcv0-", max_size=40))
def test_any_simulcast_is_refused_or_understood(simulcast: str) -> None:
    try:
        rids = rids_of(simulcast, "q", "h", "f", "0")
    except BadSdp:
        return
    assert len(rids) in (0, 2, 3) and len(set(rids)) == len(rids)
