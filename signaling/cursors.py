"""Cursors: where a list goes on. Opaque to clients; what comes back is checked like any other input."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TypeVar

import msgspec

from signaling.errors import BadRequest
from signaling.incoming import decode as decode_json

T = TypeVar("T")


def encode(*key: str | int | datetime) -> str:
    """The sort key of the last item that was given, as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode("ascii")


def decode(cursor: str, key: type[T]) -> T:
    """The sort key in a cursor: ``decode(cursor, tuple[datetime, str])``. Raises `BadRequest`."""
    try:
        data = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found: T = decode_json(msgspec.json.Decoder(key), data)
    except (binascii.Error, UnicodeEncodeError, BadRequest):
        raise BadRequest("the cursor is not one of this list: begin again without one") from None
    return found
