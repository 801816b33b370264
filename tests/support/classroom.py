"""People in a class, each in a browser tab, and what they do and notice there."""

from __future__ import annotations

import asyncio
import shutil
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from signaling.protocol.base import Reception, Role
from tests.support.load import LOOK_EVERY_S, Watched
from tests.support.server import PodiumServer
from tests.support.tab import Tab, page_shows
from tests.support.waiting import PATIENCE, eventually
from tests.support.webrtc import InboundAudio, InboundVideo, Outbound, inbound_audio, inbound_video, outbound

Source = Literal["camera", "screen"]
Switch = Literal["mic", "camera", "screen", "hand", "chat", "people", "polls"]

_SHOWN = "selector => !!document.querySelector(selector)?.getClientRects().length"
# What keeps the direction of names apart cannot be seen.
_READS = """(selector, text) => [...document.querySelectorAll(selector)]
    .some(element => element.textContent.replaceAll(/[\\u2066-\\u2069]/g, '').includes(text))"""
_PRESSED = "selector => document.querySelector(selector)?.getAttribute('aria-pressed') === 'true'"
_ROW = """participant => {
    const row = document.querySelector(`[data-testid=participant-row][data-participant-id="${participant}"]`)
    return row && { ...row.dataset }
}"""

_STATE = """() => {
    const { pc, session, offers } = window.__podium ?? {}
    const { phase, end, selfId, isAway } = session?.view ?? {}
    return JSON.stringify({
        url: location.href.replace(/#.*/, ''), loaded: document.readyState, visible: document.visibilityState,
        focus: document.hasFocus(), phase, end, selfId, isAway, offers,
        pc: pc && { connection: pc.connectionState, ice: pc.iceConnectionState, signaling: pc.signalingState },
        shown: [...document.querySelectorAll('[data-testid]')].map(element => element.dataset.testid),
        text: document.body?.innerText,
    }, null, 1)
}"""


def testid(name: str) -> str:
    return f'[data-testid="{name}"]'


_PIN = "id => sessionStorage.setItem(`podium.reception.${id}`, 'full pinned')"

TabMaker = Callable[[], Awaitable[Tab]]


