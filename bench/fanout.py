"""The fan-out loop alone: real slots, real encryption, real sockets, and nothing around it.

One process sends to sockets of its own and empties them between the measured rounds. Rounds of `fan_out_all` and
of the calibration (the same number of packets of the same size, to the same sockets, by a bare ``sendto`` loop)
alternate, so that both meet the machine in the same state; the ratio is the median over the pairs.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.support.calibration import Address, send_to_all
from bench.support.figures import Table, median
from bench.support.machine import describe
from bench.support.sinks import Sinks, raise_file_limit
from sfu.congestion.downlink import Downlink
from sfu.forwarding.drops import Drops
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.fanout import fan_out_all
from sfu.forwarding.outgoing.line import Line, Outbound
from sfu.forwarding.outgoing.selection import Aim
from sfu.forwarding.outgoing.slot import PayloadTypes, Slot
from sfu.messages import Source
from sfu.rtp.vp8 import parse_vp8
from sfu.transport.srtp import Profile, SrtpKeys, SrtpSender
from sfu.worker.member import by_nonce

PAYLOAD_SIZE = 1100
PACKETS_PER_ROUND = 8
MIN_SENDS_PER_ROUND = 4000
PAIRS = 30
RTP_HEADER_SIZE = 12
MID_ID = 1
TRANSPORT_CC_ID = 3
EXTENSION_SIZE = 8
"""Of the header extension block with the transport-wide number."""
MID_SIZE = 4
"""Of what the MID adds to that block."""
TAG_SIZE: dict[Profile, int] = {"AEAD_AES_128_GCM": 16, "AES128_CM_SHA1_80": 10}


@dataclass(frozen=True, slots=True)
class Variant:
    """What a subscriber asks of the loop beyond the plain case."""

    name: str
    subscribers: int
    profile: Profile = "AEAD_AES_128_GCM"
    rewrite: bool = False
    """The slot has switched source, so that VP8 picture numbers are rewritten for it."""
    mid: bool = False
    """The MID header extension is still sent."""
    numbered: bool = False
    """The subscriber negotiated transport-wide congestion control."""
    together: int = 1
    """How many packets came with one batch and leave in one call."""


VARIANTS = (
    Variant("one by one", 50, numbered=True),
    Variant("one by one", 200, numbered=True),
    Variant("one by one", 500, numbered=True),
    Variant("one by one, without numbers", 200),
    Variant("one by one, MID too", 200, numbered=True, mid=True),
    Variant("one by one, VP8 numbers rewritten", 200, numbered=True, rewrite=True),
    Variant("one by one, AES-CM with HMAC-SHA1", 200, numbered=True, profile="AES128_CM_SHA1_80"),
    Variant("runs of 2", 200, numbered=True, together=2),
    Variant("runs of 4", 200, numbered=True, together=4),
    Variant("runs of 4, VP8 numbers rewritten", 200, numbered=True, together=4, rewrite=True),
    Variant("runs of 8", 200, numbered=True, together=8),
)


@dataclass(frozen=True, slots=True)
class Result:
    """CPU µs per packet and subscriber, of the loop and of the calibration, and the median ratio of the pairs."""

    variant: Variant
    fan_out_us: float
    calibration_us: float
    ratio: float

    @property
    def packets_per_second(self) -> float:
        return 1e6 / self.fan_out_us


def video_packet(sequence: int) -> MediaPacket:
    """A VP8 packet as `Layer.receive` makes it: a descriptor with picture id, TL0PICIDX and TID, then noise."""
    descriptor = bytes([0x90, 0xE0, 0x80 | sequence >> 8 & 0x7F, sequence & 0xFF, sequence & 0xFF, 0x00])
    payload = descriptor + b"\x01" + os.urandom(PAYLOAD_SIZE - len(descriptor) - 1)
    vp8 = parse_vp8(payload)
    return MediaPacket(sequence, 3000 * sequence, sequence % 4 == 0, payload, sequence / 100, vp8=vp8)


def started_layer(participant: str, first: MediaPacket) -> Layer:
    layer = Track(participant, Source.CAMERA).layers[0]
    layer.codec_key = "VP8"
    layer.newest = layer.newest_frame = first
    return layer


def make_slots(
    variant: Variant, tx: socket.socket, addresses: list[Address], first: MediaPacket, drops: Drops
) -> list[Slot]:
    """A slot for each address, with keys of its own, pointed at a track that starts with ``first``."""
    layer, before = started_layer("tutor", first), started_layer("student", first)
    slots: list[Slot] = []
    departures = Departures(drops)
    rng = random.Random(1)
    for address in addresses:
        slot = Slot(
            "3", "video", rng.getrandbits(32), 90000, {"VP8": PayloadTypes(96, 97)}, rng.randrange(1 << 15)
        )
        material = os.urandom(SrtpKeys.exported_length(variant.profile))
        sender = SrtpSender(SrtpKeys.from_exporter(variant.profile, material, server=True))
        encrypt, salt = (sender.encrypt, sender.salt) if sender.encrypt else (by_nonce(sender), 0)
        outbound = Outbound(encrypt, salt, tx.sendto, address, tx.sendmsg)
        downlink = Downlink(0.0, transport_cc=variant.numbered, remb=False)
        line = Line(outbound, TRANSPORT_CC_ID if variant.numbered else 0, downlink, departures)
        slot.bind(line, MID_ID if variant.mid else 0)
        for source in (before, layer) if variant.rewrite else (layer,):
            slot.take_aim(Aim(source))
            slot.start(source, first, first.arrival)
        assert (slot.picture is not None) == variant.rewrite
        slots.append(slot)
    return slots


def cpu_us(run: Callable[[], None], sends: int) -> float:
    began = time.process_time()
    run()
    return (time.process_time() - began) / sends * 1e6


def measure(variant: Variant, pairs: int) -> Result:
    """Raises RuntimeError when the loop sent anything but one packet of the right size per slot and packet."""
    sinks = Sinks(variant.subscribers)
    drops = Drops()
    rounds = max(1, MIN_SENDS_PER_ROUND // (variant.subscribers * PACKETS_PER_ROUND))
    sends = variant.subscribers * PACKETS_PER_ROUND
    header_size = RTP_HEADER_SIZE + EXTENSION_SIZE * variant.numbered + MID_SIZE * variant.mid
    same_size = [os.urandom(header_size + PAYLOAD_SIZE + TAG_SIZE[variant.profile])] * PACKETS_PER_ROUND
    costs: list[tuple[float, float]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tx:
        tx.setblocking(False)
        slots = make_slots(variant, tx, sinks.addresses, video_packet(0), drops)
        sequence = 1

        def forward() -> None:
            for start in range(0, PACKETS_PER_ROUND, variant.together):
                fan_out_all(packets[start : start + variant.together], slots, packets[start].arrival)

        def calibrate() -> None:
            send_to_all(tx, same_size, sinks.addresses)

        for pair in range(pairs + 1):
            spent = [0.0, 0.0]
            for _ in range(rounds):
                packets = [video_packet(sequence + i) for i in range(PACKETS_PER_ROUND)]
                sequence += PACKETS_PER_ROUND
                for kind, run in enumerate((forward, calibrate)):
                    spent[kind] += cpu_us(run, sends) / rounds
                    if (arrived := sinks.drain()) != sends:
                        raise RuntimeError(f"{arrived} packets arrived of {sends}; drops: {drops.snapshot()}")
            if pair:  # the first warms up
                costs.append((spent[0], spent[1]))
    sinks.close()
    return Result(
        variant,
        median([ours for ours, _ in costs]),
        median([bare for _, bare in costs]),
        median([ours / bare for ours, bare in costs]),
    )


def table(results: list[Result]) -> Table:
    return Table(
        "The fan-out loop alone",
        ("slots", "subscribers", "µs per packet", "packets/s/core", "calibration µs", "ratio"),
        [
            (
                result.variant.name,
                str(result.variant.subscribers),
                f"{result.fan_out_us:.2f}",
                f"{result.packets_per_second:,.0f}",
                f"{result.calibration_us:.2f}",
                f"{result.ratio:.2f}",
            )
            for result in results
        ],
        f"CPU time of the process per packet and subscriber, {PAYLOAD_SIZE}-byte payload; medians.",
    )


def run(pairs: int = PAIRS) -> list[Table]:
    raise_file_limit()
    return [table([measure(variant, pairs) for variant in VARIANTS])]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the fan-out loop alone.")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="rounds of each variant (default %(default)s)")
    arguments = parser.parse_args()
    print(f"{describe()}\n\n{run(arguments.pairs)[0].markdown()}")


if __name__ == "__main__":
    main()
