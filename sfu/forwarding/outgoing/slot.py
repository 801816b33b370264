"""A slot: one outgoing stream of one subscriber, with its own SSRC, that shows whichever layer it is aimed at.

Sequence numbers, timestamps and VP8 picture numbers stay continuous when the source changes, so a receiver sees
one stream that never ends. A slot that takes all of a layer is one of its ``slots``: numbers are mapped by
constant offsets, so that a packet that comes late or is repaired lands in its own place. One that takes a part of
it is one of its ``selective`` and has a `Selection` that decides.

What it should show (``aim``) and what it shows (``layer``) differ until a keyframe comes. Until then it goes on
with what it has, and takes what is nearer: of the same track a layer between the two, or any lower one while it
shows nothing that flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing.fanout import settle
from sfu.forwarding.outgoing.keyframe_selection import KeyframeSelection
from sfu.forwarding.outgoing.outgoing_stream import OutgoingStream
from sfu.forwarding.outgoing.picture_numbers import PictureOffsets
from sfu.forwarding.outgoing.position import Outgoing, Position
from sfu.forwarding.outgoing.renumbering import Renumbering
from sfu.forwarding.outgoing.replay import Replay
from sfu.forwarding.outgoing.segments import PayloadTypes as PayloadTypes
from sfu.forwarding.outgoing.segments import Segments, Whole
from sfu.forwarding.outgoing.selection import Aim, FrameSelection, Selection, outgoing_timestamp
from sfu.forwarding.outgoing.timeline import Place, place, same_instant
from sfu.messages import Kind

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer

MIN_DISTANCE_S = 1 / 1000
"""The least between the last frame of one source and the first of the next."""


class Slot(OutgoingStream):
    """Public attributes are read by the fan-out loop; only this class changes them.

    ``aim``: what it should show; ``layer``: what it shows; ``selection``: decides what of that it takes, None when
    it takes everything. ``replay``: moves the frames that were sent from the cache as it started.
    """

    __slots__ = (
        "_accounted",
        "_awaited",
        "_described",
        "_extra",
        "_left",
        "_position",
        "_refused",
        "_segments",
        "aim",
        "first_sequence",
        "layer",
        "picture",
        "replay",
        "selection",
        "sequence_offset",
        "switched",
        "timestamp_offset",
    )

    def __init__(
        self,
        mid: str,
        kind: Kind,
        ssrc: int,
        clock_rate: int,
        payload_types: Mapping[str, PayloadTypes],
        first_sequence: int,
        descriptor_extension: int = 0,
    ) -> None:
        """``payload_types`` by codec key; ``first_sequence``: the random start, below 2**15 so that the rollover
        counter of SRTP starts at zero (RFC 3711 section 3.3.1); ``descriptor_extension``: id of the dependency
        descriptor, 0 when the subscriber does not take it."""
        super().__init__(mid, kind, ssrc, clock_rate, payload_types, descriptor_extension)
        self.aim: Aim | None = None
        self.layer: Layer | None = None
        self.selection: Selection | None = None
        self._awaited: Sequence[Layer] = ()
        self._left: Layer | None = None
        self._refused = False
        self._described = False
        # Rewriting of the current source.
        self.sequence_offset = 0
        self.timestamp_offset = 0
        self.first_sequence = 0
        self.picture: PictureOffsets | None = None
        self.replay: Replay | None = None
        self.switched = False
        self._extra = 0
        # What left so far.
        self._position = Position(first_sequence - 1)
        self._segments = Segments()
        self._accounted = (0, 0)

    def supports(self, layer: Layer) -> bool:
        return layer.codec_key is None or layer.codec_key in self.payload_types

    # --- what it should show ------------------------------------------------------------------------

    @property
    def waiting_for(self) -> Layer | None:
        """The layer it is aimed at and does not show yet."""
        return self.aim.layer if self.aim is not None and self._awaited else None

    def take_aim(self, aim: Aim) -> bool:
        """Show this from now on, or as soon as possible. False: it waits for a keyframe (audio: a packet)."""
        if aim != self.aim:
            self._refused = False
        self.aim = aim
        if self.layer is aim.layer and self._select(aim) and not self._stalled():
            self._stop_waiting()
            return True
        self.wait()
        return False

    def wait(self) -> None:
        """Wait for whatever is nearer to the aim than what is shown."""
        assert self.aim is not None
        awaited = self._nearer(self.aim)
        if awaited != self._awaited:
            self._stop_waiting()
            self._awaited = awaited
            for layer in awaited:
                layer.waiting.append(self)

    def awaited(self) -> Sequence[Layer]:
        """The layers that would be taken at their next keyframe, the best first."""
        return self._awaited

    def hold(self) -> None:
        """Stop what is shown at once; what it is aimed at follows."""
        self._leave()
        if self.aim is not None:
            self.wait()

    def restart(self) -> None:
        """The source's own numbers start anew: take it again at its next keyframe."""
        self._leave()
        self._left = None
        self.wait()

    def clear(self) -> None:
        """Show nothing, and answer no NACK for what was shown."""
        self.aim = None
        self._stop_waiting()
        self._leave()
        self._left = None
        self._segments.clear()

    def picture_lost(self) -> Layer | None:
        """The layer of which a keyframe is needed when the receiver says that it lost the picture.

        None where there is none, and where keyframes alone are sent: browsers complain of the pauses."""
        return None if isinstance(self.selection, KeyframeSelection) else self.layer or self.waiting_for

    def _nearer(self, aim: Aim) -> Sequence[Layer]:
        target = aim.layer
        layers = target.track.layers
        if aim.keyframes_only or target not in layers:
            return (target,)
        at = layers.index(target)
        shown = self.layer
        if shown is None or shown not in layers or self._stalled():
            return layers[at::-1]
        place = layers.index(shown)
        if place < at:
            return layers[at:place:-1]
        return layers[at : max(place, at + 1)]

    def _stalled(self) -> bool:
        """Nothing comes any more of what is shown, while other layers of the track flow."""
        shown = self.layer
        return shown is not None and not shown.flowing and shown in shown.track.layers

    def _stop_waiting(self) -> None:
        for layer in self._awaited:
            layer.waiting.remove(self)
        self._awaited = ()

    # --- switching ----------------------------------------------------------------------------------

    def start(
        self, layer: Layer, first: MediaPacket, now: float, replay: Sequence[MediaPacket] | None = None
    ) -> bool:
        """Switch to one of the layers waited for, beginning with packet ``first``.

        ``replay``: cached packets, ``first`` among them, that will be sent at once before the live ones. False
        when that is not possible: the codec is not supported, or the frame too old to follow what was shown.
        """
        aim = self.aim
        assert aim is not None and layer.codec_key is not None
        payload_types = self.payload_types.get(layer.codec_key)
        if payload_types is None:
            self._stop_waiting()
            return False
        position = self._catch_up()
        moved = Replay(replay, self.clock_rate) if replay else None
        live_timestamp = first.timestamp if moved is None else moved.live
        room_s = MIN_DISTANCE_S + (0.0 if moved is None else moved.room_s)
        found = self._place(layer, live_timestamp, now, room_s)
        if found is None and not self._refused:
            self._refused = True
            layer.keyframes.remember()
            return False
        if found is None:
            found = self._place(layer, live_timestamp, now, room_s, by_reports=False)
            assert found is not None
        self._leave()
        settle(layer)
        self.timestamp_offset = found.timestamp - live_timestamp
        self._extra = found.extra
        index = position.next_index() if self.kind == "video" else position.index + 1
        self.layer = layer
        self.payload_type = payload_types.media
        self.first_sequence = first.sequence
        self.sequence_offset = index - first.sequence
        self.picture = position.enter(first.vp8)
        self.replay = moved
        self.switched = True
        self._refused = False
        self._left = None
        self._described = self.needs_descriptor(first)
        position.open = False
        if aim.keyframes_only:
            self._take_keyframes(index)
        elif self._described or (aim.temporal is not None and layer is aim.layer and not replay):
            limit = aim.temporal if layer is aim.layer else None
            self._take_frames(Renumbering(first.sequence, first.sequence, self.sequence_offset), limit, None)
        else:
            self._take_all(index)
        if layer is aim.layer:
            self._stop_waiting()
        else:
            self.wait()
        return True

    def _place(
        self, layer: Layer, timestamp: int, now: float, room_s: float, *, by_reports: bool = True
    ) -> Place | None:
        """The outgoing timestamp of a frame of ``layer``, as the next; None: it is too old for that."""
        position = self._position
        if position.timestamp is None:
            return Place(timestamp, 0)
        expected = self._in_step(layer, timestamp) if by_reports else None
        return place(position.timestamp, expected, now - position.time, room_s, self.clock_rate)

    def _in_step(self, layer: Layer, timestamp: int) -> int | None:
        """The outgoing timestamp of that instant in what was shown before; None if that is not known."""
        shown = self.layer or self._left
        if shown is None or shown.track is not layer.track:
            return None
        if shown is not layer:
            one = layer.stream.last_sr if layer.stream else None
            other = shown.stream.last_sr if shown.stream else None
            if one is None or other is None:
                return None
            timestamp = same_instant(timestamp, one, other, self.clock_rate)
        return (timestamp + self.timestamp_offset - self._extra) & 0xFFFFFFFF

    def _catch_up(self) -> Position:
        """The position, also of what left by the fan-out."""
        layer, position = self.layer, self._position
        if layer is None or self.selection is not None:
            return position
        newest, frame = layer.newest, layer.newest_frame
        if newest is not None and newest.sequence >= self.first_sequence:
            if frame is not None and frame.sequence >= self.first_sequence:
                timestamp = outgoing_timestamp(frame, self.timestamp_offset, self.replay)
                position.advance(newest.sequence + self.sequence_offset, timestamp, frame, self.picture)
            else:
                position.index = newest.sequence + self.sequence_offset
        return position

    def _leave(self) -> None:
        layer = self.layer
        if layer is None:
            return
        self._detach(layer)
        self.layer = None
        self._left = layer

    def _detach(self, layer: Layer) -> None:
        """End the way in which packets of ``layer`` are taken."""
        if self.selection is None:
            settle(layer)
            self._packets, self._octets = self.sent()
            layer.slots.remove(self)
        else:
            layer.selective.remove(self)
        self._segments.end(self._catch_up().index)
        self.selection = None

    # --- how much of the layer it takes -------------------------------------------------------------

    def _select(self, aim: Aim) -> bool:
        """Take as much of the layer shown as ``aim`` says; False when that needs a keyframe first."""
        layer, selection = self.layer, self.selection
        assert layer is not None
        if aim.keyframes_only:
            if not isinstance(selection, KeyframeSelection):
                self._detach(layer)
                self._take_keyframes(self._position.index + 1)
            return True
        if isinstance(selection, KeyframeSelection):
            return False
        if isinstance(selection, FrameSelection):
            selection.limit = aim.temporal
        elif aim.temporal is not None and layer.newest is not None and layer.newest_frame is not None:
            self._detach(layer)
            numbers = Renumbering(self.first_sequence, layer.newest.sequence + 1, self.sequence_offset)
            self._take_frames(numbers, aim.temporal, layer.newest_frame.timestamp)
        return True

    def _take_all(self, start: int) -> None:
        layer = self.layer
        assert layer is not None
        settle(layer)  # what is pending left this slot already, or is not for it
        layer.slots.append(self)
        self._accounted = (layer.forwarded_packets, layer.forwarded_octets)
        source = Whole(layer.cache, self.sequence_offset, self.timestamp_offset, self.picture, self.replay)
        self._begin(start, source)

    def _take_frames(self, numbers: Renumbering, limit: int | None, open_frame: int | None) -> None:
        layer = self.layer
        assert layer is not None
        newest = numbers.end - 1
        self.selection = selection = FrameSelection(
            self._position,
            numbers,
            newest,
            self.timestamp_offset,
            self.picture,
            layer.cache,
            limit,
            open_frame,
            self.replay,
        )
        layer.selective.append(self)
        self._begin(numbers.end + numbers.offset, selection)

    def _take_keyframes(self, start: int) -> None:
        layer = self.layer
        assert layer is not None
        self.selection = selection = KeyframeSelection(self._position, layer, self.timestamp_offset)
        layer.selective.append(self)
        self._begin(start, selection)

    def _begin(self, start: int, source: Whole | Selection) -> None:
        assert self.layer is not None and self.layer.codec_key is not None
        self._segments.begin(start, self.payload_types[self.layer.codec_key], source)

    def offer(self, packet: MediaPacket, now: float) -> None:
        """A packet of the layer of which this slot takes a part."""
        selection = self.selection
        if selection is None:
            return
        for outgoing in selection.take(packet, now):
            self.send(outgoing, now)
        if isinstance(selection, FrameSelection) and selection.takes_all and not self._described:
            layer = self.layer
            if layer is None or packet is not layer.newest:
                return
            self._detach(layer)
            self.first_sequence = packet.sequence + 1
            self.sequence_offset = selection.numbers.offset
            self.picture = selection.picture
            self.replay = None
            self._take_all(self._position.index + 1)

    def confirm(self) -> None:
        super().confirm()
        self.formed_from = self._catch_up().index + 1

    # --- reading back -------------------------------------------------------------------------------

    def sent(self) -> tuple[int, int]:
        """Packets and payload octets sent so far, retransmissions not counted (RFC 3550 section 6.4.1)."""
        layer = self.layer
        if layer is None or self.selection is not None:
            return self._packets, self._octets
        packets, octets = self._accounted
        return (
            self._packets + layer.forwarded_packets - packets,
            self._octets + layer.forwarded_octets - octets,
        )

    def recall(self, sequence_number: int) -> tuple[Outgoing, PayloadTypes] | None:
        """What left under a 16-bit number the receiver asks for; None when it is long gone."""
        return self._segments.recall(sequence_number, self._catch_up().index)
