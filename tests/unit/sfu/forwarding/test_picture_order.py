"""B-frames are noticed by timestamps that go back, and nothing else is taken for them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sfu.description import Codec
from sfu.forwarding.drops import DropReason, Drops
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.picture_order import WITHIN_S
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.router import route
from sfu.messages import Source
from sfu.rtp.packet import RtpPacket
from tests.support.virtual_class import codec, vp8_payload

H264 = Codec("H264", 96, None, 90_000, 1, "H264/1/42e0", True, True, True, True, False, None)
FRAME = 3000
PACKETS = 3
ORDER = (0, 3, 1, 2)
"""I P B B: what is shown fourth is sent second."""


class Encoder:
    """Sends frames, each in some packets, whose timestamps tell when they are shown."""

    def __init__(self, of: Codec = H264, start: int = 0xFFFF_F000) -> None:
        self.layer: Layer = Track("obs", Source.CAMERA).layers[0]
        self.now = 100.0
        self._codec = of
        self._start = start
        self._sequence = 65_500
        self._departures = Departures(Drops())

    def packets(self, shown: Iterable[int]) -> list[RtpPacket]:
        made = []
        for at in shown:
            for part in range(PACKETS):
                self._sequence += 1
                payload = b"\x41\x9a\x00\x01" if self._codec is H264 else vp8_payload(at, keyframe=False)
                timestamp = (self._start + FRAME * at) & 0xFFFF_FFFF
                last = part == PACKETS - 1
                made.append(RtpPacket(96, last, self._sequence & 0xFFFF, timestamp, 7, payload))
        return made

    def send(self, packets: Iterable[RtpPacket]) -> None:
        for rtp in packets:
            self.now += 0.01
            packet = self.layer.receive(rtp, self._codec, self.now, repaired=False)
            assert not isinstance(packet, DropReason)
            route(self.layer, packet, self.now, self._departures)

    @property
    def is_reordered(self) -> bool:
        return self.layer.order.is_reordered(self.now)


def shown(groups: int) -> list[int]:
    """The order in which frames of ``groups`` of four are sent by an encoder with B-frames."""
    return [4 * group + at for group in range(groups) for at in ORDER]


def test_b_frames_are_noticed_after_several_and_counted() -> None:
    obs = Encoder()
    obs.send(obs.packets(shown(4)))
    assert (obs.layer.order.count, obs.is_reordered) == (4, False)
    obs.send(obs.packets(at + 16 for at in shown(1)))
    assert (obs.layer.order.count, obs.is_reordered) == (5, True)


def test_it_is_over_when_they_are_turned_off() -> None:
    obs = Encoder()
    obs.send(obs.packets(shown(6)))
    assert obs.is_reordered
    obs.send(obs.packets(range(24, 24 + round(WITHIN_S / 0.03) + 1)))
    assert (obs.layer.order.count, obs.is_reordered) == (6, False)


def test_seldom_mishaps_are_none() -> None:
    obs = Encoder()
    for group in range(6):
        obs.send(obs.packets(4 * group + at for at in ORDER))
        obs.now += WITHIN_S
    assert (obs.layer.order.count, obs.is_reordered) == (6, False)


def test_packets_that_the_network_reorders_are_none() -> None:
    obs = Encoder()
    made = obs.packets(range(40))
    for at in range(0, len(made) - 6, 6):
        made[at : at + 6] = made[at + 3 : at + 6] + made[at : at + 3]
    obs.send(made)
    assert obs.layer.order.count == 0


@pytest.mark.parametrize("of", [H264, codec("video")], ids=["a clock set back", "VP8"])
def test_other_codecs_and_clocks_set_back_are_none(of: Codec) -> None:
    sender = Encoder(of)
    if of is H264:
        for _ in range(8):
            sender.send(sender.packets([100]))
            sender.send(sender.packets([20]))
            sender.now += 0.1
    else:
        sender.send(sender.packets(shown(8)))
    assert not sender.is_reordered
