"""``make screenshots``: the pictures in docs/images, of a class as it is today."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from demo.tutor import DemoTutor
from tests.support.chromium import DESKTOP, PHONE, Chromium
from tests.support.classroom import Classroom, Person, testid, together
from tests.support.server import PodiumServer
from tests.support.waiting import eventually

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
TUTOR = "Emmy Noether"
STUDENTS = ("Ada Lovelace", "Srinivasa Ramanujan", "Sofja Kowalewskaja", "Alan Turing")
MESSAGES = (
    (1, "What is the ball's speed at the turning points?"),
    (0, "Zero, for a moment."),
    (2, "And the largest in the middle!"),
)


async def _sees_the_tutor(person: Person) -> None:
    video = 'document.querySelector("[data-testid=stage] video")'
    await eventually(
        lambda: person.tab.evaluate(f"() => {video}?.videoWidth"),
        "the tutor's whole picture",
        until=lambda width: width == 640,
        within=30,
    )


async def _write(person: Person, text: str) -> None:
    await person.turn("chat", on=True)
    await person.tab.fill(testid("chat-input"), text)
    await person.click(testid("chat-send"))
    await person.reads("chat-message", text)


async def _home(server: PodiumServer, chromium: Chromium) -> None:
    """The first tutor's classes: one on the air, two planned."""
    tab = await chromium.tab(size=DESKTOP)
    tutor = Person(tab, TUTOR, "tutor", server.setup_link())
    await tab.goto(server.setup_link())
    await tutor.shows("setup-page")
    await tab.fill(testid("name-input"), TUTOR)
    await tab.fill(testid("password-input"), "a long enough phrase")
    await tutor.click(testid("setup-button"))
    await tutor.shows("start-now")
    refreshed = "async () => (await (await fetch('/api/v1/auth/refresh', { method: 'POST' })).json()).accessToken"
    token = str(await tab.evaluate(refreshed))
    course = await server.call("POST", "/courses", token, title="Mechanics")
    tomorrow = (datetime.now().astimezone() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    plans = (("Swings and circles", 0), ("Springs", 0), ("Waves", 7))
    classes = [
        await server.call(
            "POST",
            "/live-classes",
            token,
            courseId=course["id"],
            title=title,
            scheduledAt=(tomorrow + timedelta(days=days)).isoformat(),
            durationMinutes=60,
        )
        for title, days in plans
    ]
    await server.call("POST", f"/live-classes/{classes[0]['id']}/start", token)
    await tutor.reads("home-page", "Since")
    await tab.screenshot(IMAGES / "home-desktop.png")
    await tab.close()


async def _take(directory: Path) -> None:
    async with (
        PodiumServer(directory) as server,
        Chromium(directory) as chromium,
        Classroom(server, partial(chromium.tab, size=DESKTOP), directory, title="Swings and circles") as classroom,
    ):
        tutor = DemoTutor(server.url, classroom.id, server.token("tutor", TUTOR))
        await _home(server, chromium)
        teaching = asyncio.create_task(tutor.run())
        try:
            phone = partial(chromium.tab, size=PHONE, phone=True, scale=2)
            people = [await classroom.student(name) for name in STUDENTS[:3]]
            people.append(await classroom.student(STUDENTS[3], phone))
            desktop, mobile = people[0], people[3]
            await together(*(person.open() for person in people))
            await desktop.tab.screenshot(IMAGES / "join-desktop.png")
            await mobile.tab.screenshot(IMAGES / "join-phone.png")
            for person in people:
                await person.enter()
                await person.is_in_the_room()
            await together(people[1].turn("hand", on=True), people[2].turn("mic", on=True))
            for number, text in MESSAGES:
                await _write(people[number], text)
            await together(*(_sees_the_tutor(person) for person in people))
            await desktop.turn("chat", on=True)
            await together(desktop.hides("toast"), mobile.hides("toast"))
            await desktop.tab.screenshot(IMAGES / "room-desktop.png")
            await mobile.turn("people", on=False)
            await mobile.tab.screenshot(IMAGES / "room-phone.png")
        finally:
            teaching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await teaching


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_take(Path(directory)))
    for image in sorted(IMAGES.glob("*.png")):
        sys.stdout.write(f"{image.relative_to(Path.cwd())}: {image.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
