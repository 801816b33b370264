"""People with accounts on a server of a test's own, each signed in in a tab."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from tests.support.chromium import ChromiumTab
from tests.support.classroom import Person, testid
from tests.support.server import PodiumServer
from tests.support.waiting import eventually

PASSWORD: Final = "a long enough phrase"
TUTOR: Final = "Emmy Noether"


class Members:
    """``members = await Members.of(server)``: the first admin, who teaches `course`, and whom they add to it."""

    def __init__(self, server: PodiumServer, token: str, course: str) -> None:
        self.server = server
        self.token = token
        """Of the tutor, good for some minutes."""
        self.course = course
        self._ids: dict[str, str] = {}

    @classmethod
    async def of(cls, server: PodiumServer, course: str = "Mathematics 7b") -> Members:
        secret = str(await eventually(partial(_setup_token, server), "the setup link"))
        body = {"token": secret, "username": _username(TUTOR), "name": TUTOR, "password": PASSWORD}
        signed_in = await server.call("POST", "/setup", "", **body)
        token = str(signed_in["accessToken"])
        made = await server.call("POST", "/courses", token, title=course)
        members = cls(server, token, str(made["id"]))
        members._ids[TUTOR] = str(signed_in["me"]["id"])
        return members

    async def add(self, *names: str, **entry: Any) -> None:
        """Accounts, enrolled as students unless ``entry`` says something else."""
        for name in names:
            made = await self.server.call(
                "POST", "/users", self.token, name=name, username=_username(name), password=PASSWORD
            )
            self._ids[name] = str(made["id"])
            await self.server.call(
                "POST", f"/courses/{self.course}/roster", self.token, userId=made["id"], **entry
            )

    def id(self, name: str) -> str:
        return self._ids[name]

    async def plan(self, title: str, **plan: Any) -> str:
        """The id of a live class."""
        made = await self.server.call(
            "POST", "/live-classes", self.token, courseId=self.course, title=title, **plan
        )
        return str(made["id"])

    async def signed_in(self, name: str, tab: ChromiumTab, path: str = "/") -> Person:
        """At a page of the client."""
        answer = await tab.page.context.request.post(
            f"{self.server.url}/api/v1/auth/sign-in", data={"name": _username(name), "password": PASSWORD}
        )
        assert answer.ok, await answer.text()
        person = Person(tab, name, "tutor" if name == TUTOR else "student", f"{self.server.url}{path}")
        await tab.goto(f"{self.server.url}{path}")
        await person.shows("bell")
        return person


async def _setup_token(server: PodiumServer) -> str:
    """Empty as long as the server has printed no link."""
    return server.setup_link().rpartition("token=")[2] if "/setup#token=" in server.program.output() else ""


def _username(name: str) -> str:
    return name.lower().replace(" ", ".")


def uncaught(*tabs: ChromiumTab) -> list[str]:
    """What went wrong in these pages and nobody took care of."""
    return [line for tab in tabs for line in tab.console if line.startswith("uncaught")]


def count_is(name: str, count: int) -> tuple[str, str, int]:
    """For `page_shows`: so many elements have this data-testid."""
    return "(selector, count) => document.querySelectorAll(selector).length === count", testid(name), count
