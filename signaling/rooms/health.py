"""How the people of a room receive: the step of the ladder they are on, how their connections fare, and what
tutors are to be told of it, at most every `PACE`.

Levels that the media plane may tell again at any time: nothing of it is persisted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from signaling.protocol.base import Reception
from signaling.protocol.reception import (
    HealthChanged,
    HealthOverview,
    ParticipantHealth,
    Quality,
    ReceptionCause,
    ReceptionChanged,
)
from signaling.rooms.seat import Seat

PACE = timedelta(seconds=2)

_NEWCOMER = ReceptionChanged(reception="full", chosen="full", pinned=False, cause="chosen")

_STILL: frozenset[Reception] = frozenset({"slides", "audio", "text"})
"""Steps without moving pictures."""


class Health:
    """Of one room, by participant."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[Reception, ReceptionCause]] = {}
        """Where it is not what was chosen, or was not."""
        self._received: dict[str, ReceptionChanged] = {}
        """What each was told of their step."""
        self._lines: dict[str, ParticipantHealth] = {}
        self._changed: set[str] = set()
        self._revision = 0
        """Counts what tutors may want to know."""
        self._asked = 0
        self._told = 0
        self._told_at: datetime | None = None
        self._shown: HealthOverview | None = None

    def reception(self, seat: Seat) -> ReceptionChanged:
        """The step that somebody is on."""
        step, cause = self._steps.get(seat.id, (seat.reception, "chosen"))
        return ReceptionChanged(reception=step, chosen=seat.reception, pinned=seat.pinned, cause=cause)

    def quality(self, participant_id: str) -> Quality | None:
        line = self._lines.get(participant_id)
        return line.quality if line is not None else None

    def has_b_frames(self, participant_id: str) -> bool:
        line = self._lines.get(participant_id)
        return line is not None and line.b_frames

    # --- what the media plane tells -----------------------------------------------------------------

    def stepped(self, participant_id: str, reception: Reception, cause: ReceptionCause) -> None:
        """Somebody is on this step now."""
        self._steps[participant_id] = (reception, cause)
        self._revision += 1
        if (line := self._lines.get(participant_id)) is not None:
            self._put(msgspec.structs.replace(line, reception=reception))

    def chosen(self, seat: Seat) -> None:
        """Somebody just chose their step, and is on it."""
        self.stepped(seat.id, seat.reception, "chosen")

    def connected(self, seat: Seat) -> None:
        """Media is connected anew: they are on the step that they chose, and how they fare will show."""
        self.chosen(seat)
        self._lines.pop(seat.id, None)
        self._changed.discard(seat.id)

    def news(self, seat: Seat) -> ReceptionChanged | None:
        """What somebody has not been told of their step."""
        now, told = self.reception(seat), self._received.get(seat.id, _NEWCOMER)
        self._received[seat.id] = now
        return now if msgspec.structs.replace(told, cause=now.cause) != now else None

    def fares(self, line: ParticipantHealth) -> bool:
        """How somebody's connection fares; whether its quality is another than before."""
        before = self.quality(line.participant_id)
        self._put(line)
        return before != line.quality

    def lost(self, participant_id: str) -> None:
        """Somebody's media connection is gone."""
        if (line := self._lines.get(participant_id)) is not None:
            self._put(msgspec.structs.replace(line, quality="lost", estimate_kbps=None, round_trip_ms=None))

    def _put(self, line: ParticipantHealth) -> None:
        if self._lines.get(line.participant_id) != line:
            self._lines[line.participant_id] = line
            self._changed.add(line.participant_id)
            self._revision += 1

    # --- what tutors see ----------------------------------------------------------------------------

    def keep(self, seats: Mapping[str, Seat]) -> None:
        """The seats changed: forget who left; who cannot see may be others now."""
        for gone in self._lines.keys() - seats.keys():
            del self._lines[gone]
            self._changed.discard(gone)
        for of_one in (self._steps, self._received):
            for gone in of_one.keys() - seats.keys():
                del of_one[gone]
        if self._shown is not None and self.overview(seats.values()) != self._shown:
            self._revision += 1

    def overview(self, seats: Iterable[Seat]) -> HealthOverview:
        seats = list(seats)
        is_shown = any(seat.role == "tutor" and seat.publishing & {"camera", "screen"} for seat in seats)
        others = [seat for seat in seats if seat.role != "tutor"]
        found = [self.quality(seat.id) for seat in others]
        return HealthOverview(
            participants=len(others),
            excellent=found.count("excellent"),
            good=found.count("good"),
            poor=found.count("poor"),
            lost=found.count("lost"),
            cannot_see=sum(self._sees_badly(seat) for seat in others) if is_shown else 0,
        )

    def _sees_badly(self, seat: Seat) -> bool:
        if self.quality(seat.id) in ("poor", "lost"):
            return True
        now = self.reception(seat)
        return now.reception != now.chosen and now.reception in _STILL

    def lines(self, seats: Iterable[Seat]) -> list[ParticipantHealth]:
        """Of everyone whose media was connected."""
        return [self._lines[seat.id] for seat in seats if seat.id in self._lines]

    def due_at(self) -> datetime | None:
        """When there is something to tell to tutors, if there is."""
        if self._revision == self._told:
            return None
        return datetime.min.replace(tzinfo=UTC) if self._told_at is None else self._told_at + PACE

    def change(self, seats: Mapping[str, Seat]) -> HealthChanged:
        """What tutors have not been told; `told` when they are. More may become known meanwhile."""
        self._asked = self._revision
        changed = [seats[one] for one in sorted(self._changed & seats.keys())]
        return HealthChanged(participants=self.lines(changed), overview=self.overview(seats.values()))

    def told(self, change: HealthChanged, now: datetime) -> None:
        """Tutors were told this."""
        told = {line.participant_id: line for line in change.participants}
        self._changed = {one for one in self._changed if one in self._lines and told.get(one) != self._lines[one]}
        self._told = self._asked
        self._told_at, self._shown = now, change.overview
