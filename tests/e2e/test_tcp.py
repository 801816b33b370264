"""Networks that let UDP through over IPv6 alone, or not at all."""

from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, together
from tests.support.network import Impairment, Network
from tests.support.server import PodiumServer
from tests.support.waiting import eventually
from tests.support.webrtc import path

pytestmark = [pytest.mark.netns, pytest.mark.long]

NO_UDP = Impairment(drops_udp=True)
NO_UDP_BY_IPV4 = Impairment(drops_udp_of_ipv4=True)


async def test_media_finds_the_way_that_is_left(artifacts: Path, tmp_path: Path) -> None:
    async with Network("open", "closed", ipv6=True) as network:
        line, firewall = network.links["open"], network.links["closed"]
        media = f"{network.server_address},{network.server_ipv6}"
        await firewall.impair(down=NO_UDP, up=NO_UDP)
        async with (
            PodiumServer(
                tmp_path,
                namespace=network.server,
                host=network.server_address,
                env={"PODIUM__MEDIA__LISTEN": media, "PODIUM__MEDIA__ANNOUNCE": media},
            ) as server,
            Chromium(tmp_path, namespace=line.namespace, insecure_origin=server.url) as near,
            Chromium(tmp_path, namespace=firewall.namespace, insecure_origin=server.url) as far,
            Classroom(server, near.tab, artifacts) as classroom,
        ):
            tutor, ada = await classroom.tutor(), await classroom.student("Ada", far.tab)
            await together(tutor.join(), ada.join())
            await together(tutor.turn("mic", on=True), tutor.turn("camera", on=True))
            await together(ada.sees(tutor), ada.hears_something())
            await ada.turn("camera", on=True)
            await tutor.sees(ada)
            way = await path(ada.tab)
            assert way is not None and way.protocol == "tcp"
            assert (await firewall.report()).up.refused > 0, "nothing proves that UDP was blocked"

            await firewall.impair(down=NO_UDP_BY_IPV4, up=NO_UDP_BY_IPV4)
            await ada.refresh()
            await together(ada.sees(tutor), ada.hears_something())
            way = await path(ada.tab)
            assert way is not None and (way.protocol, way.address) == ("udp", network.server_ipv6)

            await firewall.impair(down=NO_UDP, up=NO_UDP)

            async def by_tcp() -> bool:
                now = await path(ada.tab)
                return now is not None and now.protocol == "tcp"

            await eventually(by_tcp, "Ada comes by TCP")
            await together(ada.sees(tutor), ada.hears_something())
