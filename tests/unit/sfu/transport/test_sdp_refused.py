"""Offers of which something or nothing can be used, and offers made to break things."""

from __future__ import annotations

import re

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.errors import BadSdp
from sfu.transport.sdp import build_answer, parse_offer
from sfu.transport.sdp_offer import MAX_ATTRIBUTES, MAX_CHARACTERS, MAX_LINES
from tests.support.offers import (
    AUDIO,
    FINGERPRINT,
    HEAD,
    LOCAL,
    OFFERS,
    PLAIN,
    section,
    slots_of,
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=sendonly", "a=inactive"),
        ("m=audio 9", "m=audio 0"),
        ("opus/48000/2", "G722/8000"),
        ("111 opus", "90 opus"),
        ("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP"),
    ],
)
def test_a_line_that_cannot_be_used_is_rejected_alone(old: str, new: str) -> None:
    sdp = PLAIN.replace(old, new)
    offer = parse_offer(sdp)
    assert offer.media[0].rejected and offer.media[0].codecs == () and offer.bundle == ("1",)
    assert not offer.media[1].rejected
    answer = build_answer(offer, LOCAL, slots_of(offer))
    assert section(answer, 0)[0].startswith("m=audio 0 ") and "a=group:BUNDLE 1\r\n" in answer


def test_a_bundle_only_line_is_not_a_rejected_one() -> None:
    sdp = PLAIN.replace("m=video 9", "m=video 0").replace("a=mid:1", "a=mid:1\na=bundle-only")
    assert not parse_offer(sdp).media[1].rejected


def test_extension_ids_that_do_not_fit_are_left_out() -> None:
    assert parse_offer(PLAIN.replace("extmap:4 ", "extmap:15 ")).media[0].extensions.mid == 0
    assert parse_offer(PLAIN.replace("extmap:4 ", "extmap:4/sendonly ")).media[0].extensions.mid == 4


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (PLAIN, "", "empty"),
        (PLAIN, " \r\n", "empty"),
        (PLAIN, "hello", "no audio or video line"),
        (PLAIN, HEAD, "no audio or video line"),
        (PLAIN, HEAD + AUDIO * (MAX_LINES + 1), "101 media lines"),
        ("a=mid:0", "a=mid:0\n" + "a=x\n" * MAX_ATTRIBUTES, "more than 400 attributes"),
        ("s=-", "s=" + "-" * MAX_CHARACTERS, "characters"),
        ("a=mid:1", "a=mid:0", "used by more than one line"),
        ("a=mid:1\n", "", "has no mid"),
        ("a=mid:1", "a=mid:a b", "not a token"),
        ("a=mid:1", "a=mid:" + "x" * 33, "not a token"),
        ("a=recvonly", "a=sendrecv", "'1' both sends and receives"),
        ("a=recvonly\n", "", "'1' both sends and receives"),
        ("a=rtcp-mux", "a=x", "rtcp-mux"),
        ("a=group:BUNDLE 0 1\n", "", "no BUNDLE group"),
        ("BUNDLE 0 1", "BUNDLE 0", "'1' is not in the BUNDLE group"),
        ("a=ice-ufrag:abcd\n", "", "ice-ufrag is missing"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a:b:", "ice-ufrag is missing or not"),
        ("a=ice-pwd:", "a=ice-pwd:!", "ice-pwd is missing or not"),
        ("a=ice-ufrag:abcd\na=ice-pwd:" + "x" * 22, "", "no a=ice-ufrag"),
        (f"a=fingerprint:sha-256 {FINGERPRINT}\n", "", "no a=fingerprint"),
        ("sha-256", "sha-1", "No a=fingerprint uses sha-256"),
        (FINGERPRINT, "AB:CD", "not a sha-256 value"),
        ("a=setup:actpass", "a=setup:passive", "setup:passive"),
        ("a=setup:actpass\n", "", "a=setup"),
        ("a=setup:actpass", "a=setup:maybe", "not well-formed"),
        ("111 opus", "x opus", "not well-formed"),
        ("m=audio 9", "m=au\x00dio 9", "tokens"),
    ],
)
def test_an_offer_that_cannot_be_used_is_refused_with_the_reason(old: str, new: str, sentence: str) -> None:
    assert old in PLAIN
    with pytest.raises(BadSdp, match=sentence):
        parse_offer(PLAIN.replace(old, new))


def test_nothing_known_is_refused() -> None:
    with pytest.raises(BadSdp, match="No line of the offer can be used"):
        parse_offer(PLAIN.replace("opus", "speex").replace("VP8", "H263").replace("H264", "H265"))


def read_and_answer(sdp: str) -> None:
    """An offer is either refused by name or answered; and nothing in it can add a line to the answer."""
    try:
        offer = parse_offer(sdp)
    except BadSdp:
        return
    answer = build_answer(offer, LOCAL, slots_of(offer))
    assert len(re.findall(r"^m=", answer, re.MULTILINE)) == len(offer.lines)
    assert all(re.fullmatch(r"[a-z]=[ -~]*", line) for line in answer.split("\r\n")[:-1])
    SessionDescription.parse(answer)


LINES = {name: sdp.split("\r\n") for name, sdp in OFFERS.items()}


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(OFFERS)), data=st.data())
def test_mutated_offers_never_break_anything(name: str, data: st.DataObject) -> None:
    lines = list(LINES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.integers(0, 4)):
            case 0:
                del lines[at]
                lines = lines or [""]
            case 1:
                lines.insert(at, lines[data.draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            case 3:
                lines[at] = re.sub(r"\d+", str(data.draw(st.integers(-1, 1 << 40))), lines[at])
            case _:
                cut = data.draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + data.draw(st.text(max_size=8)) + lines[at][cut:]
    read_and_answer("\r\n".join(lines))


@given(sdp=st.text(max_size=300))
def test_any_text_is_refused_or_answered(sdp: str) -> None:
    read_and_answer(sdp)
    read_and_answer(PLAIN + "a=" + sdp)
