"""A school for the tests: accounts, a course, and what its people do over REST and sockets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.integration.signaling.accounts_support import access_token, account
from tests.integration.signaling.harness import Client, Data, Harness

COURSES = "/api/v1/courses"
CLASSES = "/api/v1/live-classes"


class Person:
    """An account, and its token."""

    def __init__(self, school: School, user_id: str, name: str, token: str) -> None:
        self.school = school
        self.id = user_id
        self.name = name
        self.token = token

    async def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Data]:
        return await self.school.harness.rest(method, path, self.token, body)

    async def must(self, method: str, path: str, body: object = None) -> Data:
        status, answer = await self(method, path, body)
        assert status in (200, 201, 204), answer
        return answer

    async def refused(self, method: str, path: str, body: object = None) -> str:
        """Ask for what is to be refused; the code."""
        status, problem = await self(method, path, body)
        assert status >= 400, problem
        assert problem["detail"]
        return str(problem["code"])

    async def connect(self) -> Client:
        return await self.school.harness.connect("student", self.name, token=self.token)

    async def plan(self, course: str, **fields: Any) -> Data:
        body = {"title": "Fractions", "courseId": course, **fields}
        return await self.must("POST", CLASSES, body)


class School:
    """Makes people and courses on a running server."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness

    async def person(self, name: str, *, email: str | None = None, is_admin: bool = False) -> Person:
        user_id = await account(self.harness, name, email=email, is_admin=is_admin)
        token = access_token(self.harness, user_id, name.title(), is_admin=is_admin)
        return Person(self, user_id, name.title(), token)

    async def course(self, tutor: Person, course_id: str = "algebra") -> str:
        await tutor.must("POST", COURSES, {"title": course_id.title(), "id": course_id})
        return course_id

    async def enrol(self, tutor: Person, course: str, who: Person, **fields: Any) -> Person:
        await tutor.must("POST", f"{COURSES}/{course}/roster", {"userId": who.id, **fields})
        return who

    async def student(self, tutor: Person, course: str, name: str, **fields: Any) -> Person:
        return await self.enrol(tutor, course, await self.person(name), **fields)

    async def csv(
        self, who: Person, course: str, data: bytes | str, query: str = "", content_type: str = "text/csv"
    ) -> tuple[int, Data]:
        headers = {"Authorization": f"Bearer {who.token}", "Content-Type": content_type}
        url = f"{self.harness.url}{COURSES}/{course}/roster/import{query}"
        async with self.harness.http.post(url, data=data, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def text(self, path: str, who: Person | None = None) -> tuple[int, str]:
        """What is not JSON."""
        headers = {"Authorization": f"Bearer {who.token}"} if who is not None else {}
        async with self.harness.http.get(path, headers=headers) as answer:
            return answer.status, await answer.text()

    def at(self, **ahead: float) -> str:
        """A moment ahead of now, as it is sent."""
        return moment(self.harness.clock() + timedelta(**ahead))


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
