"""Signatures of webhooks (Standard Webhooks 1.0, symmetric), and of the link that ends mails."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime

from signaling.errors import NotFound
from signaling.tokens import Tokens

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
PURPOSE = "unsubscribe"


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    return SECRET_PREFIX + base64.b64encode(random_bytes(SECRET_BYTES)).decode()


def sign(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message, signed with each secret."""
    seconds = str(int(at.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.digest(base64.b64decode(_key(secret)), signed, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: str) -> str:
    return secret.removeprefix(SECRET_PREFIX)


class MailLinks:
    """Tokens that say "no more mail to this user": sealed, without an end, good for nothing else."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def token(self, user_id: str) -> str:
        name = base64.urlsafe_b64encode(user_id.encode()).decode().rstrip("=")
        return f"{name}.{self._tokens.seal(PURPOSE, user_id)}"

    def read(self, token: str) -> str:
        """The user. Raises `NotFound`."""
        name, _, seal = token.partition(".")
        try:
            user_id = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True).decode()
        except (ValueError, binascii.Error):
            user_id = ""
        if not user_id or not hmac.compare_digest(seal.encode(), self._tokens.seal(PURPOSE, user_id).encode()):
            raise NotFound("this link is not valid: it may have been cut off")
        return user_id
