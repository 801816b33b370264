"""The STUN and TURN servers that clients are told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signaling.config import TurnConfig
from signaling.ice_servers import ice_servers
from signaling.protocol.media import IceServer

NOW = datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC)
TURN = "turn:turn.example.org:3478"
STUN = "stun:stun.example.org"


def test_nothing_is_told_by_default() -> None:
    assert ice_servers(TurnConfig(), "ada", NOW) == []


def test_credentials_are_ones_own_and_expire() -> None:
    """The credential is that of ``echo -n 1767326645:ada | openssl dgst -binary -sha1 -hmac secret | base64``."""
    config = TurnConfig(
        urls=[TURN, STUN, "turns:turn.example.org:443?transport=tcp"], secret="secret", ttl_hours=1
    )
    assert ice_servers(config, "ada", NOW) == [
        IceServer(urls=[STUN]),
        IceServer(
            urls=[TURN, "turns:turn.example.org:443?transport=tcp"],
            username="1767326645:ada",
            credential="q9XxFEu+YOv6tXlBZZ3XdeJyiAA=",
        ),
    ]


def test_a_name_and_a_credential_may_be_the_same_for_all() -> None:
    config = TurnConfig(urls=[TURN], username="podium", credential="known to all")
    assert ice_servers(config, "ada", NOW) == [
        IceServer(urls=[TURN], username="podium", credential="known to all")
    ]
    assert ice_servers(TurnConfig(urls=[STUN]), "ada", NOW) == [IceServer(urls=[STUN])]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="needs secret"):
        TurnConfig(urls=[TURN])
    with pytest.raises(ValueError, match="must start with"):
        TurnConfig(urls=["https://turn.example.org"], secret="s")
    with pytest.raises(ValueError, match="go together"):
        TurnConfig(username="podium")
    with pytest.raises(ValueError, match="not both"):
        TurnConfig(secret="s", username="podium", credential="c")
    with pytest.raises(ValueError, match="ttl_hours"):
        TurnConfig(ttl_hours=0)
