"""From Wi-Fi to mobile: the address changes in the middle of a class; the seat, the lines and the sound stay."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, together
from tests.support.network import Network
from tests.support.network.netns import Namespace, ip
from tests.support.server import PodiumServer
from tests.support.tab import page_shows

pytestmark = [pytest.mark.netns, pytest.mark.long, pytest.mark.alone]

_WATCH_SOUND = """() => {
    const { pc } = window.__podium
    const seen = window.__seen = { pc, longest: 0, gaps: 0 }
    let last = 0
    let at = performance.now()
    setInterval(() => {
        const times = pc.getReceivers().filter(receiver => receiver.track.kind === 'audio')
            .flatMap(receiver => receiver.getSynchronizationSources().map(source => source.timestamp))
        const now = performance.now()
        if (Math.max(0, ...times) === last) return
        last = Math.max(0, ...times)
        seen.longest = Math.max(seen.longest, now - at)
        if (now - at > 1000) seen.gaps += 1
        at = now
    }, 50)
}"""


def _second_way(near: Namespace, server: Namespace) -> None:
    """Another network to the server, which is used when the first is gone."""
    ip("link", "add", "mobile", "netns", near.name, "type", "veth", "peer", "name", "cell", "netns", server.name)
    near.ip("address", "add", "10.88.0.2/24", "dev", "mobile")
    server.ip("address", "add", "10.88.0.1/24", "dev", "cell")
    near.ip("link", "set", "mobile", "up")
    server.ip("link", "set", "cell", "up")
    near.ip("route", "add", "default", "via", "10.88.0.1", "dev", "mobile", "metric", "100")


async def test_the_sound_is_back_on_another_network(
    artifacts: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with Network("roaming", "staying") as network:
        near = {name: link.namespace for name, link in network.links.items()}
        _second_way(near["roaming"], network.server)
        async with (
            PodiumServer(tmp_path, namespace=network.server, host=network.server_address) as server,
            Chromium(tmp_path / "roaming", namespace=near["roaming"], insecure_origin=server.url) as roaming,
            Chromium(tmp_path / "staying", namespace=near["staying"], insecure_origin=server.url) as staying,
            Classroom(server, staying.tab, artifacts) as classroom,
        ):
            tutor, ada = await classroom.tutor(), await classroom.student("Ada", roaming.tab)
            await together(tutor.join(), ada.join())
            await together(*(person.turn("mic", on=True) for person in (tutor, ada)))
            await tutor.turn("camera", on=True)
            await together(ada.sees(tutor, frames=100), tutor.hears_something(), ada.hears_something())
            seat = ada.id
            await ada.tab.evaluate(_WATCH_SOUND)

            near["roaming"].ip("link", "set", "eth0", "down")
            near["roaming"].ip("address", "flush", "dev", "eth0")
            await page_shows(ada.tab, "() => window.__seen.gaps > 0")
            await together(ada.sees(tutor), ada.hears_something(), tutor.hears_something())
            gap_s = float(await ada.tab.evaluate("() => window.__seen.longest")) / 1000
            # At most 3 s on a quiet machine: recorded, since a busy one takes as long as it likes.
            record_property("seconds_of_silence", round(gap_s, 1))

            assert await ada.tab.evaluate("() => window.__podium.session.view.selfId") == seat
            assert await ada.tab.evaluate("() => window.__podium.pc === window.__seen.pc"), "the same connection"
            assert await ada.offers() == 1
            stays = await server.call(
                "GET", f"/live-classes/{classroom.id}/attendance/stays", server.token("tutor", "Planner")
            )
            assert sorted(stay["participantId"] for stay in stays["items"]) == sorted([tutor.id, seat])
