"""A school as it is in the middle of a term: an admin who teaches, students with accounts, a course with sections,
classes over, running and planned, chats and notices. Made by the API, as a program of a school would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from tests.support.server import PodiumServer
from tests.support.waiting import eventually

PASSWORD: Final = "a long enough phrase"
TUTOR: Final = "Emmy Noether"
STUDENTS: Final = (
    "Ada Lovelace",
    "Srinivasa Ramanujan",
    "Sofja Kowalewskaja",
    "Alan Turing",
    "Maryam Mirzakhani",
    "محمد بن موسى الخوارزمي",
)


@dataclass(frozen=True, kw_only=True)
class School:
    """Ids, and the tokens of the tutor and of each student, good for some minutes."""

    server: PodiumServer
    course: str
    live: str
    planned: str
    group: str
    tutor_token: str
    student_tokens: dict[str, str]


def username(name: str) -> str:
    """What somebody signs in with."""
    words = "".join(character for character in name.lower() if character.isascii() and character.isalpha())
    return words or f"student-{STUDENTS.index(name)}"


async def open_school(server: PodiumServer) -> School:
    """A school on a server that nobody has set up."""
    setup = str(await eventually(partial(_setup_token, server), "the setup link"))
    signed_in = await server.call(
        "POST", "/setup", "", token=setup, username=username(TUTOR), name=TUTOR, password=PASSWORD
    )
    token = str(signed_in["accessToken"])
    students = [
        await server.call("POST", "/users", token, name=name, username=username(name), password=PASSWORD)
        for name in STUDENTS
    ]
    course = await server.call(
        "POST", "/courses", token, title="Mechanics", description="How things move, and why they stop."
    )
    sections = [
        await server.call("POST", f"/courses/{course['id']}/sections", token, name=name) for name in ("7a", "7b")
    ]
    for place, student in enumerate(students):
        await server.call(
            "POST",
            f"/courses/{course['id']}/roster",
            token,
            userId=student["id"],
            sectionId=sections[place % 2]["id"],
        )
    planned = await _plan(server, token, course["id"])
    tokens = {name: await _sign_in(server, name) for name in STUDENTS}
    group = await server.call(
        "POST",
        "/chat-rooms",
        token,
        kind="group",
        title="Pendulum project",
        userIds=[student["id"] for student in students[:3]],
    )
    for place, (speaker, text) in enumerate(
        (
            (token, "Who has measured the period of the long one?"),
            (tokens[STUDENTS[0]], "I have: 2.84 s, ten swings."),
            (tokens[STUDENTS[1]], "Then g is 9.79. Not bad!"),
        )
    ):
        await server.call("POST", f"/chat-rooms/{group['id']}/messages", speaker, id=f"said-{place}", text=text)
    return School(
        server=server,
        course=course["id"],
        live=planned[0],
        planned=planned[1],
        group=group["id"],
        tutor_token=token,
        student_tokens=tokens,
    )


async def _setup_token(server: PodiumServer) -> str:
    """Empty as long as the server has printed no link."""
    return server.setup_link().rpartition("token=")[2] if "/setup#token=" in server.program.output() else ""


async def _sign_in(server: PodiumServer, name: str) -> str:
    answer = await server.call("POST", "/auth/sign-in", "", name=username(name), password=PASSWORD)
    return str(answer["accessToken"])


async def _plan(server: PodiumServer, token: str, course: str) -> list[str]:
    tomorrow = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    plans = (("Swings and circles", 0, "lecture"), ("Springs", 0, "discussion"), ("Waves", 7, "quiz"))
    return [
        str(
            (
                await server.call(
                    "POST",
                    "/live-classes",
                    token,
                    courseId=course,
                    title=title,
                    type=kind,
                    description="Bring a pendulum, or a stone on a string.",
                    scheduledAt=(tomorrow + timedelta(days=days)).isoformat(),
                    durationMinutes=60,
                )
            )["id"]
        )
        for title, days, kind in plans
    ]
