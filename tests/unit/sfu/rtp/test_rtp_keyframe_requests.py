"""Keyframe requests are merged, throttled and retried once."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.keyframe_requests import KeyframeRequests


def test_the_first_request_goes_out_and_more_are_merged() -> None:
    requests = KeyframeRequests()
    assert requests.next_due() is None and not requests.due(0.0)
    assert requests.request(0.0)
    assert not requests.request(0.1) and not requests.request(0.2)
    assert requests.next_due() == 0.5
    assert not requests.due(0.49)
    assert requests.due(0.5)
    assert not requests.due(0.6)


def test_a_keyframe_answers_all_who_asked_before() -> None:
    requests = KeyframeRequests()
    requests.request(0.0)
    requests.request(0.1)
    requests.keyframe_received(0.2)
    assert requests.next_due() is None and not requests.due(5.0)


def test_a_request_soon_after_a_keyframe_waits_for_the_interval() -> None:
    requests = KeyframeRequests()
    requests.request(0.0)
    requests.keyframe_received(0.1)
    assert not requests.request(0.2)
    assert requests.next_due() == 0.5 and requests.due(0.5)


def test_an_unanswered_request_is_retried_once() -> None:
    requests = KeyframeRequests()
    requests.request(0.0)
    assert requests.next_due() == 1.0
    assert not requests.due(0.9) and requests.due(1.0)
    assert requests.next_due() is None and not requests.due(10.0)
    assert requests.request(10.0)


def test_the_retry_counts_for_the_interval() -> None:
    requests = KeyframeRequests()
    requests.request(0.0)
    assert requests.due(1.0)
    assert not requests.request(1.2)
    assert requests.due(1.5)


@given(st.lists(st.tuples(st.sampled_from(["request", "keyframe", "due"]), st.floats(0, 0.4)), max_size=80))
def test_never_more_often_than_the_interval(steps: list[tuple[str, float]]) -> None:
    requests = KeyframeRequests()
    now = 100.0
    sent: list[float] = []
    for what, elapsed in steps:
        now += elapsed
        if what == "keyframe":
            requests.keyframe_received(now)
        elif requests.request(now) if what == "request" else requests.due(now):
            sent.append(now)
        due = requests.next_due()
        assert due is None or due > sent[-1]
    assert all(b - a >= 0.4999 for a, b in itertools.pairwise(sent))
