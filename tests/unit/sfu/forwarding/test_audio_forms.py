"""Sound in other forms: redundant, merged, both; derived from what came in."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sfu.allocation.audio import AudioForm
from sfu.forwarding.incoming.audio_forms import OPUS_KEY, RED_KEY
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.incoming.track import Track
from sfu.forwarding.media_packet import MediaPacket
from sfu.forwarding.outgoing.selection import Aim
from sfu.forwarding.outgoing.slot import PayloadTypes, Slot
from sfu.messages import Source
from sfu.rtp.opus import parse_opus
from sfu.rtp.packet import RtpPacket
from sfu.rtp.red import parse_red
from tests.support.virtual_class import OPUS, codec

RED = 63
SSRC = 7


class Microphone:
    """A mic's track, fed packet by packet; collects what its forms make of it."""

    def __init__(self) -> None:
        self.track = Track("tutor", Source.MIC)
        self.plain = self.track.layers[0]
        self.made: dict[int, list[MediaPacket]] = {}
        self.now = 0.0

    def want(self, form: AudioForm, payload_type: int | None = OPUS) -> Layer:
        """Somebody wants this form from now on."""
        assert self.track.forms is not None
        layer = self.track.forms.layer(form, payload_type)
        payload_types = {OPUS_KEY: PayloadTypes(OPUS, None), RED_KEY: PayloadTypes(RED, None)}
        Slot("0", "audio", 1, 48_000, payload_types, 1).take_aim(Aim(layer))
        return layer

    def say(self, number: int, *, ssrc: int = SSRC) -> None:
        """20 ms of sound, told apart by its number."""
        rtp = RtpPacket(OPUS, False, number, 960 * number, ssrc, speech(number))
        packet = self.plain.receive(rtp, codec("audio"), self.now, repaired=False)
        assert isinstance(packet, MediaPacket)
        assert self.track.forms is not None
        if self.plain.newest is None or packet.sequence > self.plain.newest.sequence:
            self.plain.newest = packet
        self._keep(self.track.forms.feed(packet, self.now))
        self.now += 0.02

    def wait(self, seconds: float) -> None:
        assert self.track.forms is not None
        self.now += seconds
        self._keep(self.track.forms.due(self.now))

    def of(self, layer: Layer) -> list[MediaPacket]:
        return self.made.get(id(layer), [])

    def _keep(self, derived: Iterable[tuple[Layer, MediaPacket]]) -> None:
        for layer, packet in derived:
            if layer.newest is None or packet.sequence > layer.newest.sequence:
                layer.newest = packet
            self.made.setdefault(id(layer), []).append(packet)


def speech(number: int) -> bytes:
    return bytes([0x78]) + number.to_bytes(2, "big") * 10


def test_nothing_is_made_that_nobody_wants() -> None:
    mic = Microphone()
    assert mic.track.forms is not None
    mic.track.forms.layer(AudioForm.MERGED, None)
    for number in range(10):
        mic.say(number)
    assert not mic.made


def test_the_plain_form_is_what_came_in() -> None:
    mic = Microphone()
    assert mic.track.forms is not None
    assert mic.track.forms.layer(AudioForm.PLAIN, OPUS) is mic.plain
    assert mic.track.forms.layer(AudioForm.REDUNDANT, None) is mic.plain, "without RED there is no redundancy"


def test_each_redundant_packet_repeats_the_two_before() -> None:
    mic = Microphone()
    layer = mic.want(AudioForm.REDUNDANT)
    for number in range(5):
        mic.say(number)
    made = mic.of(layer)
    assert [packet.timestamp for packet in made] == [960 * number for number in range(5)]
    red = parse_red(made[4].payload)
    assert (red.payload_type, red.primary) == (OPUS, speech(4))
    assert [(block.timestamp_offset, block.payload) for block in red.redundant] == [
        (1920, speech(2)),
        (960, speech(3)),
    ]
    assert parse_red(made[0].payload).redundant == ()


def test_what_was_lost_or_long_ago_is_not_repeated() -> None:
    mic = Microphone()
    layer = mic.want(AudioForm.REDUNDANT)
    mic.say(0)
    mic.say(2)
    assert [block.payload for block in parse_red(mic.of(layer)[1].payload).redundant] == [speech(0)]
    mic.say(100)
    assert parse_red(mic.of(layer)[2].payload).redundant == ()


@pytest.mark.parametrize("count", [3, 9, 30])
def test_three_packets_are_merged_into_one(count: int) -> None:
    mic = Microphone()
    layer = mic.want(AudioForm.MERGED)
    for number in range(count):
        mic.say(number)
    made = mic.of(layer)
    assert [packet.timestamp for packet in made] == [2880 * i for i in range(count // 3)]
    numbers = [packet.sequence for packet in made]
    assert numbers == list(range(numbers[0], numbers[0] + count // 3))
    frames = [frame for packet in made for frame in parse_opus(packet.payload).frames]
    assert frames == [speech(number)[1:] for number in range(count)]
    assert layer.cache.get(numbers[-1]) is made[-1], "what is lost can be asked for again"


def test_the_rest_of_a_sentence_is_sent_when_nothing_follows() -> None:
    mic = Microphone()
    layer = mic.want(AudioForm.MERGED)
    for number in range(4):
        mic.say(number)
    mic.wait(0.1)
    assert parse_opus(mic.of(layer)[1].payload).frames == [speech(3)[1:]]


def test_a_late_packet_is_not_merged() -> None:
    mic = Microphone()
    layer = mic.want(AudioForm.MERGED)
    for number in (0, 1, 2, 4, 5, 6, 3):
        mic.say(number)
    assert [packet.timestamp for packet in mic.of(layer)] == [0, 4 * 960]


def test_merged_and_redundant() -> None:
    mic = Microphone()
    layer = mic.want(AudioForm.MERGED_REDUNDANT)
    for number in range(6):
        mic.say(number)
    first, second = (parse_red(packet.payload) for packet in mic.of(layer))
    assert first.redundant == ()
    assert [(block.timestamp_offset, block.payload) for block in second.redundant] == [(2880, first.primary)]
    assert parse_opus(second.primary).samples == 2880


def test_a_microphone_that_starts_anew_is_followed_in_every_form() -> None:
    mic = Microphone()
    merged, redundant = mic.want(AudioForm.MERGED), mic.want(AudioForm.REDUNDANT)
    for number in range(1000, 1006):
        mic.say(number)
    for number in range(6):
        mic.say(number, ssrc=SSRC + 1)
    assert len(mic.of(merged)) == 4
    assert parse_opus(mic.of(merged)[-1].payload).frames == [speech(number)[1:] for number in (3, 4, 5)]
    assert parse_red(mic.of(redundant)[-1].payload).primary == speech(5)
