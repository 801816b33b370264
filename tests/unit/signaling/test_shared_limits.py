"""Token buckets by key."""

from __future__ import annotations

import pytest

from signaling.config import LimitsConfig
from signaling.errors import RateLimited
from signaling.limits import Buckets, Limits, TokenBucket


def test_the_time_to_wait_is_told() -> None:
    bucket = TokenBucket(rate=0.5, burst=1, now=0)
    assert bucket.wait(0) == 0
    assert bucket.take(0)
    assert bucket.wait(0) == pytest.approx(2)
    assert bucket.wait(1.5) == pytest.approx(0.5)
    assert not bucket.take(1.9)
    assert bucket.take(2.1)


def test_keys_do_not_share() -> None:
    buckets = Buckets(rate=1, burst=2)
    buckets.check("a", 0)
    buckets.check("a", 0)
    with pytest.raises(RateLimited) as refused:
        buckets.check("a", 0.5)
    assert refused.value.retry_after == pytest.approx(0.5)
    buckets.check("b", 0.5)
    buckets.check("a", 1.0)


def test_memory_is_bounded_and_the_quietest_is_forgotten() -> None:
    buckets = Buckets(rate=0.001, burst=1, most=3)
    for key in "abc":
        buckets.check(key, 0)
    with pytest.raises(RateLimited):
        buckets.check("a", 0)
    buckets.check("d", 0)
    assert len(buckets) == 3
    with pytest.raises(RateLimited):
        buckets.check("a", 0)
    buckets.check("b", 0)


def test_users_and_addresses() -> None:
    now = 0.0
    limits = Limits(LimitsConfig(user_burst=2, address_burst=1), lambda: now)
    limits.check_user("x")
    limits.check_user("x")
    limits.check_address("x")
    with pytest.raises(RateLimited):
        limits.check_user("x")
    with pytest.raises(RateLimited):
        limits.check_address("x")
