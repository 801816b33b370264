"""The router: takes a track's packets and has them leave through the slots that show it."""

from __future__ import annotations

from sfu.forwarding.drops import Drops
from sfu.forwarding.fanout import fan_out, fan_out_late
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.slot import Slot
from sfu.forwarding.track import Track


def route(track: Track, packet: MediaPacket, now: float, drops: Drops) -> None:
    """Forward one packet that `Track.receive` accepted."""
    newest = track.newest
    if newest is None or packet.sequence > newest.sequence:
        if track.waiting and (packet.keyframe or track.kind == "audio") and not packet.padding_only:
            for slot in list(track.waiting):
                slot.start(packet, now)
        track.newest = packet
        track.forwarded_packets += 1
        track.forwarded_octets += len(packet.payload)
        fan_out(packet, track.slots, drops)
    else:
        fan_out_late(packet, track.slots, drops)


def point(slot: Slot, track: Track, now: float, drops: Drops) -> bool:
    """Point ``slot`` at ``track``. Video starts at once from the cached keyframe if there is a fresh one.

    True when a keyframe has to be requested from the publisher.
    """
    if not slot.supports(track):
        slot.clear()
        return False
    if slot.track is track:
        slot.keep()
        return False
    slot.wait_for(track)
    if track.kind == "audio":
        return False
    replay = track.replayable(now)
    if not replay:
        return True
    if slot.start(replay[0], now, replay):
        _replay(slot, replay, drops)
    return False


def _replay(slot: Slot, packets: list[MediaPacket], drops: Drops) -> None:
    """Send cached packets; their frames are moved close together so that none is shown late."""
    segment = slot.segments[-1]
    live_offset = slot.timestamp_offset
    for packet in packets:
        slot.timestamp_offset = segment.replayed[packet.sequence] - packet.timestamp
        fan_out(packet, (slot,), drops)
    slot.timestamp_offset = live_offset
    slot.count(len(packets), sum(len(packet.payload) for packet in packets))
