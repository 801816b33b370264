"""`Span`: one session's side of its links to the other workers that it is on."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.spanning import pipe_messages as pipe
from sfu.forwarding.spanning.remote import Crossing, Hub, Link, RemoteParticipant, states_of
from sfu.rtp.receive_stream import LastSenderReport

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.participant import Participant

TOLD_RANKS = 16
"""Of the speakers, to the other workers; nobody has more slots for voices."""
STATES_INTERVAL_S = 0.250
"""Between looks at what the layers bring."""
HOME = None
"""As a home: this worker itself."""


class Span:
    """``home``: the number of the worker that finds out who speaks, None for this one. Public: ``remotes``, those
    whose transport another worker has, by participant id."""

    def __init__(self, session: Hub) -> None:
        self.home: int | None = HOME
        self.remotes: dict[str, RemoteParticipant] = {}
        self._session = session
        self._links: dict[int, Link] = {}
        self._theirs: dict[int, dict[int, RemoteParticipant]] = {}
        """By worker and handle."""
        self._handles: dict[str, int] = {}
        self._ours: dict[int, Participant] = {}
        self._numbers = count(1)
        self._told: pipe.Speakers | None = None
        self._states: dict[int, tuple[pipe.LayerState, ...]] = {}
        """By handle: what was told of the layers."""
        self._next_states = 0.0
        self._crossings: dict[tuple[int, int, int], tuple[Layer, Crossing]] = {}
        """By worker, handle and layer."""

    @property
    def at_home(self) -> bool:
        """Whether this worker finds out who speaks."""
        return self.home is HOME

    # --- links --------------------------------------------------------------------------------------

    def enter(self, worker: int, link: Link) -> None:
        """The session is on that worker, too, which can be told things from now on."""
        if worker in self._links:
            return
        self._links[worker] = link
        self._theirs[worker] = {}
        for handle, participant in self._ours.items():
            link.send(_present(handle, participant))
        self._states.clear()
        if self.at_home:
            self._told = None
            self.tell_speakers()

    def leave(self, worker: int, now: float) -> None:
        """The session is there no more, or the worker died: with it go those it had."""
        if self._links.pop(worker, None) is None:
            return
        for key in [key for key in self._crossings if key[0] == worker]:
            self._cut(key)
        for remote in self._theirs.pop(worker).values():
            self._forget(remote, now)

    # --- what happens here --------------------------------------------------------------------------

    def present(self, participant: Participant) -> None:
        """A participant is here, or something of it changed. Who never published is of no interest elsewhere."""
        handle = self._handles.get(participant.id)
        if handle is None:
            if not participant.publishing:
                return
            handle = self._handles[participant.id] = next(self._numbers)
        self._ours[handle] = participant
        self._tell(_present(handle, participant))

    def absent(self, participant_id: str) -> None:
        handle = self._handles.pop(participant_id, None)
        if handle is None:
            return
        del self._ours[handle]
        self._states.pop(handle, None)
        for key in [key for key in self._crossings if key[1] == handle]:
            self._cut(key)
        self._tell(pipe.Absent(handle))

    def level(self, participant_id: str, level: int) -> None:
        """A microphone of ours was heard; its home wants to know."""
        handle = self._handles.get(participant_id)
        if handle is not None and self.home is not None and (link := self._links.get(self.home)) is not None:
            link.send(pipe.Level(handle, level))

    def tell_speakers(self) -> None:
        """As their home: others arrange their slots by it."""
        if not self._links:
            return
        dominant, ranking = self._session.speakers()
        told = pipe.Speakers(dominant, ranking[:TOLD_RANKS])
        if told != self._told:
            self._told = told
            self._tell(told)

    def want_keyframe(self, layer: Layer, now: float) -> None:
        """Ask for a keyframe of a layer that comes from elsewhere."""
        remote = self.remotes.get(layer.track.participant_id)
        if remote is None or layer not in remote.layers:
            return
        index = remote.layers.index(layer)
        due = layer.keyframes.request(now)
        if index not in remote.subscribed:
            self._ask(remote, remote.subscribe(index))
        elif due:
            self._ask(remote, pipe.KeyframeWanted(remote.handle, index))

    def tick(self, now: float) -> None:
        for worker, remotes in self._theirs.items():
            for remote in remotes.values():
                for message in remote.settle(now):
                    self._links[worker].send(message)
        for (_, handle, _), (layer, crossing) in self._crossings.items():
            crossing.tell_clock(layer, self._ours[handle].clock)
        if self._links and now >= self._next_states:
            self._next_states = now + STATES_INTERVAL_S
            self._tell_states()

    def _tell_states(self) -> None:
        for handle, participant in self._ours.items():
            if not participant.publishing:
                continue
            states = states_of(participant)
            if states != self._states.get(handle):
                self._states[handle] = states
                self._tell(pipe.LayersTold(handle, states))

    # --- what happens elsewhere ---------------------------------------------------------------------

    def handle(self, worker: int, message: pipe.PipeMessage, now: float) -> None:
        """Something another worker said of this session. Ignored unless it entered."""
        if worker not in self._links:
            return
        match message:
            case pipe.Media() | pipe.Replay() | pipe.StreamBegins() | pipe.ClockTold():
                if (layer := self._layer(worker, message.handle, message.layer)) is not None:
                    self._take(worker, layer, message, now)
            case pipe.Subscribe(handle, index):
                self._subscribed(worker, handle, index, now)
            case pipe.Unsubscribe(handle, index):
                self._cut((worker, handle, index))
            case pipe.KeyframeWanted(handle, index):
                if (found := self._crossings.get((worker, handle, index))) is not None:
                    self._session.want_keyframe(found[0], now)
            case _:
                self._handle_people(worker, message, now)

    def _take(
        self,
        worker: int,
        layer: Layer,
        message: pipe.Media | pipe.Replay | pipe.StreamBegins | pipe.ClockTold,
        now: float,
    ) -> None:
        """Something of a layer of theirs."""
        match message:
            case pipe.Media(packet=packet):
                taken = layer.accept(_unpack(packet), now)
                if taken is not None:
                    self._session.forward(layer, taken, now)
            case pipe.Replay(packets=packets):
                self._replay(layer, packets, now)
            case pipe.StreamBegins():
                layer.begin(message.ssrc, message.codec_key, message.clock_rate, lossy=False)
            case pipe.ClockTold():
                if layer.stream is not None:
                    layer.stream.last_sr = LastSenderReport(message.ntp, message.rtp_timestamp, message.arrival)
                    self._theirs[worker][message.handle].clock.follow(message.offset_s)

    def _handle_people(self, worker: int, message: pipe.PipeMessage, now: float) -> None:
        match message:
            case pipe.Present():
                self._came(worker, message, now)
            case pipe.LayersTold(handle, states):
                if (remote := self._theirs[worker].get(handle)) is not None:
                    for layer in remote.follow(states):
                        self._session.flow_changed(layer, now)
            case pipe.Absent(handle):
                if (gone := self._theirs[worker].pop(handle, None)) is not None:
                    self._forget(gone, now)
            case pipe.Level(handle, level):
                if (remote := self._theirs[worker].get(handle)) is not None:
                    self._session.heard(remote.id, level, now)
            case pipe.Speakers(dominant, ranking):
                if worker == self.home:
                    self._session.told_speakers(dominant, ranking, now)
            case _:
                pass

    def _layer(self, worker: int, handle: int, index: int) -> Layer | None:
        """A layer of theirs that may be forwarded."""
        remote = self._theirs[worker].get(handle)
        if remote is None or not 0 <= index < len(remote.layers) or not remote.layers[index].track.on:
            return None
        return remote.layers[index]

    def _replay(self, layer: Layer, packets: tuple[pipe.Packet, ...], now: float) -> None:
        for packet in packets:
            taken = layer.accept(_unpack(packet), now)
            if taken is not None and (layer.newest is None or taken.sequence > layer.newest.sequence):
                layer.newest = taken
        self._session.show(layer, now)

    def _came(self, worker: int, info: pipe.Present, now: float) -> None:
        remote = self._theirs[worker].get(info.handle)
        if remote is None:
            if info.participant_id in self._session.participants:
                return
            if (old := self.remotes.get(info.participant_id)) is not None:
                self._forget(old, now)
            remote = self._theirs[worker][info.handle] = self.remotes[info.participant_id] = RemoteParticipant(
                info
            )
        remote.publish(info.publishing)
        self._session.remote_came(remote, now)

    def _forget(self, remote: RemoteParticipant, now: float) -> None:
        remote.close()
        if self.remotes.get(remote.id) is remote:
            del self.remotes[remote.id]
            self._session.remote_left(remote, now)

    # --- what crosses -------------------------------------------------------------------------------

    def _subscribed(self, worker: int, handle: int, index: int, now: float) -> None:
        participant = self._ours.get(handle)
        if participant is None or (worker, handle, index) in self._crossings:
            return
        layers = list(participant.ingress.layers())
        if not 0 <= index < len(layers):
            return
        layer, crossing = layers[index], Crossing(self._links[worker], handle, index)
        self._crossings[worker, handle, index] = layer, crossing
        layer.crossings.append(crossing)
        if not crossing.begin(layer, participant.clock, now) and layer.kind == "video":
            self._session.want_keyframe(layer, now)

    def _cut(self, key: tuple[int, int, int]) -> None:
        layer, crossing = self._crossings.pop(key, (None, None))
        if layer is not None and crossing is not None:
            layer.crossings.remove(crossing)

    def _ask(self, remote: RemoteParticipant, message: pipe.PipeMessage) -> None:
        for worker, remotes in self._theirs.items():
            if remotes.get(remote.handle) is remote:
                self._links[worker].send(message)

    def _tell(self, message: pipe.PipeMessage) -> None:
        for link in self._links.values():
            link.send(message)


def _present(handle: int, participant: Participant) -> pipe.Present:
    return pipe.Present(
        handle,
        participant.id,
        participant.lead,
        participant.joined,
        participant.publishing,
        tuple(
            pipe.TrackInfo(
                track.source,
                tuple(layer.rid for layer in track.layers),
                tuple(layer.codec_key for layer in track.layers),
            )
            for track in participant.tracks.values()
        ),
    )


def _unpack(packet: pipe.Packet) -> MediaPacket:
    return MediaPacket(
        packet.sequence,
        packet.timestamp,
        packet.marker,
        packet.payload,
        packet.arrival,
        keyframe=packet.keyframe,
        padding_only=packet.padding_only,
        dependency_descriptor=packet.dependency_descriptor,
    )
