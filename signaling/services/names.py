"""Names and titles as they are kept."""

from __future__ import annotations

from signaling.errors import BadRequest
from signaling.protocol.text import MOST_NAME, clean_name

MOST_TITLE = 200


def name_of(text: str, most: int = MOST_NAME) -> str:
    """Raises `BadRequest`."""
    try:
        return clean_name(text, most)
    except ValueError as error:
        raise BadRequest(str(error)) from None


def title_of(text: str) -> str:
    """Raises `BadRequest`."""
    return name_of(text, MOST_TITLE)
