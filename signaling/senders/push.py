"""Web Push: the payload encrypted for one browser (RFC 8291), the post signed by this server (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pywebpush import WebPusher, WebPushException

from signaling.errors import CannotStart, ConfigError
from signaling.senders.http_post import Poster, PostFailed, outcome_of
from signaling.services.notices.outgoing import Outcome, PushTarget

KEY_FILE = "vapid.pem"
TOKEN_LIFETIME = timedelta(hours=12)
"""RFC 8292 allows a day."""
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


def parse_key(text: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 private key: PEM, or its 32 bytes as base64url. Raises ValueError."""
    try:
        if text.lstrip().startswith("-----"):
            key = serialization.load_pem_private_key(text.encode(), password=None)
        else:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if len(raw) != 32:
                raise ValueError("it has not 32 bytes")
            key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("it is not a key of the curve P-256")
    return key


def load_key(setting: str, data_dir: Path) -> ec.EllipticCurvePrivateKey:
    """The key of the settings, else that of data_dir/vapid.pem, made with mode 600 when there is none. Raises
    `ConfigError`, `CannotStart`."""
    if setting:
        try:
            return parse_key(setting)
        except ValueError as error:
            raise ConfigError(f"notifications.vapid_private_key cannot be used: {error}") from None
    path = data_dir / KEY_FILE
    try:
        _make_key(path)
        return parse_key(path.read_text(encoding="ascii"))
    except OSError as error:
        raise CannotStart(f"{path} cannot be read or written: {error.strerror}") from None
    except ValueError as error:
        raise CannotStart(f"{path} holds no key for pushes ({error}); remove it to have a new one made") from None


def _make_key(path: Path) -> None:
    if path.exists():
        return
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # under another name first: a crash must not leave half a key
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


class WebPush:
    """A `signaling.services.notices.outgoing.PushSender`. The key is loaded, or made, when it is first needed."""

    def __init__(self, poster: Poster, load: Callable[[], ec.EllipticCurvePrivateKey], subject: str) -> None:
        """``subject``: a mailto: or https: URL by which a push service can reach the operator."""
        self._poster = poster
        self._load = load
        self._subject = subject
        self._loaded: ec.EllipticCurvePrivateKey | None = None

    @property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    @property
    def public_key(self) -> str:
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    async def push(
        self, target: PushTarget, payload: bytes, *, ttl: timedelta, urgent: bool, now: datetime
    ) -> Outcome:
        try:
            body = _encrypt(target, payload)
        except (WebPushException, ValueError) as error:
            return Outcome(result="gone", detail=f"the keys of the subscription cannot be used: {error}")
        headers = {
            "Authorization": self._authorization(target.endpoint, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int(ttl.total_seconds()))),
            "Urgency": "high" if urgent else "normal",
        }
        try:
            status, text, retry_after = await self._poster.post(target.endpoint, headers, body)
        except PostFailed as error:
            return Outcome(result="retry", detail=str(error))
        if status in _REFUSED:
            return Outcome(result="refused", status=status, detail=f"HTTP {status}: {text.strip()}")
        return outcome_of(status, text, retry_after, gone=_GONE)

    def _authorization(self, endpoint: str, now: datetime) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + TOKEN_LIFETIME).timestamp()),
            "sub": self._subject,
        }
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')},k={self.public_key}"


def _encrypt(target: PushTarget, payload: bytes) -> bytes:
    keys = {"p256dh": target.p256dh, "auth": target.auth}
    encoded = WebPusher({"endpoint": target.endpoint, "keys": keys}).encode(payload)
    return bytes(encoded["body"])
