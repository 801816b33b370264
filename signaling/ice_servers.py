"""The STUN and TURN servers a client is told, with credentials of its own that expire."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from signaling.config import TurnConfig
from signaling.protocol.media import IceServer


def ice_servers(config: TurnConfig, user_id: str, now: datetime) -> list[IceServer]:
    """What is configured, for one user; empty when nothing is.

    With a shared secret the username is ``expiry:userId``, the expiry in seconds of Unix time, and the credential
    the base64 of its HMAC-SHA1: the TURN REST API (draft-uberti-behave-turn-rest), coturn's ``use-auth-secret``.
    """
    plain = [url for url in config.urls if url.startswith("stun:")]
    relays = [url for url in config.urls if not url.startswith("stun:")]
    servers = [IceServer(urls=plain)] if plain else []
    if relays:
        username, credential = config.username, config.credential
        if config.secret:
            expiry = now + timedelta(hours=config.ttl_hours)
            username = f"{int(expiry.timestamp())}:{user_id}"
            credential = _signed(config.secret, username)
        servers.append(IceServer(urls=relays, username=username, credential=credential))
    return servers


def _signed(secret: str, username: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()
