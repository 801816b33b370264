"""What is said, in writing: by somebody who writes along."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from signaling.protocol.base import Wire

CaptionText = Annotated[str, Meta(min_length=1, max_length=500)]


class SendCaption(Wire, frozen=True, kw_only=True):
    """Tutor only: a line of captions, for everyone."""

    text: CaptionText


class Caption(Wire, frozen=True, kw_only=True):
    """A line that ``name`` wrote just now. Not numbered, not kept."""

    name: str
    text: str