class Person:
    """Somebody with a tab and a link. Every expectation waits, ``within`` seconds.

    ``pinned_in`` is the id of a class in which a weak line takes no step down by itself.
    """

    def __init__(self, tab: Tab, name: str, role: Role, link: str, *, pinned_in: str | None = None) -> None:
        self.tab = tab
        self.name = name
        self.role = role
        self._link = link
        self._pinned_in = pinned_in
        self.id = ""
        """The participant id; empty before `join`."""
        self._pointer = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<{self.name}>"

    async def click(self, selector: str) -> None:
        """One click after the other, however many things somebody does at once."""
        async with self._pointer:
            await self.tab.click(selector)

    # --- coming and going ---------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the link: the join page."""
        await self.tab.goto(self._link)
        await self.shows("join-page")
        if self._pinned_in is not None:
            await self.tab.evaluate(_PIN, self._pinned_in)

    async def enter(self) -> None:
        """Click Join; where that leads is not waited for."""
        await self.click(testid("join-button"))

    async def join(self) -> None:
        """Open the link, click Join, be in the room with the list of people open."""
        await self.open()
        await self.enter()
        await self.is_in_the_room()

    async def is_in_the_room(self, within: float = PATIENCE) -> None:
        await self.shows("room", within=within)
        self.id = await page_shows(self.tab, "() => window.__podium.session?.view.selfId", within=within)
        await self.turn("people", on=True)

    async def refresh(self) -> None:
        """Reload the page, and come back into the room."""
        await self.tab.reload()
        await page_shows(
            self.tab,
            "() => !!document.querySelector('[data-testid=room], [data-testid=join-button]')",
        )
        if await self.tab.evaluate(_SHOWN, testid("join-button")):
            await self.enter()
        await self.is_in_the_room()

    async def leave(self) -> None:
        await self.click(testid("leave-button"))
        await self.shows("left-page")

    # --- switches -----------------------------------------------------------------------------------

    async def turn(self, switch: Switch, *, on: bool) -> None:
        """Click a switch if it is not yet as wanted, and wait until it is."""
        if await self.is_on(switch) != on:
            await self.press(f"{switch}-toggle")
            await self.has(switch, on=on)

    async def chooses(self, step: Reception) -> None:
        """Take a step of the low-bandwidth ladder."""
        await self.press("reception-toggle")
        await self.click(testid(f"reception-{step}"))

    async def press(self, button: str) -> None:
        """Click a button of the bar; where it is narrow, some are behind one more."""
        if not await self.tab.evaluate(_SHOWN, testid(button)):
            await self.click(testid("overflow-toggle"))
        await self.click(testid(button))

    async def is_on(self, switch: Switch) -> bool:
        return bool(await self.tab.evaluate(_PRESSED, testid(f"{switch}-toggle")))

    async def has(self, switch: Switch, *, on: bool, within: float = PATIENCE) -> None:
        await eventually(
            lambda: self.is_on(switch),
            f"{self.name}: {switch} on={on}",
            until=lambda seen: seen == on,
            within=within,
        )

    # --- what the page shows ------------------------------------------------------------------------

    async def shows(self, name: str, *, within: float = PATIENCE) -> None:
        """An element with this data-testid is visible."""
        await page_shows(self.tab, _SHOWN, testid(name), within=within)

    async def hides(self, name: str, *, within: float = PATIENCE) -> None:
        await page_shows(self.tab, f"selector => !({_SHOWN})(selector)", testid(name), within=within)

    async def text(self, name: str) -> str:
        """The text of the first element with this data-testid; empty when there is none."""
        return str(
            await self.tab.evaluate(
                "selector => document.querySelector(selector)?.textContent ?? ''", testid(name)
            )
        )

    async def reads(self, name: str, text: str, *, within: float = PATIENCE) -> None:
        """Some element with this data-testid contains ``text``."""
        await page_shows(
            self.tab,
            _READS,
            testid(name),
            text,
            within=within,
        )

    async def row(self, other: Person) -> dict[str, str] | None:
        """The data attributes of somebody's row in the list of people; None when they are not in it."""
        found: dict[str, str] | None = await self.tab.evaluate(_ROW, other.id)
        return found

    async def lists(self, other: Person, within: float = PATIENCE, **expected: str) -> None:
        """Somebody is in the list of people, with these data attributes."""

        def fits(row: dict[str, str] | None) -> bool:
            return row is not None and expected.items() <= row.items()

        await eventually(
            lambda: self.row(other), f"{self.name} lists {other} as {expected}", until=fits, within=within
        )

    async def no_longer_lists(self, other: Person, within: float = PATIENCE) -> None:
        await eventually(
            lambda: self.row(other),
            f"{self.name} no longer lists {other}",
            until=lambda row: row is None,
            within=within,
        )

    async def counts(self, people: int, within: float = PATIENCE) -> None:
        """The page says how many are in the room."""

        def fits(text: str) -> bool:
            return "".join(character for character in text if character.isdigit()) == str(people)

        await eventually(
            lambda: self.text("participant-count"),
            f"{self.name} counts {people} people",
            until=fits,
            within=within,
        )

    # --- media --------------------------------------------------------------------------------------

    async def picture(self, other: Person, source: Source = "camera") -> InboundVideo | None:
        """Statistics of the picture shown of somebody; None while there is none."""
        return await inbound_video(
            self.tab,
            f'[data-testid="remote-video"][data-participant-id="{other.id}"][data-source="{source}"]',
        )

    async def sees(
        self, other: Person, source: Source = "camera", *, frames: int = 10, within: float = PATIENCE
    ) -> InboundVideo:
        """``frames`` more frames of somebody are decoded, from now; the statistics then."""
        before: InboundVideo | None = None

        def moved(now: InboundVideo | None) -> bool:
            nonlocal before
            # A line that was switched to somebody goes on counting where it was: the first look is the start.
            if now is None or before is None:
                before = now
                return False
            return now.frames_decoded >= before.frames_decoded + frames

        seen = await eventually(
            lambda: self.picture(other, source),
            f"{self.name} sees {frames} frames of the {source} of {other}",
            until=moved,
            within=within,
        )
        assert seen is not None
        return seen

    async def watches(self, other: Person, *, frames: int, within: float = 3 * PATIENCE) -> Watched:
        """The next ``frames`` of somebody's camera."""
        await self.sees(other, frames=1)
        watched = Watched()

        async def look() -> tuple[InboundVideo | None, Outbound | None]:
            return await asyncio.gather(self.picture(other), outbound(other.tab, "video"))

        def has_come(seen: tuple[InboundVideo | None, Outbound | None]) -> bool:
            picture, sent = seen
            assert picture is not None, f"the picture of {other} is gone"
            assert sent is not None, f"{other} sends no more"
            return watched.add(picture, sent, time.monotonic()) >= frames

        await eventually(
            look, f"{self.name} sees {frames} frames of {other}", until=has_come, within=within, every=LOOK_EVERY_S
        )
        return watched

    async def no_longer_sees(self, other: Person, source: Source = "camera", within: float = PATIENCE) -> None:
        await eventually(
            lambda: self.picture(other, source),
            f"{self.name} no longer sees the {source} of {other}",
            until=lambda seen: seen is None,
            within=within,
        )

    async def sound(self) -> InboundAudio:
        """Statistics of all that is heard."""
        heard = await inbound_audio(self.tab)
        assert heard is not None, f"{self.name} has no media connection"
        return heard

    async def hears_something(self, within: float = PATIENCE) -> None:
        """The energy of what is heard grows, from now."""
        before = (await inbound_audio(self.tab) or InboundAudio()).energy
        await eventually(
            lambda: inbound_audio(self.tab),
            f"{self.name} hears something",
            until=lambda now: now is not None and now.energy > before + 1e-4,
            within=within,
        )

    async def offers(self) -> int:
        """How many offers the page has made since it was loaded."""
        return int(await self.tab.evaluate("() => window.__podium.offers"))


