"""The router: takes a layer's packets and has them leave through the slots that show it."""

from __future__ import annotations

from itertools import groupby

from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.fanout import fan_out_all, fan_out_late
from sfu.forwarding.outgoing.replay import Replay
from sfu.forwarding.outgoing.selection import Aim
from sfu.forwarding.outgoing.slot import Slot


def route(layer: Layer, packet: MediaPacket, now: float, departures: Departures) -> None:
    """Forward one packet that `Layer.receive` accepted: it leaves when the batch that it came with ends."""
    newest = layer.newest
    late = newest is not None and packet.sequence <= newest.sequence
    if late:
        frame = layer.newest_frame
        if not packet.padding_only and (frame is None or packet.sequence > frame.sequence):
            layer.newest_frame = packet  # only padding came after it
        _repair(layer, packet, now)
    else:
        if layer.waiting and (packet.keyframe or layer.kind == "audio") and not packet.padding_only:
            for slot in list(layer.waiting):
                slot.start(layer, packet, now)
        layer.newest = packet
        if not packet.padding_only:
            layer.newest_frame = packet
        layer.forwarded_packets += 1
        layer.forwarded_octets += len(packet.payload)
        if layer.slots:
            if not layer.pending:
                departures.add(layer)
            layer.pending.append(packet)
    if layer.selective:
        for slot in list(layer.selective):
            slot.offer(packet, now)
    if late and packet.keyframe and layer.waiting:
        # The first packet of a keyframe was repaired. It is in the cache, and who starts there gets it from there.
        show(layer, now)


def _send_moved(slot: Slot, replay: Replay, frame: list[MediaPacket], now: float) -> None:
    """Send packets of one frame, moved in time if the replay says so."""
    live_offset = slot.timestamp_offset
    timestamp = frame[0].timestamp
    if replay.covers(timestamp):
        slot.timestamp_offset += replay.at(timestamp) - timestamp
    fan_out_all(frame, (slot,), now)
    slot.timestamp_offset = live_offset


def aim(slot: Slot, target: Aim | None, now: float, *, at_once: bool = False) -> Layer | None:
    """Have ``slot`` show ``target`` from now on, or nothing. To say the same again changes nothing.

    Video starts with a cached keyframe if there is a fresh one, else with the next; until then the slot goes on
    with what it has. ``at_once``: unless that is a higher layer of the same track, which is too much for the line:
    it stops now. A layer that does not flow may be aimed at; it is taken when it comes, and lower ones until then.

    Returns the layer from which a keyframe has to be requested now, None when none has to.
    """
    if target is None or not slot.supports(target.layer):
        slot.clear()
        return None
    waited = slot.aim == target and slot.waiting_for is not None
    if slot.take_aim(target):
        return None
    if _is_other_form(slot.layer, target.layer):
        slot.hold()  # the other form repeats what would be heard of this one until then
    elif at_once and _is_above(slot.layer, target.layer):
        slot.hold()
        waited = False
    if waited or target.layer.kind == "audio":
        return None
    for layer in list(slot.awaited()):
        if _begin(slot, layer, now):
            break
    return keyframe_source(slot)


def show(layer: Layer, now: float) -> None:
    """Start all who wait for ``layer`` from its cache, if it has a picture that is fresh enough."""
    for slot in list(layer.waiting):
        _begin(slot, layer, now)


def keyframe_source(slot: Slot) -> Layer | None:
    """The layer whose next keyframe ``slot`` waits for most; None when it does not wait."""
    awaited = slot.awaited()
    if not awaited:
        return None
    return next((layer for layer in awaited if layer.flowing), awaited[0])


def _is_other_form(shown: Layer | None, target: Layer) -> bool:
    return target.kind == "audio" and shown is not None and shown.track is target.track and shown is not target


def _is_above(shown: Layer | None, target: Layer) -> bool:
    if shown is None or shown.track is not target.track:
        return False
    layers = target.track.layers
    return shown in layers and target in layers and layers.index(shown) > layers.index(target)


def _begin(slot: Slot, layer: Layer, now: float) -> bool:
    """Start ``slot`` from the cache of ``layer`` if there is a keyframe in it that is fresh enough."""
    assert slot.aim is not None
    if slot.aim.keyframes_only:
        frame = layer.whole_keyframe()
        if not frame or not slot.start(layer, frame[0], now):
            return False
        slot.offer(frame[-1], now)
        return True
    replay = layer.replayable(now)
    if not replay or slot.needs_descriptor(replay[0]) or not slot.start(layer, replay[0], now, replay):
        return False
    _replay(slot, replay, now)
    slot.take_aim(slot.aim)
    return True


def _repair(layer: Layer, packet: MediaPacket, now: float) -> None:
    """Forward a packet that came late to those who have a place for it."""
    slots: list[Slot] = []
    for slot in layer.slots:
        if slot.replay is None or not slot.replay.covers(packet.timestamp):
            slots.append(slot)
        elif packet.sequence >= slot.first_sequence:
            _send_moved(slot, slot.replay, [packet], now)
    fan_out_late(packet, slots, now, layer.departed)


def _replay(slot: Slot, packets: list[MediaPacket], now: float) -> None:
    """Send cached packets."""
    assert slot.replay is not None
    for _, frame in groupby(packets, lambda packet: packet.timestamp):
        _send_moved(slot, slot.replay, list(frame), now)
    slot.count(len(packets), sum(len(packet.payload) for packet in packets))
