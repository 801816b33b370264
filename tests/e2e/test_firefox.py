"""The core of it in Firefox, in a namespace: a class of two browsers of two makers."""

from pathlib import Path

import pytest

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person, together
from tests.support.firefox import Firefox
from tests.support.load import overflows
from tests.support.network import Network
from tests.support.server import PodiumServer
from tests.support.waiting import eventually
from tests.support.webrtc import outbound

pytestmark = [pytest.mark.netns, pytest.mark.long, pytest.mark.alone]

QUESTION = "Is ½ the same as 2/4? <b>"


async def _raises_a_hand_and_asks(ada: Person, tutor: Person, other: Person) -> None:
    """The words of a class: hands, chat, polls."""
    await ada.turn("hand", on=True)
    await tutor.lists(ada, hand="true")
    await ada.turn("chat", on=True)
    await ada.tab.fill('[data-testid="chat-input"]', QUESTION)
    await ada.click('[data-testid="chat-send"]')
    await other.turn("chat", on=True)
    await other.reads("chat-message", QUESTION)
    await ada.press("polls-toggle")
    await ada.shows("polls-panel")


async def _takes_only_sound(ada: Person, other: Person, tutor: Person) -> None:
    """Where nobody takes pictures, Firefox encodes none either, and nobody loses the sound."""
    await together(ada.chooses("audio"), other.chooses("audio"))
    await together(ada.no_longer_sees(tutor), other.no_longer_sees(tutor), ada.hears_something())
    before = -1

    async def rests() -> bool:
        nonlocal before
        sent = await outbound(tutor.tab, "video")
        assert sent is not None
        was, before = before, sent.frames_encoded
        return was == before

    await eventually(rests, "no more pictures are encoded", every=1)


async def test_firefox_and_chromium_see_and_hear_each_other(artifacts: Path, tmp_path: Path) -> None:
    async with Network("firefox", "chromium") as network:
        near = {name: link.namespace for name, link in network.links.items()}
        everywhere = (network.server, *near.values())
        async with (
            PodiumServer(tmp_path, namespace=network.server, host=network.server_address) as server,
            Firefox(tmp_path, namespace=near["firefox"]) as firefox,
            Chromium(tmp_path, namespace=near["chromium"], insecure_origin=server.url) as chromium,
            Classroom(server, firefox.tab, artifacts) as classroom,
        ):
            tutor = await classroom.tutor()
            ada = await classroom.student("Ada")
            cho = await classroom.student("Cho", chromium.tab)
            everyone = (tutor, ada, cho)
            await together(*(person.join() for person in everyone))
            for person in everyone:
                await together(person.turn("mic", on=True), person.turn("camera", on=True))
            await together(
                ada.sees(tutor),
                cho.sees(tutor),
                tutor.sees(ada),
                tutor.sees(cho),
                *(person.hears_something() for person in everyone),
            )
            # Encoding three pictures is more than a small machine can do besides; one is enough to watch.
            await together(ada.turn("camera", on=False), cho.turn("camera", on=False))
            await together(tutor.no_longer_sees(ada), tutor.no_longer_sees(cho))

            async def sees_it_all(person: Person) -> None:
                overflows_before, before = overflows(*everywhere), await person.sees(tutor)
                watched = await person.watches(tutor, frames=200)
                assert watched.freeze_s < 1 + watched.held_up_s
                after = await person.sees(tutor)
                assert after.packets_lost - before.packets_lost <= overflows(*everywhere) - overflows_before

            await together(sees_it_all(ada), sees_it_all(cho))
            await _raises_a_hand_and_asks(ada, tutor, cho)
            await _takes_only_sound(ada, cho, tutor)
            await together(ada.chooses("full"), cho.chooses("full"))
            await together(ada.sees(tutor), cho.sees(tutor))
            seat = ada.id
            await ada.refresh()
            assert ada.id == seat
            await together(ada.sees(tutor), tutor.counts(3))
            # Whether the mic comes back by itself is for Firefox to say.
            await together(ada.turn("mic", on=True), ada.turn("chat", on=True))
            await together(tutor.hears_something(), ada.reads("chat-message", QUESTION))
            for person in everyone:
                assert await person.offers() == 1
            await ada.leave()
            await together(tutor.no_longer_lists(ada), cho.no_longer_lists(ada))
