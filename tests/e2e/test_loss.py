"""A bad line of one student: what is lost on it is sent again, and nobody else notices."""

from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, together
from tests.support.load import overflows
from tests.support.network import Impairment, Network
from tests.support.server import PodiumServer

pytestmark = [pytest.mark.netns, pytest.mark.long, pytest.mark.alone]

LOSS = 0.05
FRAMES = 400


async def test_5_percent_loss_is_repaired(artifacts: Path, tmp_path: Path) -> None:
    async with Network("good", "bad") as network:
        good, bad = network.links["good"], network.links["bad"]
        async with (
            PodiumServer(tmp_path, namespace=network.server, host=network.server_address) as server,
            Chromium(tmp_path, namespace=good.namespace, insecure_origin=server.url) as near,
            Chromium(tmp_path, namespace=bad.namespace, insecure_origin=server.url) as far,
            Classroom(server, near.tab, artifacts) as classroom,
        ):
            tutor, ben = await classroom.tutor(), await classroom.student("Ben")
            ada = await classroom.student("Ada", far.tab)
            overflows_before = overflows(network.server, good.namespace)
            await together(tutor.join(), ben.join(), ada.join())
            await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
            before = await ada.sees(tutor)
            lost_before = (await bad.report()).down.lost
            await bad.impair(down=Impairment(loss=LOSS, delay_s=0.02), up=Impairment(delay_s=0.02))

            watched = await ada.watches(tutor, frames=FRAMES)
            after = await ada.sees(tutor, frames=1)
            lost = (await bad.report()).down.lost - lost_before
            packets = after.packets_received - before.packets_received
            missing = after.packets_missing - before.packets_missing
            assert lost > 0.5 * LOSS * packets, "the line lost too little to prove anything"
            assert after.packets_lost - before.packets_lost > 0.5 * LOSS * packets
            assert missing <= 0.003 * packets, f"{missing} of {packets} packets are missing, {lost} were lost"
            begun_anew = after.keyframe_requests - before.keyframe_requests
            # A browser that got nothing to show for long asks for a new beginning, whoever held it up.
            assert begun_anew <= watched.held_up_s, "a picture had to be begun anew"
            assert watched.freeze_s <= 1 + watched.held_up_s
            other = await ben.picture(tutor)
            assert other is not None
            assert other.packets_lost <= overflows(network.server, good.namespace) - overflows_before
