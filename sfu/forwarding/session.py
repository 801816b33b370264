"""A session in the media plane: its participants, who speaks, and which track is in which slot.

The order of a packet: `Ingress.receive` (parse, route, number, remember) → `router.route` (switch what waits for
it, then `fan_out`). Nothing here has a clock, a socket or a task: time is an argument, bytes go out through what
`Participant.connect` was given, and events through ``emit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sfu.errors import UnknownParticipant
from sfu.forwarding import layout, router
from sfu.forwarding.departures import Departures
from sfu.forwarding.layer import Layer
from sfu.forwarding.layers_wanted import LayersWantedWatch
from sfu.forwarding.layout import Candidate, Key
from sfu.forwarding.line import Outbound
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.offers import watch
from sfu.forwarding.participant import Participant
from sfu.forwarding.remote import Publisher, RemoteParticipant
from sfu.forwarding.selection import Aim
from sfu.forwarding.slot import Slot
from sfu.forwarding.span import Span
from sfu.messages import Event, Reception, SlotsChanged, Source, SpeakerChanged
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
    ) -> None:
        """``departures``: of the worker, which flushes them after each batch of packets that it handed in.
        ``wall_offset_s``: what is added to ``now`` to get Unix time."""
        self.id = session_id
        self.participants: dict[str, Participant] = {}
        self._random = random
        self._emit = emit
        self._departures = departures
        self._drops = departures.drops
        self._wall_offset_s = wall_offset_s
        self.span = Span(self)
        self._speakers = DominantSpeaker()
        self._told_ranking: tuple[str, ...] = ()
        self._speaker: str | None = None
        self._loudest: frozenset[str] = frozenset()
        self._next_decision = 0.0
        self._next_reports = 0.0
        self._next_reminder = 0.0
        self._next_watch = 0.0
        self._layers_wanted = LayersWantedWatch(session_id)

    # --- commands -----------------------------------------------------------------------------------

    def add(self, participant: Participant, publishing: frozenset[Source], now: float) -> None:
        """Take in a participant; one of the same id is replaced, and its tracks are shown again when they flow."""
        if participant.id in self.participants:
            self.remove(participant.id, now)
        self.participants[participant.id] = participant
        participant.joined = now
        self._publish(participant, publishing)
        self._arrange(now)

    def remove(self, participant_id: str, now: float) -> None:
        participant = self.participants.pop(participant_id, None)
        if participant is None:
            return
        participant.close()
        self.span.absent(participant_id)
        self._speakers.remove(participant_id)
        self._follow_speakers(now)
        self._arrange(now)

    def set_publishing(self, participant_id: str, sources: frozenset[Source], now: float) -> None:
        self._publish(self._get(participant_id), sources)
        self._arrange(now)

    def set_reception(self, participant_id: str, reception: Reception, now: float) -> None:
        participant = self._get(participant_id)
        participant.reception = reception
        self._arrange_for(participant, self._candidates(), now)

    def connected(
        self, participant_id: str, outbound: Outbound, send_rtcp: Callable[[bytes], None], now: float
    ) -> None:
        """The participant's transport is up: media may flow to it."""
        participant = self._get(participant_id)
        first_report = now + self._random.random()
        participant.connect(outbound, send_rtcp, first_report, self._departures, now)
        self._arrange_for(participant, self._candidates(), now)

    def _publish(self, participant: Participant, sources: frozenset[Source]) -> None:
        participant.set_publishing(sources)
        self._listen_to(participant)
        self.span.present(participant)

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
            self.heard(participant.id, rtp.audio_level, now)
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
        participant.handle_rtcp(
            data, now, now + self._wall_offset_s, self._drops, lambda layer: self.want_keyframe(layer, now)
        )

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
        self._respond([participant for participant in connected if participant.publishing], now)
        for participant in connected:
            participant.tick(now)
        if now >= self._next_reports:
            self._next_reports = now + REPORTS_INTERVAL_S
            clocks = {publisher.id: publisher.clock for publisher in self._publishers()}
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
        if now < self._next_watch:
            return
        self._next_watch = now + WATCH_INTERVAL_S
        for publisher in self._publishers():
            for source in publisher.publishing:
                track = publisher.tracks[source]
                if track.kind == "video":
                    for layer in watch(track, now):
                        for slot in [*layer.slots, *layer.selective]:
                            self._aim(slot, slot.aim, now)
        published = [
            participant.tracks[source]
            for participant in self.participants.values()
            for source in participant.publishing
        ]
        for event in self._layers_wanted.changes(published, now):
            self._emit(event)

    def _finish_merging(self, now: float) -> None:
        """Send the sound that waited for more to be merged with, and none came."""
        for publisher in self._publishers():
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
        loudest = frozenset(ranking[:FOLLOWED_SPEAKERS])
        if loudest != self._loudest:
            self._loudest = loudest
            self._arrange(now)

    def _repair(self, publisher: Participant, now: float) -> None:
        """Ask for what is missing, as soon as it is due."""
        for data in publisher.ingress.repairs(now, publisher.rtt_s):
            publisher.send_rtcp(data)

    def _respond(self, publishers: list[Participant], now: float) -> None:
        """Ask publishers for what is missing, and tell them how their packets arrive."""
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

    def _publishers(self) -> Iterator[Publisher]:
        """Everyone who may publish, here and on the other workers of the session."""
        yield from self.participants.values()
        yield from self.span.remotes.values()

    def set_home(self, home: int | None, now: float) -> None:
        """Which worker finds out who speaks: its number, None for this one."""
        if home != self.span.home:
            self.span.home = home
            self._follow_speakers(now)

    def remote_came(self, participant: RemoteParticipant, now: float) -> None:
        """Another worker has this participant, or something of it changed."""
        self._listen_to(participant)
        self._arrange(now)

    def remote_left(self, participant: RemoteParticipant, now: float) -> None:
        self._speakers.remove(participant.id)
        self._follow_speakers(now)
        self._arrange(now)

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

    # --- slots --------------------------------------------------------------------------------------

    def _candidates(self) -> list[Candidate]:
        """Who publishes, in the order in which they get slots: leads, then recent speakers, then by arrival."""
        spoke = {participant_id: rank for rank, participant_id in enumerate(self.speakers()[1])}
        publishing = [publisher for publisher in self._publishers() if publisher.publishing]
        publishing.sort(key=lambda p: (not p.lead, spoke.get(p.id, len(spoke)), p.joined))
        return [Candidate(p.id, p.lead, p.publishing) for p in publishing]

    def _arrange(self, now: float) -> None:
        candidates = self._candidates()
        for participant in self.participants.values():
            self._arrange_for(participant, candidates, now)

    def _arrange_for(self, participant: Participant, candidates: list[Candidate], now: float) -> None:
        """Point the participant's slots at what it should get now, and say what changed."""
        if participant.line is None:
            return
        cast = layout.Cast.of(candidates)
        egress = participant.egress
        audio = layout.audio_slots(cast, participant.id, [self._key(slot) for slot in egress.audio])
        video: list[Key | None] = [None] * len(egress.video)
        if participant.reception is Reception.FULL:
            video = layout.video_slots(cast, participant.id, [self._key(slot) for slot in egress.video])
        for slot, key in zip([*egress.audio, *egress.video], [*audio, *video], strict=True):
            self._point(slot, key, now)
        states = egress.states()
        if states != participant.shown:
            participant.shown = states
            self._emit(SlotsChanged(session_id=self.id, participant_id=participant.id, slots=states))

    def _key(self, slot: Slot) -> Key | None:
        """What the slot shows or is about to; None also when that track object is gone."""
        layer = slot.waiting_for or slot.layer
        return None if layer is None else (layer.track.participant_id, layer.track.source)

    def _point(self, slot: Slot, key: Key | None, now: float) -> None:
        if key == self._key(slot):
            return
        if key is None:
            slot.clear()
            return
        publisher = self.participants.get(key[0]) or self.span.remotes[key[0]]
        self._aim(slot, Aim(publisher.tracks[key[1]].layers[-1]), now)

    def _aim(self, slot: Slot, target: Aim | None, now: float) -> None:
        """Have a slot show this, and ask for the keyframe that it needs."""
        wanted = router.aim(slot, target, now)
        if wanted is not None:
            self.want_keyframe(wanted, now)
