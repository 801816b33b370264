"""What a media connection is made of."""

from __future__ import annotations

from signaling.protocol.base import Wire


class IceServer(Wire, frozen=True, kw_only=True):
    """A STUN or TURN server to hand to the media connection; credentials are valid for a limited time."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class MediaSetup(Wire, frozen=True, kw_only=True):
    """How many receiving lines a client should offer, and what helps it through firewalls."""

    audio_slots: int
    video_slots: int
    ice_servers: list[IceServer]
