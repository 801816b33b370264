"""The small parts of the measurements: statistics, tables, the written page, profiles, offers, messages."""

from __future__ import annotations

import math

import pytest

from bench.end_to_end import fixed_and_marginal
from bench.support import crowd_messages as messages
from bench.support.figures import Table, median, percentile
from bench.support.offers import OPUS, RTX, VP8, Credentials, Line, build_offer, read_answer
from bench.support.profiler import read_stacks
from bench.support.report import BEGIN, END, replace_section
from sfu.description import SlotStreams
from sfu.transport.sdp import parse_offer
from sfu.transport.sdp_answer import Candidate, LocalParameters, build_answer

CREDENTIALS = Credentials("abcd", "p" * 24, ":".join(["AB"] * 32))


def test_percentiles_are_values_that_were_seen() -> None:
    values = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert (median(values), percentile(values, 0.99), percentile(values, 0)) == (3.0, 5.0, 1.0)
    assert math.isnan(median([]))


def test_a_table_is_markdown_with_aligned_columns() -> None:
    text = Table("Costs", ("what", "µs"), [("send", "3.4"), ("all of it", "12.0")], "By hand.").markdown()
    assert text.splitlines() == [
        "### Costs",
        "",
        "| what      |   µs |",
        "|-----------|-----:|",
        "| send      |  3.4 |",
        "| all of it | 12.0 |",
        "",
        "By hand.",
    ]


def test_only_the_marked_section_of_a_page_is_replaced() -> None:
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    once = replace_section(page, "new")
    assert once == f"above\n{BEGIN}\n\nnew\n\n{END}\nbelow\n"
    assert replace_section(once, "new") == once


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}\n{BEGIN}"])
def test_a_page_without_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="no section between"):
        replace_section(page, "new")


def test_a_profile_is_summed_by_line_and_by_function() -> None:
    raw = "main (a.py:1);send (b.py:7) 30\nmain (a.py:2);send (b.py:9) 10\nmain (a.py:2) 60\n"
    own, inclusive = read_stacks(raw)
    assert own.rows == [("main (a.py:2)", "60.0%"), ("send (b.py:7)", "30.0%"), ("send (b.py:9)", "10.0%")]
    assert inclusive.rows == [("main (a.py)", "100.0%"), ("send (b.py)", "40.0%")]


def test_the_server_accepts_the_offers_and_its_answer_can_be_read() -> None:
    offer = parse_offer(
        build_offer([Line("audio", 7), Line("video", 8), Line("audio"), Line("video")], CREDENTIALS)
    )
    assert [(line.kind, line.sends, line.ssrc) for line in offer.media] == [
        ("audio", True, 7),
        ("video", True, 8),
        ("audio", False, None),
        ("video", False, None),
    ]
    assert {(c.payload_type, c.rtx_payload_type) for line in offer.media for c in line.codecs} == {
        (OPUS, None),
        (VP8, RTX),
    }
    streams = {line.mid: SlotStreams(line.index, 10 + line.index, "c", "s t") for line in offer.receiving}
    local = LocalParameters(
        "efgh", "q" * 24, CREDENTIALS.fingerprint, (Candidate("::1", 5), Candidate("127.0.0.1", 6))
    )
    answer = read_answer(build_answer(offer, local, streams))
    assert (answer.ufrag, answer.pwd, answer.address) == ("efgh", "q" * 24, ("127.0.0.1", 6))


def test_messages_survive_the_way_between_the_processes() -> None:
    order = messages.Admit(count=3, spread_s=1.5, probes=1)
    assert messages.decode_to_crowd(messages.encode(order)[4:]) == order
    news = messages.Admitted(join_s=[0.25], failures=["student-2: TimeoutError"])
    assert messages.decode_from_crowd(messages.encode(news)[4:]) == news


def test_costs_are_split_into_what_comes_in_and_what_goes_out() -> None:
    points = [(10.0, 200e-6 + 10 * 7e-6), (100.0, 200e-6 + 100 * 7e-6), (300.0, 200e-6 + 300 * 7e-6)]
    fixed, marginal = fixed_and_marginal(points)
    assert fixed == pytest.approx(200)
    assert marginal == pytest.approx(7)
