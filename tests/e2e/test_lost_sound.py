"""A bad line of one student: lost sound is asked for, and sent again where the round trip allows."""

import asyncio
from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, together
from tests.support.network import Impairment, Network
from tests.support.server import PodiumServer
from tests.support.voice import write_voice
from tests.support.waiting import eventually

pytestmark = [pytest.mark.netns, pytest.mark.long, pytest.mark.alone]

LOSS = 0.02
"""Less than what redundancy is begun for."""
PACKETS = 50 * 20
SAMPLES = 960
"""In a packet."""


async def test_lost_sound_is_sent_again(artifacts: Path, tmp_path: Path) -> None:
    write_voice(tmp_path / "voice.wav", pause_s=0.03)
    flags = [f"--use-file-for-fake-audio-capture={tmp_path / 'voice.wav'}"]
    async with Network("good", "bad") as network:
        good, bad = network.links["good"], network.links["bad"]
        async with (
            PodiumServer(tmp_path, namespace=network.server, host=network.server_address) as server,
            Chromium(tmp_path, namespace=good.namespace, insecure_origin=server.url, flags=flags) as near,
            Chromium(tmp_path, namespace=bad.namespace, insecure_origin=server.url) as far,
            Classroom(server, near.tab, artifacts) as classroom,
        ):
            tutor, ben = await classroom.tutor(), await classroom.student("Ben")
            ada = await classroom.student("Ada", far.tab)
            await together(tutor.join(), ben.join(), ada.join())
            await tutor.turn("mic", on=True)
            await together(ada.hears_something(), ben.hears_something())
            await bad.impair(down=Impairment(loss=LOSS, delay_s=0.01), up=Impairment(delay_s=0.01))
            first = await asyncio.gather(ada.sound(), ben.sound())
            lost_before = (await bad.report()).down.lost
            enough = first[1].packets_received + PACKETS
            await eventually(
                ben.sound, f"{PACKETS} packets", until=lambda now: now.packets_received >= enough, within=60
            )
            last = await asyncio.gather(ada.sound(), ben.sound())
            lost = (await bad.report()).down.lost - lost_before
            heard, elsewhere = last[0].since(first[0]), last[1].since(first[1])
            assert lost > 0.3 * LOSS * PACKETS, "the line lost too little to prove anything"
            assert heard.nacks > 0.5 * lost
            assert heard.packets_lost <= 0.3 * lost, f"{heard.packets_lost} of {lost} lost packets did not come"
            # What a busy machine delays, it delays for both.
            made_up = heard.audible_gaps - elsewhere.audible_gaps
            assert made_up < 0.5 * lost * SAMPLES, f"{made_up} samples were made up for {lost} lost packets"
