"""Which track is in which slot: pure functions from who is there to what a subscriber gets.

A track that stays wanted stays in its slot; only slots whose track is wanted no more are filled anew. So nothing
moves on the screen, and nothing needs a keyframe, without a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfu.messages import Source

Key = tuple[str, Source]
"""A track by its participant and source."""

RESERVING_POOL = 3
"""A pool of at least this many video slots keeps the first two for the lead's camera and screen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A participant as a source. ``sources``: what it publishes now. Ordered by the caller: lead first, then by
    how recently somebody spoke, then by how long they are here."""

    participant_id: str
    lead: bool
    sources: frozenset[Source]


def video_slots(candidates: Sequence[Candidate], current: Sequence[Key | None]) -> list[Key | None]:
    """The track for each video slot: lead's screen, lead's camera, other screens, then cameras in order."""
    pool = len(current)
    screens = [(c.participant_id, Source.SCREEN) for c in candidates if Source.SCREEN in c.sources]
    cameras = [(c.participant_id, Source.CAMERA) for c in candidates if Source.CAMERA in c.sources]
    lead = next((c.participant_id for c in candidates if c.lead), None)
    wanted: list[Key] = [*screens[:1], *cameras[:1], *screens[1:], *cameras[1:]]
    if pool < RESERVING_POOL:
        return _fill(wanted[:pool], current)
    stage: list[Key | None] = [
        key if key in wanted else None for key in ((lead or "", Source.CAMERA), (lead or "", Source.SCREEN))
    ]
    rest = [key for key in wanted if key not in stage][: pool - len(stage)]
    return stage + _fill(rest, current[len(stage) :])


def audio_slots(candidates: Sequence[Candidate], current: Sequence[Key | None]) -> list[Key | None]:
    """The mic for each audio slot: the first is the lead's own, the others go to the first in order."""
    mics = [(c.participant_id, Source.MIC) for c in candidates if Source.MIC in c.sources]
    if not current:
        return []
    if len(current) == 1:
        return _fill(mics[:1], current)
    lead = next(((c.participant_id, Source.MIC) for c in candidates if c.lead and Source.MIC in c.sources), None)
    rest = [mic for mic in mics if mic != lead][: len(current) - 1]
    return [lead, *_fill(rest, current[1:])]


def _fill(wanted: Sequence[Key], current: Sequence[Key | None]) -> list[Key | None]:
    """``wanted`` over the slots, each that is shown already where it is."""
    slots: list[Key | None] = [key if key in wanted else None for key in current]
    new = iter([key for key in wanted if key not in slots])
    return [next(new, None) if key is None else key for key in slots]
