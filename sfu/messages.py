"""What the control plane and a media worker say to each other: commands, replies and events.

The transport is a Unix socket carrying length-prefixed MessagePack (see ``sfu.worker.wire``); everything
here is plain data, so the two sides share no object. Identifiers are opaque strings chosen by the caller.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

Kind = Literal["audio", "video"]


class Source(StrEnum):
    """What a participant can publish; at most one track of each."""

    MIC = "mic"
    CAMERA = "camera"
    SCREEN = "screen"

    @property
    def kind(self) -> Kind:
        return "audio" if self is Source.MIC else "video"


class Reception(StrEnum):
    """How much a participant wants to receive. ``AUDIO``: not one video packet is sent to it."""

    FULL = "full"
    AUDIO = "audio"


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    pass


# --- commands ---------------------------------------------------------------------------------------


class Connect(_Message, frozen=True, kw_only=True):
    """Give a participant a transport, or a new one in place of the one it has.

    Carries everything the worker needs to know about the participant, so that it also serves after a worker
    was restarted. ``sources`` maps the mid of each of the offer's sending lines to what will be sent there; the
    receiving lines become the participant's slots in the order of the offer. ``publishing`` is what may be
    forwarded now. A ``lead`` participant (a tutor) is heard in a slot of its own and seen first.

    Reply: `Connected`. Errors: ``bad_sdp``.
    """

    session_id: str
    participant_id: str
    offer: str
    sources: dict[str, Source]
    publishing: frozenset[Source] = frozenset()
    lead: bool = False
    reception: Reception = Reception.FULL


class SetPublishing(_Message, frozen=True, kw_only=True):
    """Say which of a participant's sources are on. Packets of any other are dropped on entry.

    Reply: `Done`. Errors: ``unknown_participant``.
    """

    session_id: str
    participant_id: str
    publishing: frozenset[Source]


class SetReception(_Message, frozen=True, kw_only=True):
    """Change how much a participant receives. Reply: `Done`. Errors: ``unknown_participant``."""

    session_id: str
    participant_id: str
    reception: Reception


class Disconnect(_Message, frozen=True, kw_only=True):
    """Forget a participant and close its transport; no error if there is none. Reply: `Done`."""

    session_id: str
    participant_id: str


class CloseSession(_Message, frozen=True, kw_only=True):
    """Forget a session with all its participants; no error if there is none. Reply: `Done`."""

    session_id: str


class GetStats(_Message, frozen=True, kw_only=True):
    """Ask for the worker's counters. Reply: `Stats`."""


Command = Connect | SetPublishing | SetReception | Disconnect | CloseSession | GetStats


# --- replies ----------------------------------------------------------------------------------------


class SlotState(msgspec.Struct, frozen=True, kw_only=True):
    """One receiving line of a participant and what it shows now; both ids are None when it is empty."""

    mid: str
    kind: Kind
    participant_id: str | None = None
    source: Source | None = None


class Connected(_Message, frozen=True, kw_only=True):
    """``answer`` is the SDP to apply; ``slots`` are the receiving lines in the order of the offer."""

    answer: str
    slots: list[SlotState]


class Done(_Message, frozen=True, kw_only=True):
    pass


class Failed(_Message, frozen=True, kw_only=True):
    """The command was refused. ``code`` is one of the codes in `sfu.errors`."""

    code: str
    message: str


class ParticipantStats(msgspec.Struct, frozen=True, kw_only=True):
    participant_id: str
    connected: bool
    packets_received: int
    packets_sent: int
    video_packets_sent: int
    bytes_received: int
    bytes_sent: int
    srtp_profile: str | None


class Stats(_Message, frozen=True, kw_only=True):
    """``dropped`` counts packets by reason (see `sfu.forwarding.drops`); times are in seconds.

    ``rss_bytes``: resident memory now."""

    pid: int
    cpu_s: float
    rss_bytes: int
    sessions: int
    participants: list[ParticipantStats]
    dropped: dict[str, int]


Reply = Connected | Done | Failed | Stats


# --- events -----------------------------------------------------------------------------------------


class ParticipantConnected(_Message, frozen=True, kw_only=True):
    """ICE and DTLS are up: media flows."""

    session_id: str
    participant_id: str


class ParticipantDisconnected(_Message, frozen=True, kw_only=True):
    """No valid connectivity check for 10 s (RFC 7675); the transport is kept and may come back."""

    session_id: str
    participant_id: str


class ParticipantClosed(_Message, frozen=True, kw_only=True):
    """The transport is gone (``consent-expired``, ``dtls-failed``, ``dtls-closed``): connect anew."""

    session_id: str
    participant_id: str
    reason: str


class SlotsChanged(_Message, frozen=True, kw_only=True):
    """What each slot of a participant shows now. Always the whole list."""

    session_id: str
    participant_id: str
    slots: list[SlotState]


class SpeakerChanged(_Message, frozen=True, kw_only=True):
    """The dominant speaker of a session, None when nobody speaks."""

    session_id: str
    participant_id: str | None


class SessionLost(_Message, frozen=True, kw_only=True):
    """The worker that held the session died: every participant has to connect anew."""

    session_id: str


Event = (
    ParticipantConnected
    | ParticipantDisconnected
    | ParticipantClosed
    | SlotsChanged
    | SpeakerChanged
    | SessionLost
)
