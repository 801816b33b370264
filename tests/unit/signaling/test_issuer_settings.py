"""The settings of another issuer: mistakes that would let the wrong people in are refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from signaling.issuer_config import IssuerConfig

GOOD = {"url": "https://id.example", "audience": "podium", "jwks_url": "https://id.example/keys"}


@pytest.mark.parametrize(
    "more", [{}, {"jwks_url": "http://127.0.0.1:8080/keys"}, {"jwks_url": "http://[::1]/keys"}]
)
def test_good_settings(more: dict[str, Any]) -> None:
    assert msgspec.convert({**GOOD, **more}, IssuerConfig).user_claim == "sub"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"audience": ""}, "audience is needed"),
        ({"jwks_url": ""}, "https"),
        ({"jwks_url": "http://id.example/keys"}, "https"),
        ({"jwks_url": "http://localhost.evil.example/keys"}, "https"),
        ({"jwks_url": "http://127.0.0.1@evil.example/keys"}, "https"),
        ({"jwks_url": "file:///etc/passwd"}, "https"),
        ({"user_claim": ""}, "user_claim"),
        ({"course_claim": "course"}, "role_claim"),
        ({"admin_claim": "admin"}, "admin_value"),
    ],
)
def test_bad_settings(more: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert({**GOOD, **more}, IssuerConfig)


def test_without_an_issuer_nothing_is_asked_for() -> None:
    assert IssuerConfig().url == ""
