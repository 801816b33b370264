"""Which track is in which slot: pure functions from who is there to what a subscriber gets.

A track that stays wanted stays in its slot; only slots whose track is wanted no more are filled anew. So nothing
moves on the screen, and nothing needs a keyframe, without a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from sfu.messages import Source, View

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


class Stage(NamedTuple):
    """The lead's tracks; None for what there is not."""

    screen: Key | None
    camera: Key | None
    mic: Key | None


@dataclass(frozen=True, slots=True)
class Cast:
    """All that is published, in the order of the candidates; made once for all subscribers."""

    leads: frozenset[str]
    people: frozenset[str]
    screens: tuple[Key, ...]
    cameras: tuple[Key, ...]
    mics: tuple[Key, ...]
    published: frozenset[Key]
    stage: Stage
    """As those see it who publish nothing."""

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> Cast:
        candidates = sorted(candidates, key=lambda candidate: not candidate.lead)
        by_source = {
            source: tuple((c.participant_id, source) for c in candidates if source in c.sources)
            for source in Source
        }
        leads = frozenset(c.participant_id for c in candidates if c.lead)
        screens, cameras, mics = (by_source[s] for s in (Source.SCREEN, Source.CAMERA, Source.MIC))
        return cls(
            leads,
            frozenset(c.participant_id for c in candidates),
            screens,
            cameras,
            mics,
            frozenset(chain.from_iterable(by_source.values())),
            Stage(*(_of_lead(keys, leads, None) for keys in (screens, cameras, mics))),
        )

    def stage_for(self, participant_id: str) -> Stage:
        """The stage as somebody gets it: of the first lead who publishes such a track and is somebody else."""
        if participant_id not in self.people:
            return self.stage
        tracks = self.screens, self.cameras, self.mics
        return Stage(*(_of_lead(keys, self.leads, participant_id) for keys in tracks))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a subscriber said of its layout: the tracks it shows, in that order, and those it does not look at."""

    named: tuple[Key, ...] = ()
    hidden: frozenset[Key] = frozenset()


def video_slots(
    cast: Cast,
    participant_id: str,
    current: Sequence[Key | None],
    wishes: Wishes | None = None,
    view: View = View.CLASS,
) -> list[Key | None]:
    """The track for each video slot of ``participant_id``: what it named, then the lead's screen, the lead's
    camera, other screens, and cameras in order; what it does not look at last."""
    pool = len(current)
    screen, camera, _ = cast.stage_for(participant_id)
    if view is View.STAGE:
        main = screen or camera
        return _fill([main] if main is not None and pool else [], current)
    screens = _others(cast.screens, participant_id, pool)
    cameras = _others(cast.cameras, participant_id, pool)
    wanted = dict.fromkeys([*screens[:1], *cameras[:1], *screens[1:], *cameras[1:]])
    if wishes is not None:
        named = [key for key in wishes.named if key in cast.published and key[0] != participant_id]
        seen = [key for key in wanted if key not in wishes.hidden]
        wanted = dict.fromkeys([*named, *seen, *wanted])
    if pool < RESERVING_POOL:
        return _fill(list(islice(wanted, pool)), current)
    rest = [key for key in wanted if key not in (camera, screen)][: pool - 2]
    return [camera, screen, *_fill(rest, current[2:])]


def audio_slots(
    cast: Cast, participant_id: str, current: Sequence[Key | None], view: View = View.CLASS
) -> list[Key | None]:
    """The mic for each audio slot: the first is the lead's own, the others go to the first in order."""
    if not current:
        return []
    mics = _others(cast.mics, participant_id, len(current) + 1)
    if view is View.STAGE:
        mics = [mic for mic in mics if mic[0] in cast.leads]
    if len(current) == 1:
        return _fill(mics[:1], current)
    first = cast.stage_for(participant_id).mic
    rest = [mic for mic in mics if mic != first][: len(current) - 1]
    return [first, *_fill(rest, current[1:])]


def _of_lead(keys: Sequence[Key], leads: frozenset[str], participant_id: str | None) -> Key | None:
    """The first that is not the participant's own, if a lead's: those come first."""
    first = next((key for key in keys if key[0] != participant_id), None)
    return first if first is not None and first[0] in leads else None


def _others(keys: Iterable[Key], participant_id: str, count: int) -> list[Key]:
    """The first ``count`` that are not the participant's own."""
    return [key for key in islice(keys, count + 1) if key[0] != participant_id][:count]


def _fill(wanted: Sequence[Key], current: Sequence[Key | None]) -> list[Key | None]:
    """``wanted`` over the slots, each that is shown already where it is."""
    slots: list[Key | None] = [key if key in wanted else None for key in current]
    new = iter([key for key in wanted if key not in slots])
    return [next(new, None) if key is None else key for key in slots]
