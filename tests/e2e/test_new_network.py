"""Somebody walks out of the reach of one network and into that of another one."""

from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, together
from tests.support.network import Network
from tests.support.server import PodiumServer
from tests.support.waiting import eventually
from tests.support.webrtc import path

pytestmark = [pytest.mark.netns, pytest.mark.long, pytest.mark.alone]


async def test_a_class_goes_on_at_another_address(artifacts: Path, tmp_path: Path) -> None:
    async with Network("tutor", "ada") as network:
        still, moving = network.links["tutor"], network.links["ada"]
        async with (
            PodiumServer(tmp_path, namespace=network.server, host=network.server_address) as server,
            Chromium(tmp_path, namespace=still.namespace, insecure_origin=server.url) as near,
            Chromium(tmp_path, namespace=moving.namespace, insecure_origin=server.url) as far,
            Classroom(server, near.tab, artifacts) as classroom,
        ):
            tutor, ada = await classroom.tutor(), await classroom.student("Ada", far.tab)
            await together(tutor.join(), ada.join())
            await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True), ada.turn("mic", on=True))
            await together(ada.sees(tutor), ada.hears_something(), tutor.hears_something())
            await ada.tab.evaluate("() => { window.__podium.pc.isTheSame = true }")

            moving.move("10.77.0.99")
            await together(ada.hears_something(), tutor.hears_something())

            async def knows_the_seat() -> bool:
                return bool(await ada.tab.evaluate("() => window.__podium.session.view.selfId") == ada.id)

            await eventually(knows_the_seat, "Ada has her seat")
            assert await ada.tab.evaluate("() => window.__podium.pc.isTheSame"), "a new connection was made"
            assert await path(ada.tab) is not None
            await together(tutor.counts(2), ada.counts(2))
            report = await server.call(
                "GET", f"/live-classes/{classroom.id}/attendance", server.token("tutor", tutor.name)
            )
            [session] = report["sessions"]
            [row] = [person for person in session["people"] if person["name"] == "Ada"]
            assert len(row["intervals"]) == 1
