"""The router: takes a layer's packets and has them leave through the slots that show it."""

from __future__ import annotations

from itertools import groupby

from sfu.forwarding.departures import Departures
from sfu.forwarding.fanout import fan_out_all, fan_out_late
from sfu.forwarding.layer import Layer
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.slot import Slot


def route(layer: Layer, packet: MediaPacket, now: float, departures: Departures) -> None:
    """Forward one packet that `Layer.receive` accepted: it leaves when the batch that it came with ends."""
    newest = layer.newest
    if newest is None or packet.sequence > newest.sequence:
        if layer.waiting and (packet.keyframe or layer.kind == "audio") and not packet.padding_only:
            for slot in list(layer.waiting):
                slot.start(packet, now)
        layer.newest = packet
        layer.forwarded_packets += 1
        layer.forwarded_octets += len(packet.payload)
        if layer.slots:
            if not layer.pending:
                departures.add(layer)
            layer.pending.append(packet)
    else:
        fan_out_late(packet, layer.slots, now)


def point(slot: Slot, layer: Layer, now: float) -> bool:
    """Point ``slot`` at ``layer``. Video starts at once from the cached keyframe if there is a fresh one.

    True when a keyframe has to be requested from the publisher.
    """
    if not slot.supports(layer):
        slot.clear()
        return False
    if slot.layer is layer:
        slot.keep()
        return False
    slot.wait_for(layer)
    if layer.kind == "audio":
        return False
    replay = layer.replayable(now)
    if not replay:
        return True
    if slot.start(replay[0], now, replay):
        _replay(slot, replay, now)
    return False


def _replay(slot: Slot, packets: list[MediaPacket], now: float) -> None:
    """Send cached packets; their frames are moved close together so that none is shown late."""
    segment = slot.segments[-1]
    live_offset = slot.timestamp_offset
    for timestamp, frame in groupby(packets, lambda packet: packet.timestamp):
        shown = list(frame)
        slot.timestamp_offset = segment.replayed[shown[0].sequence] - timestamp
        fan_out_all(shown, (slot,), now)
    slot.timestamp_offset = live_offset
    slot.count(len(packets), sum(len(packet.payload) for packet in packets))
