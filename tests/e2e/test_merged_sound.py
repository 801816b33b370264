"""On `audio` three packets of sound come as one: browsers play them as they play single ones."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.firefox import Firefox
from tests.support.network import Network
from tests.support.server import PodiumServer
from tests.support.voice import write_voice
from tests.support.waiting import eventually
from tests.support.webrtc import InboundAudio

MERGED = 3
SAMPLE_RATE = 48_000
PACKETS_OF_6_S = 6 * 50


async def _heard_meanwhile(merged: Person, plain: Person, packets: int) -> tuple[InboundAudio, InboundAudio]:
    """What both get while so many packets come to the one whose sound is as it was sent."""
    first = await asyncio.gather(merged.sound(), plain.sound())
    enough = first[1].packets_received + packets
    await eventually(plain.sound, f"{packets} packets", until=lambda now: now.packets_received >= enough)
    last = await asyncio.gather(merged.sound(), plain.sound())
    return last[0].since(first[0]), last[1].since(first[1])


def _are_merged(heard: tuple[InboundAudio, InboundAudio]) -> bool:
    merged, plain = heard
    return 0.8 / MERGED < merged.packets_received / plain.packets_received < 1.3 / MERGED


async def _plays_merged_packets(tutor: Person, ada: Person, ben: Person) -> None:
    await together(tutor.join(), ada.join(), ben.join())
    await tutor.turn("mic", on=True)
    await together(ada.hears_something(), ben.hears_something())
    await ada.chooses("audio")
    await eventually(partial(_heard_meanwhile, ada, ben, 50), "packets are merged", until=_are_merged)
    merged, plain = await _heard_meanwhile(ada, ben, PACKETS_OF_6_S)
    assert _are_merged((merged, plain)), f"{merged.packets_received} packets beside {plain.packets_received}"
    # What a busy machine delays, it delays for both.
    assert merged.audible_gaps - plain.audible_gaps < 0.3 * SAMPLE_RATE
    assert 0.9 < merged.samples / plain.samples < 1.1
    assert 0.7 < merged.energy / plain.energy < 1.4, "as loud as it was"


async def test_chromium_plays_merged_packets(server: PodiumServer, artifacts: Path, tmp_path: Path) -> None:
    flag = _voice(tmp_path)
    async with (
        Chromium(tmp_path, flags=[flag]) as chromium,
        Classroom(server, chromium.tab, artifacts) as classroom,
    ):
        tutor, ada, ben = [await classroom.tutor(), *[await classroom.student(name) for name in ("Ada", "Ben")]]
        await _plays_merged_packets(tutor, ada, ben)


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.netns
async def test_firefox_plays_merged_packets(artifacts: Path, tmp_path: Path) -> None:
    async with Network("firefox", "chromium") as network:
        near = {name: link.namespace for name, link in network.links.items()}
        flags = [_voice(tmp_path)]
        async with (
            PodiumServer(tmp_path, namespace=network.server, host=network.server_address) as server,
            Firefox(tmp_path, namespace=near["firefox"]) as firefox,
            Chromium(tmp_path, namespace=near["chromium"], insecure_origin=server.url, flags=flags) as chromium,
            Classroom(server, firefox.tab, artifacts) as classroom,
        ):
            tutor = await classroom.tutor(new_tab=chromium.tab)
            ada, ben = await classroom.student("Ada"), await classroom.student("Ben")
            await _plays_merged_packets(tutor, ada, ben)


def _voice(directory: Path) -> str:
    """The flag that gives Chromium's microphone a voice that hardly pauses: silence would not be forwarded."""
    write_voice(directory / "voice.wav", pause_s=0.03)
    return f"--use-file-for-fake-audio-capture={directory / 'voice.wav'}"
