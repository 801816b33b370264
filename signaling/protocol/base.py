"""What every part of the protocol shares: the base of all structs, ids, roles."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PROTOCOL_VERSION = 2

Role = Literal["tutor", "student", "guest"]
"""What somebody is in a course."""
Source = Literal["mic", "camera", "screen"]
Reception = Literal["full", "saver", "slides", "audio", "text"]
"""The steps of the low-bandwidth ladder, the richest first."""

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Text = Annotated[str, Meta(max_length=4000)]
Cursor = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[A-Za-z0-9_-]+\Z")]
"""Where a list goes on: made by the server, meaningless to clients."""
Limit = Annotated[int, Meta(ge=1, le=200)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A JSON object with camelCase fields; a field that is not known is an error."""


class Ok(Wire, frozen=True, kw_only=True):
    """Nothing to add to ``ok: true``."""
