"""How much a client receives: the steps of the low-bandwidth ladder, what is on its screen, how it fares."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Id, Reception, Source, Wire
from signaling.protocol.rest import Route

ReceptionCause = Literal["chosen", "weak-line", "recovered"]
Quality = Literal["excellent", "good", "poor", "lost"]
Height = Annotated[int, Meta(ge=0, le=4320)]
LayerRid = Annotated[str, Meta(max_length=16)]
Kbps = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class ReceptionUse(Wire, frozen=True, kw_only=True):
    """What a step of the ladder costs about, in megabytes per hour of class, with one person speaking."""

    reception: Reception
    megabytes_per_hour: int


class SetReception(Wire, frozen=True, kw_only=True):
    """Choose a step: ``full``, ``saver`` (one small video), ``slides`` (sound, and still pictures of the shared
    screen), ``audio``, ``text`` (no media at all). What one sends is not touched.

    On a weak line the server steps further down by itself, and up again to what was chosen; not when ``pinned``.
    That is also how a step down is undone."""

    reception: Reception
    pinned: bool = False


class ReceptionChanged(Wire, frozen=True, kw_only=True):
    """To one client: the step it is on now, and why. ``chosen`` is the step that was asked for."""

    reception: Reception
    chosen: Reception
    pinned: bool
    cause: ReceptionCause


class SuggestReception(Wire, frozen=True, kw_only=True):
    """Tutor only: suggest a step to one participant, or with null to everyone but tutors."""

    reception: Reception
    participant_id: Id | None = None


class ReceptionSuggested(Wire, frozen=True, kw_only=True):
    """To one client: a tutor suggests this step; `SetReception` takes it up."""

    reception: Reception
    by: str


class TrackWish(Wire, frozen=True, kw_only=True):
    """A video track on the client's screen. ``height``: of its tile in device pixels, 0 when it cannot be seen."""

    participant_id: Id
    source: Literal["camera", "screen"]
    height: Height


class SetWishes(Wire, frozen=True, kw_only=True):
    """What the client shows, in the order of its layout; the whole list each time. Named tracks come into slots
    before others. Null: the server decides."""

    wishes: Annotated[list[TrackWish], Meta(max_length=100)] | None


class LayersWanted(Wire, frozen=True, kw_only=True):
    """To a publisher: the simulcast layers of its source that anybody takes, by rid; without simulcast the one
    layer is ``""``. Others need not be encoded; an empty list: nobody watches."""

    source: Source
    layers: list[LayerRid]


class ConnectionQuality(Wire, frozen=True, kw_only=True):
    """To one client: how its own connection fares, as the server sees it."""

    quality: Quality


class ParticipantHealth(Wire, frozen=True, kw_only=True):
    """How one participant's connection fares; null is unknown. ``lossDown``: on the way to them, ``lossUp``: from
    them; ``estimateKbps``: what their line carries down; ``frozen``: the share of time the main picture stood;
    ``bFrames``: their encoder makes B-frames, with which pictures jerk in browsers, and has to be told not to."""

    participant_id: str
    quality: Quality
    reception: Reception
    round_trip_ms: int | None
    loss_down: Share | None
    loss_up: Share | None
    estimate_kbps: Kbps | None
    frozen: Share
    b_frames: bool = False


class HealthOverview(Wire, frozen=True, kw_only=True):
    """Counts over everyone but tutors. ``cannotSee``: a tutor's picture or screen is on, and they do not see it
    well: their line is poor or lost, or it took them to a step without moving pictures."""

    participants: int
    excellent: int
    good: int
    poor: int
    lost: int
    cannot_see: int


class HealthChanged(Wire, frozen=True, kw_only=True):
    """To tutors, at most every 2 s: those whose health changed, and the whole overview."""

    participants: list[ParticipantHealth]
    overview: HealthOverview


class SessionHealth(Wire, frozen=True, kw_only=True):
    """Everyone in the running session whose media was connected; ``overview`` counts the others too."""

    session_id: str
    overview: HealthOverview
    participants: list[ParticipantHealth]


ROUTES: tuple[Route, ...] = (
    Route(
        operation="get-session-health",
        method="GET",
        path="/api/v1/live-classes/{id}/health",
        who="tutor",
        doc="How everyone in the running session receives; `health-changed` tells what changes.",
        answer=SessionHealth,
        errors=("forbidden", "not_found", "not_live", "elsewhere"),
    ),
)
