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
    """The steps of the low-bandwidth ladder, the richest first: how much a participant receives.

    ``SAVER``: one small video. ``SLIDES``: sound, and the lead's screen as still pictures. ``AUDIO``: sound alone,
    in packets of 60 ms. ``TEXT``: no media at all. What a participant sends is not touched by any of them.
    """

    FULL = "full"
    SAVER = "saver"
    SLIDES = "slides"
    AUDIO = "audio"
    TEXT = "text"


class ReceptionCause(StrEnum):
    """Why a participant is on its step of the ladder."""

    CHOSEN = "chosen"
    WEAK_LINE = "weak-line"
    RECOVERED = "recovered"


class Quality(StrEnum):
    """How well a participant is connected, from loss, round trip, freezes and the estimate of its line."""

    EXCELLENT = "excellent"
    GOOD = "good"
    POOR = "poor"
    LOST = "lost"


class View(StrEnum):
    """What a participant's slots may show. ``STAGE``: only leads (a tutor's screen or camera, and their sound)."""

    CLASS = "class"
    STAGE = "stage"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How large a participant shows a video track: ``height`` in device pixels, 0 when it is not to be seen."""

    participant_id: str
    source: Source
    height: int


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    pass


# --- commands ---------------------------------------------------------------------------------------


class Connect(_Message, frozen=True, kw_only=True):
    """Give a participant a transport, or a new one in place of the one it has.

    Carries everything the worker needs to know about the participant, so that it also serves after a worker
    was restarted. ``sources`` maps the mid of each of the offer's sending lines to what will be sent there; the
    receiving lines become the participant's slots in the order of the offer. ``publishing`` is what may be
    forwarded now. A ``lead`` participant (a tutor) is heard in a slot of its own and seen first.
    ``reception`` is the step the participant chose; unless ``pinned`` a weak line may take it lower. ``opus_bps``
    is the rate asked of its microphone.

    Reply: `Connected`. Errors: ``bad_sdp``, ``overloaded`` (no worker can take more; those who are in go on).
    """

    session_id: str
    participant_id: str
    offer: str
    sources: dict[str, Source]
    publishing: frozenset[Source] = frozenset()
    lead: bool = False
    reception: Reception = Reception.FULL
    pinned: bool = False
    wishes: list[Wish] | None = None
    view: View = View.CLASS
    opus_bps: int = 32_000


class RestartIce(_Message, frozen=True, kw_only=True):
    """Give a connected participant new ICE credentials (RFC 8445 section 9): DTLS, slots and numbers go on.

    ``offer`` is the participant's new offer with its new credentials and the lines it had. An offer with a foreign
    fingerprint or other lines is refused; then connect anew. For WHIP (RFC 9725 section 4.3.2) ``offer`` may be an
    SDP fragment (RFC 8840), which is answered with one.

    Reply: `Connected`. Errors: ``bad_sdp``, ``unknown_participant``.
    """

    session_id: str
    participant_id: str
    offer: str


class SetPublishing(_Message, frozen=True, kw_only=True):
    """Say which of a participant's sources are on. Packets of any other are dropped on entry.

    Reply: `Done`. Errors: ``unknown_participant``.
    """

    session_id: str
    participant_id: str
    publishing: frozenset[Source]


class SetReception(_Message, frozen=True, kw_only=True):
    """The participant chose a step of the ladder: it gets it at once, and no richer one.

    ``pinned``: a weak line does not take it lower (also how a step down is undone).
    Reply: `Done`. Errors: ``unknown_participant``.
    """

    session_id: str
    participant_id: str
    reception: Reception
    pinned: bool = False


class SetWishes(_Message, frozen=True, kw_only=True):
    """What a participant has on its screen, and how large; the whole list, in the order of its layout.

    Tracks that are named come into slots first; of those not named, or with None, the server decides.
    Reply: `Done`. Errors: ``unknown_participant``.
    """

    session_id: str
    participant_id: str
    wishes: list[Wish] | None


class Disconnect(_Message, frozen=True, kw_only=True):
    """Forget a participant and close its transport; no error if there is none. Reply: `Done`."""

    session_id: str
    participant_id: str


class CloseSession(_Message, frozen=True, kw_only=True):
    """Forget a session with all its participants; no error if there is none. Reply: `Done`."""

    session_id: str


class GetStats(_Message, frozen=True, kw_only=True):
    """Ask for the worker's counters. Reply: `Stats`."""


Command = Connect | RestartIce | SetPublishing | SetReception | SetWishes | Disconnect | CloseSession | GetStats


# --- replies ----------------------------------------------------------------------------------------


class SlotState(msgspec.Struct, frozen=True, kw_only=True):
    """One receiving line of a participant and what it shows now; both ids are None when it is empty.

    ``paused``: the track is the slot's, but nothing of it is sent: the line or the step of the ladder has no room.
    """

    mid: str
    kind: Kind
    participant_id: str | None = None
    source: Source | None = None
    paused: bool = False


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

    ``rss_bytes``: resident memory now; ``crossed``: packets that went to other workers."""

    pid: int
    cpu_s: float
    rss_bytes: int
    sessions: int
    participants: list[ParticipantStats]
    dropped: dict[str, int]
    crossed: int = 0


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


class LayersWanted(_Message, frozen=True, kw_only=True):
    """Which simulcast layers (by rid, the lowest first) of a participant's source anybody takes.

    The publisher may stop encoding the others; an empty list: nobody watches. Told at once when it grows, 5 s
    later when it shrinks.
    """

    session_id: str
    participant_id: str
    source: Source
    layers: list[str]


class ReceptionChanged(_Message, frozen=True, kw_only=True):
    """A participant is on another step of the ladder than before. ``estimate_bps``: of its line."""

    session_id: str
    participant_id: str
    reception: Reception
    cause: ReceptionCause
    estimate_bps: int


class ParticipantHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How one participant is doing. Shares are 0 to 1 over the last seconds; what is not known is None.

    ``loss_down`` is on the way from here to it, ``loss_up`` on the way here. ``estimate_bps``: what its line
    carries down. ``frozen``: the share of time in which the main picture it should see stood still. ``b_frames``:
    its encoder sends pictures in another order than they are shown in, which browsers do not put right.
    """

    participant_id: str
    quality: Quality
    reception: Reception
    rtt_s: float | None
    loss_down: float | None
    loss_up: float | None
    estimate_bps: int | None
    frozen: float
    b_frames: bool = False


class HealthChanged(_Message, frozen=True, kw_only=True):
    """How participants of a session are doing: those for whom it changed, at most every 2 s."""

    session_id: str
    participants: list[ParticipantHealth]


class SessionLost(_Message, frozen=True, kw_only=True):
    """The worker that held the session died: every participant has to connect anew."""

    session_id: str


Event = (
    ParticipantConnected
    | ParticipantDisconnected
    | ParticipantClosed
    | SlotsChanged
    | SpeakerChanged
    | LayersWanted
    | ReceptionChanged
    | HealthChanged
    | SessionLost
)
