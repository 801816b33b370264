"""Token buckets and sizes."""

from __future__ import annotations

import pytest

from signaling.config import LimitsConfig
from signaling.errors import RateLimited, TooLarge
from signaling.limits import TokenBucket
from signaling.protocol.events import CLIENT_EVENTS
from signaling.realtime.limits import NARROWER, PATIENCE, ConnectionLimits


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=10)
    assert [bucket.take(10) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(10.4) is False
    assert bucket.take(10.5) is True
    assert [bucket.take(1000) for _ in range(4)] == [True, True, True, False]


def test_chat_is_limited_on_its_own() -> None:
    limits = ConnectionLimits(LimitsConfig(), now=0)
    for _ in range(10):
        limits.check_rate("send-message", 0)
    with pytest.raises(RateLimited):
        limits.check_rate("send-message", 0)
    limits.check_rate("raise-hand", 0)
    limits.check_rate("send-message", 0.5)


def test_every_limited_event_exists() -> None:
    assert set(NARROWER) <= set(CLIENT_EVENTS)


def test_patience_ends_with_refusals_in_a_row() -> None:
    limits = ConnectionLimits(LimitsConfig(events_per_second=1, event_burst=1), now=0)
    limits.check_rate("raise-hand", 0)
    for _ in range(PATIENCE + 1):
        assert not limits.exhausted
        with pytest.raises(RateLimited):
            limits.check_rate("raise-hand", 0)
    assert limits.exhausted
    limits.check_rate("raise-hand", 1)
    assert not limits.exhausted


def test_offers_may_be_larger() -> None:
    limits = ConnectionLimits(LimitsConfig(), now=0)
    limits.check_size("connect-media", 200_000)
    with pytest.raises(TooLarge):
        limits.check_size("connect-media", 230_000)
    with pytest.raises(TooLarge):
        limits.check_size("send-message", 32_769)
