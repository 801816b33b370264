"""A session that is on several workers: what the others have of it, and what crosses to them.

Each worker tells the others who publishes there. What somebody wants of that is subscribed to, a layer at a time,
and crosses once however many watch; it comes into a `Layer` like those of local publishers, so all that follows is
the same. One worker is the session's home: it alone finds out who speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from sfu.forwarding.incoming.sender_clock import SenderClock
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.spanning import pipe_messages as pipe
from sfu.messages import Source
from sfu.rtp.receive_stream import LastSenderReport

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.participant import Participant

LINGER_S = 1.0
"""How long a layer goes on crossing when nobody wants it any more: slots come back to what they had."""


class Link(Protocol):
    """The way to another worker. What it cannot take now is dropped and counted, if it may be, else kept."""

    def send(self, message: pipe.PipeMessage) -> None: ...


class Publisher(Protocol):
    """A participant as a source, here or on another worker."""

    @property
    def id(self) -> str: ...
    @property
    def lead(self) -> bool: ...
    @property
    def joined(self) -> float: ...
    @property
    def publishing(self) -> frozenset[Source]: ...
    @property
    def tracks(self) -> Mapping[Source, Track]: ...
    @property
    def clock(self) -> SenderClock: ...


class Hub(Protocol):
    """What is needed of `sfu.forwarding.session.Session`."""

    @property
    def participants(self) -> Mapping[str, Participant]: ...
    def remote_came(self, participant: RemoteParticipant, now: float) -> None: ...
    def remote_left(self, participant: RemoteParticipant, now: float) -> None: ...
    def forward(self, layer: Layer, packet: MediaPacket, now: float) -> None: ...
    def show(self, layer: Layer, now: float) -> None: ...
    def want_keyframe(self, layer: Layer, now: float) -> None: ...
    def heard(self, participant_id: str, level: int, now: float) -> None: ...
    def told_speakers(self, dominant: str | None, ranking: tuple[str, ...], now: float) -> None: ...
    def speakers(self) -> tuple[str | None, tuple[str, ...]]: ...
    def flow_changed(self, layer: Layer, now: float) -> None: ...


class RemoteParticipant:
    """A participant whose transport another worker has: a source, without slots."""

    __slots__ = (
        "_idle_since",
        "clock",
        "handle",
        "id",
        "joined",
        "layers",
        "lead",
        "publishing",
        "subscribed",
        "tracks",
    )

    def __init__(self, info: pipe.Present) -> None:
        self.handle = info.handle
        self.id = info.participant_id
        self.lead = info.lead
        self.joined = info.joined
        self.publishing: frozenset[Source] = frozenset()
        self.tracks = {track.source: Track(self.id, track.source, track.rids) for track in info.tracks}
        self.layers = [layer for track in self.tracks.values() for layer in track.layers]
        self.clock = SenderClock()
        self.subscribed: set[int] = set()
        self._idle_since: dict[int, float] = {}
        for layer, key in zip(
            self.layers, (key for track in info.tracks for key in track.codec_keys), strict=True
        ):
            layer.codec_key = key

    def publish(self, sources: frozenset[Source]) -> None:
        self.publishing = sources & self.tracks.keys()
        for source, track in self.tracks.items():
            track.on = source in self.publishing
            if not track.on:
                track.stop()

    def close(self) -> None:
        """Let go of everything."""
        for track in self.tracks.values():
            track.close()
        self.layers.clear()

    def settle(self, now: float) -> Iterator[pipe.PipeMessage]:
        """What to ask of the worker that has it: the layers that are wanted, and keyframes that are due."""
        for index, layer in enumerate(self.layers):
            subscribed = index in self.subscribed
            if is_taken(layer):
                self._idle_since.pop(index, None)
                if not subscribed:
                    yield self.subscribe(index)
                elif layer.kind == "video" and layer.waiting and layer.keyframes.due(now):
                    yield pipe.KeyframeWanted(self.handle, index)
            elif subscribed and now >= self._idle_since.setdefault(index, now) + LINGER_S:
                self._idle_since.pop(index)
                self.subscribed.discard(index)
                # What comes after a pause does not continue what is cached.
                layer.forget_keyframe()
                yield pipe.Unsubscribe(self.handle, index)

    def follow(self, states: tuple[pipe.LayerState, ...]) -> Iterator[Layer]:
        """What its layers bring, as measured where they come in. Yields those that began or ceased to flow."""
        for layer, state in zip(self.layers, states, strict=False):
            layer.height, layer.absent_until = state.height, state.absent_until
            if state.bps:
                layer.last_bps = state.bps
            if layer.flowing != state.flowing:
                layer.flowing = state.flowing
                yield layer

    def subscribe(self, index: int) -> pipe.Subscribe:
        self.subscribed.add(index)
        return pipe.Subscribe(self.handle, index)


def is_taken(layer: Layer) -> bool:
    """Whether any slot takes it, or would if it came: one that does not flow is worth it only to those who aim
    at it."""
    if layer.slots or layer.selective or (layer.waiting and layer.flowing):
        return True
    if any(slot.waiting_for is layer for slot in layer.waiting):
        return True
    return layer.track.forms is not None and layer.track.forms.wanted


class Crossing:
    """The way of one layer to one other worker."""

    __slots__ = ("_handle", "_index", "_report", "_stream", "link", "packets")

    def __init__(self, link: Link, handle: int, index: int) -> None:
        self.link = link
        self.packets = 0
        self._handle = handle
        self._index = index
        self._stream: object = None
        self._report: LastSenderReport | None = None

    def begin(self, layer: Layer, clock: SenderClock, now: float) -> bool:
        """Send what there is to begin with. False when that is no picture."""
        if layer.stream is None:
            return False
        self._begin(layer)
        self.tell_clock(layer, clock)
        packets = layer.replayable(now)
        if packets:
            self.link.send(pipe.Replay(self._handle, self._index, tuple(map(_pack, packets))))
        return bool(packets)

    def send(self, layer: Layer, packet: MediaPacket) -> None:
        if layer.stream is not self._stream:
            self._begin(layer)
        self.packets += 1
        self.link.send(pipe.Media(self._handle, self._index, _pack(packet)))

    def tell_clock(self, layer: Layer, clock: SenderClock) -> None:
        """Tell of the newest sender report, if that was not done."""
        report = layer.stream.last_sr if layer.stream is not None else None
        if report is None or report is self._report or clock.offset_s is None:
            return
        self._report = report
        self.link.send(
            pipe.ClockTold(
                self._handle, self._index, report.ntp, report.rtp_timestamp, report.arrival, clock.offset_s
            )
        )

    def _begin(self, layer: Layer) -> None:
        assert layer.stream is not None and layer.codec_key is not None
        self._stream = layer.stream
        stream = layer.stream
        self.link.send(
            pipe.StreamBegins(self._handle, self._index, stream.ssrc, layer.codec_key, stream.clock_rate)
        )


def states_of(participant: Participant) -> tuple[pipe.LayerState, ...]:
    """What the layers of a participant bring, so coarse that it seldom changes."""
    return tuple(
        pipe.LayerState(layer.flowing, layer.height, tuple(map(_coarse, layer.last_bps)), layer.absent_until)
        for layer in participant.ingress.layers()
    )


def _coarse(bps: int) -> int:
    """To about 6 %."""
    step = 1 << max(0, bps.bit_length() - 4)
    return (bps + step // 2) // step * step


def _pack(packet: MediaPacket) -> pipe.Packet:
    return pipe.Packet(
        packet.sequence,
        packet.timestamp,
        packet.marker,
        packet.arrival,
        packet.keyframe,
        packet.padding_only,
        packet.payload,
        packet.dependency_descriptor,
    )
