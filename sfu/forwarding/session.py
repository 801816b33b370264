"""A session in the media plane: its participants, who speaks, and which track is in which slot.

The order of a packet: `Ingress.receive` (parse, route, number, remember) → `router.route` (switch what waits for
it, then `fan_out_all`). Nothing here has a clock, a socket or a task: time is an argument, bytes go out through
what `Participant.connect` was given, and events through ``emit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sfu.errors import UnknownParticipant
from sfu.forwarding.arranging.arranger import Arranger
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.layers_wanted import LayersWantedWatch
from sfu.forwarding.incoming.offers import watch
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing import router
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.line import Outbound
from sfu.forwarding.participant import Participant
from sfu.forwarding.spanning.remote import Publisher, RemoteParticipant
from sfu.forwarding.spanning.span import Span
from sfu.messages import Event, Reception, SlotState, Source, SpeakerChanged, View, Wish
from sfu.rtp.dominant_speaker import DominantSpeaker

if TYPE_CHECKING:
    from random import Random

TICK_S = 0.060
"""How often `Session.tick` wants to be called; every wake-up costs, and repairs do not wait for it."""
SPEAKER_INTERVAL_S = 0.300
REPORTS_INTERVAL_S = 0.100
"""How soon after a switch of source its sender report follows; otherwise each stream has its own interval."""
KEYFRAME_REMINDER_S = 1.0
WATCH_INTERVAL_S = 0.240
"""How often layers are measured."""
WANTED_INTERVAL_S = 0.120
"""How soon a publisher is told that a layer is wanted."""
START_BPS = 300_000
"""Lines are taken to carry this much before they said a word. More would flood a weak one, and cost its sound; a
good one is found out to be good within a second."""
FOLLOWED_SPEAKERS = 3
"""A change among this many loudest is reason to arrange the slots anew."""


class Session:
    """Public: ``participants`` by id."""

    def __init__(
        self,
        session_id: str,
        *,
        random: Random,
        emit: Callable[[Event], None],
        departures: Departures,
        wall_offset_s: float,
        start_bps: int = START_BPS,
    ) -> None:
        """``departures``: of the worker, which flushes them after each batch of packets that it handed in.
        ``wall_offset_s``: what is added to ``now`` to get Unix time. ``start_bps``: what a line is taken to carry
        before anything is known of it."""
        self.id = session_id
        self.participants: dict[str, Participant] = {}
        self._publishers: dict[str, Participant] = {}
        """Who publishes, or did; most never do."""
        self._random = random
        self._emit = emit
        self._departures = departures
        self._drops = departures.drops
        self._wall_offset_s = wall_offset_s
        self._start_bps = start_bps
        self.span = Span(self)
        self._speakers = DominantSpeaker()
        self._told_ranking: tuple[str, ...] = ()
        self._speaker: str | None = None
        self._followed: tuple[str | None, frozenset[str]] = None, frozenset()
        self._next_decision = 0.0
        self._next_reports = 0.0
        self._next_reminder = 0.0
        self._next_watch = 0.0
        self._next_wanted = 0.0
        self._layers_wanted = LayersWantedWatch(session_id)
        self._arranger = Arranger(self, emit)

    # --- commands -----------------------------------------------------------------------------------

    def add(
        self,
        participant: Participant,
        publishing: frozenset[Source],
        now: float,
        *,
        pinned: bool = False,
        wishes: Sequence[Wish] | None = None,
        view: View = View.CLASS,
    ) -> None:
        """Take in a participant; one of the same id is replaced, and its tracks are shown again when they flow.

        ``pinned``, ``wishes``, ``view``: as in `sfu.messages.Connect`.
        """
        if participant.id in self.participants:
            self.remove(participant.id, now)
        self.participants[participant.id] = participant
        participant.joined = participant.heard_at = now
        self._arranger.add(participant, pinned=pinned, wishes=wishes, view=view)
        self._publish(participant, publishing)

    def remove(self, participant_id: str, now: float) -> None:
        participant = self.participants.pop(participant_id, None)
        if participant is None:
            return
        self._publishers.pop(participant_id, None)
        participant.close()
        self.span.absent(participant_id)
        self._speakers.remove(participant_id)
        self._arranger.remove(participant_id)
        self._follow_speakers(now)
        if participant.publishing:
            self._arranger.changed()

    def close(self) -> None:
        """Everyone left, and nobody will come: what is left is given back, as its parts know each other, too."""
        del self.span, self._arranger

    def set_publishing(self, participant_id: str, sources: frozenset[Source], now: float) -> None:
        self._publish(self._get(participant_id), sources)

    def set_reception(
        self, participant_id: str, reception: Reception, now: float, *, pinned: bool = False
    ) -> None:
        """The participant chose a step of the ladder. Raises `UnknownParticipant`."""
        self._get(participant_id)
        self._arranger.set_reception(participant_id, reception, pinned, now)

    def set_wishes(self, participant_id: str, wishes: Sequence[Wish] | None, now: float) -> None:
        """What the participant shows, and how large. Raises `UnknownParticipant`."""
        self._get(participant_id)
        self._arranger.set_wishes(participant_id, wishes, now)

    def slots(self, participant_id: str) -> list[SlotState]:
        """What each slot of a participant shows. Raises `UnknownParticipant`."""
        self._get(participant_id)
        return self._arranger.states(participant_id)

    def connected(
        self, participant_id: str, outbound: Outbound, send_rtcp: Callable[[bytes], None], now: float
    ) -> None:
        """The participant's transport is up: media may flow to it."""
        participant = self._get(participant_id)
        first_report = now + self._random.random()
        participant.connect(outbound, send_rtcp, first_report, self._departures, now, self._start_bps)
        participant.heard_at = now
        self._arranger.connected(participant_id, now)

    def _publish(self, participant: Participant, sources: frozenset[Source]) -> None:
        before = participant.publishing
        participant.set_publishing(sources)
        if participant.publishing:
            self._publishers[participant.id] = participant
        self._listen_to(participant)
        self.span.present(participant)
        if participant.publishing != before:
            self._arranger.changed()

    def _listen_to(self, publisher: Publisher) -> None:
        if Source.MIC in publisher.publishing:
            self._speakers.add(publisher.id)
        else:
            self._speakers.remove(publisher.id)

    def _get(self, participant_id: str) -> Participant:
        try:
            return self.participants[participant_id]
        except KeyError:
            raise UnknownParticipant(f"no participant {participant_id!r} in session {self.id!r}") from None

    # --- packets ------------------------------------------------------------------------------------

    def handle_rtp(self, participant: Participant, data: bytes, now: float) -> None:
        """One decrypted RTP packet from a participant. Never raises for what is in it."""
        received = participant.ingress.receive(data, now, self._drops)
        for lost in participant.ingress.take_recovered():
            self.forward(*lost, now)
        if received is None:
            return
        layer, packet, rtp = received
        if rtp.audio_level is not None and layer.kind == "audio":
            if self.span.at_home:
                self.heard(participant.id, rtp.audio_level, now)
            else:
                self.span.level(participant.id, rtp.audio_level)
        self.forward(layer, packet, now)
        if layer.lossy and layer.nack.pending():
            self._repair(participant, now)

    def forward(self, layer: Layer, packet: MediaPacket, now: float) -> None:
        """Have a packet of a layer, from here or another worker, leave to all who take it."""
        router.route(layer, packet, now, self._departures)
        for crossing in layer.crossings:
            crossing.send(layer, packet)
        if layer.track.forms is not None:
            for form, derived in layer.track.forms.feed(packet, now):
                router.route(form, derived, now, self._departures)

    def handle_rtcp(self, participant: Participant, data: bytes, now: float) -> None:
        """One decrypted RTCP packet from a participant. Never raises for what is in it."""

        def picture_lost(layer: Layer) -> None:
            self._arranger.picture_lost(participant.id, layer)
            self.want_keyframe(layer, now)

        participant.heard_at = now
        participant.handle_rtcp(data, now, now + self._wall_offset_s, self._drops, picture_lost)

    def want_keyframe(self, layer: Layer, now: float) -> None:
        publisher = self.participants.get(layer.track.participant_id)
        if publisher is None:
            self.span.want_keyframe(layer, now)
            return
        request = publisher.ingress.request_keyframe(layer, now)
        if request is not None:
            publisher.send_rtcp(request)

    # --- time ---------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Everything that is due: repairs, feedback, reports, the speaker."""
        connected = [participant for participant in self.participants.values() if participant.line]
        restless = [participant for participant in connected if not participant.is_calm(now)]
        self._respond(now)
        self._arranger.tick(restless, now)
        for participant in restless:
            participant.tick(now)
        if now >= self._next_reports:
            self._next_reports = now + REPORTS_INTERVAL_S
            clocks = {publisher.id: publisher.clock for publisher in self.publishers()}
            for participant in connected:
                participant.send_reports(clocks, now, now + self._wall_offset_s)
        if now >= self._next_decision:
            self._next_decision = now + SPEAKER_INTERVAL_S
            if self.span.at_home:
                self._speakers.decide(now)
            self._follow_speakers(now)
        self._finish_merging(now)
        self._watch_layers(now)
        self.span.tick(now)

    def _watch_layers(self, now: float) -> None:
        """Measure what is published, let slots leave layers that ceased to flow, and say which are wanted."""
        if now < self._next_wanted:
            return
        self._next_wanted = now + WANTED_INTERVAL_S
        published = [
            participant.tracks[source]
            for participant in self._publishers.values()
            for source in participant.publishing
        ]
        if now >= self._next_watch:
            self._next_watch = now + WATCH_INTERVAL_S
            for track in published:
                if track.kind == "video":
                    for layer in watch(track, now):
                        self.flow_changed(layer, now)
        for event in self._layers_wanted.changes(published, now):
            self._emit(event)

    def flow_changed(self, layer: Layer, now: float) -> None:
        """A layer began to bring packets, or ceased to: slots leave it for another, or come back."""
        for slot in [*layer.slots, *layer.selective]:
            wanted = router.aim(slot, slot.aim, now)
            if wanted is not None:
                self.want_keyframe(wanted, now)

    def _finish_merging(self, now: float) -> None:
        """Send the sound that waited for more to be merged with, and none came."""
        for publisher in self.publishers():
            if not publisher.publishing:
                continue
            track = publisher.tracks.get(Source.MIC)
            if track is not None and track.forms is not None:
                for form, packet in track.forms.due(now):
                    router.route(form, packet, now, self._departures)

    def _follow_speakers(self, now: float) -> None:
        """Say who speaks when that changed, and give slots to those who speak now and had none."""
        dominant, ranking = self.speakers()
        if self.span.at_home:
            if dominant != self._speaker:
                self._speaker = dominant
                self._emit(SpeakerChanged(session_id=self.id, participant_id=dominant))
            self.span.tell_speakers()
        followed = dominant, frozenset(ranking[:FOLLOWED_SPEAKERS])
        if followed != self._followed:
            self._followed = followed
            self._arranger.changed()

    def _repair(self, publisher: Participant, now: float) -> None:
        """Ask for what is missing, as soon as it is due."""
        for data in publisher.ingress.repairs(now, publisher.rtt_s):
            publisher.send_rtcp(data)

    def _respond(self, now: float) -> None:
        """Ask publishers for what is missing, and tell them how their packets arrive."""
        publishers = [found for found in self._publishers.values() if found.publishing and found.line]
        for participant in publishers:
            self._repair(participant, now)
            for data in participant.ingress.feedback(now):
                participant.send_rtcp(data)
        if now >= self._next_reminder:
            self._next_reminder = now + KEYFRAME_REMINDER_S
            for participant in publishers:
                for layer in participant.ingress.layers():
                    if layer.kind == "video" and any(router.keyframe_source(s) is layer for s in layer.waiting):
                        self.want_keyframe(layer, now)

    # --- other workers ------------------------------------------------------------------------------

    def publishers(self) -> Iterator[Publisher]:
        """Everyone who publishes, or did, here and on the other workers of the session."""
        yield from self._publishers.values()
        yield from self.span.remotes.values()

    def set_home(self, home: int | None, now: float) -> None:
        """Which worker finds out who speaks: its number, None for this one."""
        if home != self.span.home:
            self.span.home = home
            self._follow_speakers(now)

    def remote_came(self, participant: RemoteParticipant, now: float) -> None:
        """Another worker has this participant, or something of it changed."""
        self._listen_to(participant)
        self._arranger.changed()

    def remote_left(self, participant: RemoteParticipant, now: float) -> None:
        self._speakers.remove(participant.id)
        self._follow_speakers(now)
        self._arranger.changed()

    def heard(self, participant_id: str, level: int, now: float) -> None:
        """How loud a microphone is, on whichever worker."""
        self._speakers.level(participant_id, level, now)

    def speakers(self) -> tuple[str | None, tuple[str, ...]]:
        """The dominant speaker and all in order of rank, as the session's home finds."""
        if self.span.at_home:
            return self._speakers.dominant, tuple(self._speakers.ranking())
        return self._speaker, self._told_ranking

    def told_speakers(self, dominant: str | None, ranking: tuple[str, ...], now: float) -> None:
        """The home of the session says who speaks."""
        self._speaker, self._told_ranking = dominant, ranking
        self._follow_speakers(now)

    def show(self, layer: Layer, now: float) -> None:
        """A picture of a layer came at once: who waits for it gets it."""
        router.show(layer, now)
