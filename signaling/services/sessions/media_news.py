"""What the media plane tells, handed on to the rooms and to those whom it concerns.

Everything here is a level, or replaced by the next of its kind: somebody who was not there to hear it gets it when
they come back (`MediaNews.catch_up`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from signaling.logs import context
from signaling.protocol import base
from signaling.protocol import reception as wire
from signaling.protocol.session import ActiveSpeaker, MediaReset, Slot, SlotsChanged
from signaling.rooms.events import Broadcast, Notice, Tell
from signaling.rooms.room import Room
from signaling.rooms.seat import Seat
from signaling.services.sessions.hosted import Hosted
from signaling.services.sessions.media import Media

log = logging.getLogger(__name__)

NO_B_FRAMES: Final = "turn them off in its encoder (x264: bframes=0 or tune=zerolatency)"


class MediaNews:
    """A `signaling.services.sessions.media.MediaListener`."""

    def __init__(
        self,
        *,
        hosted: Mapping[str, Hosted],
        media: Media,
        publish: Callable[[Notice], None],
        now: Callable[[], datetime],
    ) -> None:
        self._hosted = hosted
        self._media = media
        self._publish = publish
        self._now = now

    def slots_changed(self, session_id: str, participant_id: str, slots: list[Slot]) -> None:
        self._tell(session_id, participant_id, SlotsChanged(slots=slots))

    def speaker_changed(self, session_id: str, participant_id: str | None) -> None:
        if hosted := self._hosted.get(session_id):
            hosted.room.speaks(participant_id, self._now())
            self._publish(Broadcast(session_id, ActiveSpeaker(participant_id=participant_id)))

    def layers_wanted(self, session_id: str, participant_id: str, source: base.Source, layers: list[str]) -> None:
        self._tell(session_id, participant_id, wire.LayersWanted(source=source, layers=layers))

    def reception_changed(
        self, session_id: str, participant_id: str, step: base.Reception, cause: wire.ReceptionCause
    ) -> None:
        room, seat = self._find(session_id, participant_id)
        if room is not None and seat is not None:
            room.health.stepped(seat.id, step, cause)
            self.tell_reception(room, seat)

    def tell_reception(self, room: Room, seat: Seat) -> None:
        """Tell somebody the step they are on, if they do not know it."""
        news = room.health.news(seat)
        if news is not None and seat.away is None:
            self._publish(Tell(seat.connection, news))

    def health_changed(self, session_id: str, participants: list[wire.ParticipantHealth]) -> None:
        for line in participants:
            room, seat = self._find(session_id, line.participant_id)
            if room is None or seat is None:
                continue
            if line.b_frames and not room.health.has_b_frames(seat.id):
                with context(session=session_id, participant=seat.id):
                    log.warning("%s sends B-frames, so that browsers show it jerking: %s", seat.name, NO_B_FRAMES)
            if room.health.fares(line):
                self._tell(session_id, seat.id, wire.ConnectionQuality(quality=line.quality))

    def media_lost(self, session_id: str, participant_id: str | None, reason: str) -> None:
        hosted = self._hosted.get(session_id)
        if hosted is None:
            return
        hosted.room.media_lost(participant_id, self._now())
        reset = MediaReset(reason=reason)
        if participant_id is None:
            self._publish(Broadcast(session_id, reset))
        else:
            self._tell(session_id, participant_id, reset)

    def catch_up(self, room: Room, seat: Seat) -> None:
        """Tell somebody who came back what is true of their media."""
        if slots := self._media.slots(room.session_id, seat.id):
            self._publish(Tell(seat.connection, SlotsChanged(slots=slots)))
        self.tell_layers(room.session_id, seat)
        self._publish(Tell(seat.connection, room.health.reception(seat)))
        if (quality := room.health.quality(seat.id)) is not None:
            self._publish(Tell(seat.connection, wire.ConnectionQuality(quality=quality)))

    def tell_layers(self, session_id: str, seat: Seat) -> None:
        for source, layers in self._media.layers(session_id, seat.id).items():
            self._publish(Tell(seat.connection, wire.LayersWanted(source=source, layers=layers)))

    def _find(self, session_id: str, participant_id: str) -> tuple[Room | None, Seat | None]:
        hosted = self._hosted.get(session_id)
        return (None, None) if hosted is None else (hosted.room, hosted.room.seats.get(participant_id))

    def _tell(self, session_id: str, participant_id: str, body: msgspec.Struct) -> None:
        _, seat = self._find(session_id, participant_id)
        if seat is not None and seat.away is None:
            self._publish(Tell(seat.connection, body))
