"""A class without a pointer and without a screen: all of it by keys, and what the live regions said meanwhile."""

from pathlib import Path

from tests.support.accessibility import LISTEN
from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, Person
from tests.support.keys import Keys
from tests.support.school import PASSWORD, STUDENTS, TUTOR, open_school, username
from tests.support.server import PodiumServer

TOLD = Path(__file__).parents[2] / "docs" / "accessibility.md"


def _told(listener: str) -> list[str]:
    """What that page says somebody hears in this class."""
    page = TOLD.read_text(encoding="utf-8")
    part = page.split(f"### What the {listener} hears\n")[1].split("\n#")[0]
    return [line.removeprefix("* ") for line in part.splitlines() if line.startswith("* ")]


async def test_a_class_by_keys_alone(server: PodiumServer, chromium: Chromium, artifacts: Path) -> None:
    async with Classroom(server, chromium.tab, artifacts) as classroom:
        tutor, ada = Keys(await classroom.tutor()), Keys(await classroom.student("Ada"))
        for keys in (tutor, ada):
            await keys.person.tab.goto(keys.person._link)
            await keys.use("join-button")
            await keys.person.shows("room")
            await keys.person.tab.evaluate(LISTEN)

        await tutor.press("m")
        await tutor.person.has("mic", on=True)
        await tutor.press("v")
        await tutor.person.has("camera", on=True)
        await ada.use("hand-toggle")
        await ada.person.has("hand", on=True)
        await tutor.hears("Ada")

        await tutor.use("people-toggle")
        await tutor.use("let-speak")
        await ada.person.shows("speak-offer")
        await ada.hears("lets you speak")
        assert await ada.focused() == "hand-toggle", "an offer takes no focus"
        await ada.use("speak-accept")
        await ada.person.has("mic", on=True)

        await ada.press("F2")
        await ada.press("c")
        await ada.person.shows("chat-panel")
        await ada.go_to("chat-input")
        await ada.write("May I ask something? Mmm v p")
        await ada.press("Enter")
        await ada.person.reads("chat-message", "Mmm v p")
        assert await ada.person.is_on("mic"), "letters that are typed switch nothing"
        await tutor.hears("May I ask something?")

        await tutor.press("o")
        await tutor.use("poll-new")
        await tutor.go_to("poll-composer-question")
        await tutor.write("Is zero even?")
        for answer in ("Yes", "No"):
            await tutor.press("Tab")
            while await tutor.focused() != "poll-composer-option":
                await tutor.press("Tab")
            await tutor.write(answer)
        await tutor.use("poll-ask")
        await ada.hears("Is zero even?")
        assert await ada.focused() == "chat-input", "a poll takes no focus"
        await ada.press("Escape")
        await ada.use("polls-toggle")
        await ada.go_to("vote-option")
        await ada.press("Space")
        await ada.use("vote-send")
        await tutor.person.reads("poll-turnout", "1")

        await ada.use("reception-toggle")
        await ada.use("reception-audio")
        await ada.person.reads("reception-step", "Sound only")
        await ada.person.hides("reception-menu")
        assert await ada.focused() == "reception-toggle", "the focus comes back from a menu"

        await tutor.use("class-menu")
        await tutor.person.shows("class-menu-menu")
        await tutor.press("Escape")
        assert await tutor.focused() == "class-menu"
        await tutor.use("end-button")
        await tutor.use("end-confirm")
        await ada.person.shows("left-page")
        await tutor.person.shows("left-page")
        for keys, listener in ((tutor, "tutor"), (ada, "student")):
            print(f"\n### What the {listener} hears\n", *await keys.heard(), sep="\n* ")
            for text in _told(listener):
                await keys.hears(text)


async def test_outside_of_classes_by_keys_alone(tmp_path: Path, chromium: Chromium) -> None:
    async with PodiumServer(tmp_path) as server:
        await open_school(server)
        desk, home = await chromium.tab(), await chromium.tab()
        try:
            tutor = Keys(Person(desk, TUTOR, "tutor", server.url))
            ada = Keys(Person(home, STUDENTS[0], "student", server.url))
            for keys in (tutor, ada):
                await keys.person.tab.goto(server.url)
                await keys.go_to("name-input")
                await keys.write(username(keys.person.name))
                await keys.go_to("password-input")
                await keys.write(PASSWORD)
                await keys.press("Enter")
                await keys.person.shows("home-page")

            await tutor.use("courses")
            await tutor.person.reads("course-title", "Mechanics")
            await tutor.use("plan-class")
            await tutor.go_to("title-input")
            await tutor.write("Friction")
            await tutor.use("plan-button")
            await tutor.person.hides("plan-dialog")
            assert await tutor.focused() == "plan-class", "the focus comes back from a dialog"
            await ada.person.reads("upcoming-classes", "Friction")

            await tutor.use("class-start")
            await tutor.person.shows("room")
            await ada.use("class-join", within="live-classes")
            await ada.use("join-button")
            await tutor.use("people-toggle")
            await tutor.person.reads("participant-row", ada.person.name)
            await tutor.use("end-button")
            await tutor.use("end-confirm")
            for keys in (tutor, ada):
                await keys.use("home-button")
                await keys.person.shows("home-page")

            await ada.use("nav-chats")
            await ada.use("chat-room")
            await ada.go_to("chat-input")
            await ada.write("Until tomorrow")
            await ada.press("Enter")
            await ada.person.reads("chat-message", "Until tomorrow")

            await tutor.use("class-link", within="past-classes")
            await tutor.person.reads("attendance-row", STUDENTS[0])
            await tutor.go_to("tab-attendance")
            await tutor.go_along("tab-figures")
            await tutor.press("Enter")
            await tutor.person.reads("tile-total", "2")
        finally:
            await desk.close()
            await home.close()
