"""What comes in from outside, decoded: the one place for what no type of the protocol says."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from signaling.errors import BadRequest

T = TypeVar("T")

LARGEST_INT = 2**53 - 1
"""What every client can represent, and every database."""
YEARS = range(1970, 2200)
"""Far enough from the ends of the calendar that adding an offset or a duration never leaves it."""


def decode(decoder: msgspec.json.Decoder[T], data: bytes) -> T:
    """JSON as the decoder's type, with values that can be stored. Raises `BadRequest`."""
    try:
        value = decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise BadRequest(str(error)) from None
    except (UnicodeDecodeError, RecursionError):
        raise BadRequest("this is not JSON") from None
    check(value)
    return value


def check(value: object) -> None:
    """Raises `BadRequest` for a value that is of the right type, and cannot be used all the same."""
    match value:
        case str():
            _check_text(value)
        case datetime():
            _check_moment(value)
        case int():
            if abs(value) > LARGEST_INT:
                raise BadRequest("a number is too large")
        case msgspec.Struct():
            for name in value.__struct_fields__:
                check(getattr(value, name))
        case dict():
            for key, entry in value.items():
                check(key)
                check(entry)
        case list() | tuple() | set() | frozenset():
            for entry in value:
                check(entry)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise BadRequest("text must not contain the character U+0000")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise BadRequest("text must not contain half of a surrogate pair")


def _check_moment(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise BadRequest(f"the moment {moment.isoformat()} needs an offset, such as Z")
    if moment.year not in YEARS:
        raise BadRequest(f"the moment {moment.isoformat()} is not between {YEARS[0]} and {YEARS[-1]}")
