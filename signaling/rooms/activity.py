"""What people do in a room, counted for the attendance: time as the active speaker, and reactions.

It is counted in memory and written now and then, when a seat is given up, and at the end: a crash costs at most
`FLUSH_EVERY` of it. What was written is taken off when that is certain, so that a failed write loses nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from signaling.records import ActivityCounted

FLUSH_EVERY = timedelta(seconds=30)
_MS = timedelta(milliseconds=1)


class Activity:
    def __init__(self, now: datetime) -> None:
        self._talked: dict[str, timedelta] = {}
        self._reacted: dict[str, int] = {}
        self._speaker: str | None = None
        self._since: datetime | None = None
        """Since when the active speaker is heard and not counted yet; None while the mic is off."""
        self.flush_at = now + FLUSH_EVERY

    @property
    def is_idle(self) -> bool:
        """Nothing is to be written."""
        return self._since is None and not self._talked and not self._reacted

    def speaks(self, participant_id: str | None, is_heard: bool, now: datetime) -> None:
        """This is the active speaker now; ``is_heard``: with the mic on."""
        self._count(now)
        self._speaker = participant_id
        self._since = now if participant_id is not None and is_heard else None

    def hears(self, participant_id: str, is_heard: bool, now: datetime) -> None:
        """Somebody's mic was switched, maybe the active speaker's."""
        if participant_id == self._speaker:
            self.speaks(participant_id, is_heard, now)

    def reacted(self, participant_id: str) -> None:
        self._reacted[participant_id] = self._reacted.get(participant_id, 0) + 1

    def counted(self, now: datetime, participant_id: str | None = None) -> list[ActivityCounted]:
        """What is not written yet, of everyone or of one."""
        self._count(now)
        ids = {*self._talked, *self._reacted} if participant_id is None else {participant_id}
        records = [
            ActivityCounted(
                participant_id=one,
                talk_ms=self._talked.get(one, timedelta()) // _MS,
                reactions=self._reacted.get(one, 0),
            )
            for one in sorted(ids)
        ]
        return [record for record in records if record.talk_ms or record.reactions]

    def written(self, record: ActivityCounted) -> None:
        one = record.participant_id
        left = self._talked.pop(one, timedelta()) - record.talk_ms * _MS
        if left > timedelta():
            self._talked[one] = left
        if count := self._reacted.pop(one, 0) - record.reactions:
            self._reacted[one] = count

    def _count(self, now: datetime) -> None:
        if self._speaker is not None and self._since is not None and now > self._since:
            self._talked[self._speaker] = self._talked.get(self._speaker, timedelta()) + (now - self._since)
            self._since = now