class Classroom:
    """``async with Classroom(server, chromium.tab, artifacts) as classroom``: a class of its own on a server.

    ``new_tab`` is where people sit unless something else is said. To the server a machine that is too slow for its
    browsers looks like weak lines: so nobody is taken down the ladder, unless ``is_pinned`` is false. If the block
    fails, a picture and the console of every tab are left in ``artifacts``.
    """

    def __init__(
        self,
        server: PodiumServer,
        new_tab: TabMaker,
        artifacts: Path,
        *,
        is_started: bool = True,
        is_pinned: bool = True,
        title: str = "Fractions",
    ) -> None:
        self.server = server
        self.id = f"class-{uuid.uuid4().hex[:12]}"
        self.people: list[Person] = []
        self._new_tab = new_tab
        self._artifacts = artifacts
        self._is_started = is_started
        self._is_pinned = is_pinned
        self._title = title

    async def __aenter__(self) -> Classroom:
        await self.server.plan_class(self.id, self._title)
        if self._is_started:
            await self.server.start_class(self.id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            await self.keep_evidence()
        for person in self.people:
            await person.tab.close()

    async def tutor(
        self, name: str = "Noether", new_tab: TabMaker | None = None, *, shown_as: str | None = None
    ) -> Person:
        return await self._bring(name, "tutor", new_tab, shown_as)

    async def student(self, name: str, new_tab: TabMaker | None = None, *, shown_as: str | None = None) -> Person:
        """Somebody with a new tab, not yet at the join page. ``shown_as``: in the class, if not as here."""
        return await self._bring(name, "student", new_tab, shown_as)

    async def full(self, *students: str) -> list[Person]:
        """A tutor and these students, in the room, nothing switched on."""
        people = [await self.tutor(), *[await self.student(name) for name in students]]
        await together(*(person.join() for person in people))
        return people

    async def keep_evidence(self) -> None:
        """Leave what may explain a failure in the directory of the test."""
        for person in self.people:
            await self._keep(person)
        log = self.server.directory / "server.log"
        await asyncio.to_thread(shutil.copy, log, self._artifacts / "server.log")

    async def _bring(self, name: str, role: Role, new_tab: TabMaker | None, shown_as: str | None) -> Person:
        link = self.server.link(self.id, self.server.token(role, shown_as or name, f"user-{name}"))
        tab = await (new_tab or self._new_tab)()
        person = Person(tab, name, role, link, pinned_in=self.id if self._is_pinned else None)
        self.people.append(person)
        return person

    async def _keep(self, person: Person) -> None:
        async def page() -> None:
            (self._artifacts / f"{person.name}.json").write_text(await person.tab.evaluate(_STATE))

        async def picture() -> None:
            await person.tab.screenshot(self._artifacts / f"{person.name}.png")

        (self._artifacts / f"{person.name}.log").write_text("\n".join(person.tab.console))
        for what, keep in (("json", page), ("png", picture)):
            try:
                await asyncio.wait_for(keep(), 20)
            except Exception as problem:  # what cannot be kept must not hide the failure
                (self._artifacts / f"{person.name}.{what}.failed").write_text(repr(problem))


async def together(*steps: Awaitable[Any]) -> None:
    """Do or expect several things at the same time; the first failure counts, and ends the others."""
    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(_awaited(step))


async def _awaited(step: Awaitable[Any]) -> None:
    await step
