"""Guessing is slowed down; being right costs nothing."""

from __future__ import annotations

import pytest

from signaling.errors import RateLimited
from signaling.services.people.throttle import FailureBuckets, SignInThrottle


def test_failures_leak_out() -> None:
    buckets = FailureBuckets(3, 10.0)
    for _ in range(3):
        assert buckets.wait("ada", 0.0) == 0
        buckets.fail("ada", 0.0)
    assert buckets.wait("ada", 0.0) == pytest.approx(10)
    assert buckets.wait("ada", 9.0) == pytest.approx(1)
    assert buckets.wait("ada", 10.0) == 0
    assert buckets.wait("ben", 0.0) == 0
    buckets.fail("ada", 10.0)
    assert buckets.wait("ada", 10.0) == pytest.approx(10)
    buckets.forget("ada")
    assert buckets.wait("ada", 10.0) == 0


def test_accounts_and_addresses_are_counted_apart() -> None:
    now = 0.0
    throttle = SignInThrottle(lambda: now)
    for _ in range(10):
        throttle.check("ada", "192.0.2.1")
        throttle.failed("ada", "192.0.2.1")
    with pytest.raises(RateLimited) as caught:
        throttle.check("ada", "192.0.2.2")
    assert caught.value.retry_after == pytest.approx(30)
    throttle.check("ben", "192.0.2.1")
    for number in range(40):
        throttle.failed(f"guess {number}", "192.0.2.1")
    with pytest.raises(RateLimited):
        throttle.check("ben", "192.0.2.1")
    throttle.check("ben", "192.0.2.2")
    now = 30.0
    throttle.check("ada", "192.0.2.2")
    throttle.succeeded("ada")
    now = 31.0
    for _ in range(10):
        throttle.check("ada", "192.0.2.2")
        throttle.failed("ada", "192.0.2.2")
