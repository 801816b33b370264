"""How each action of `signaling.permissions` is tried, over REST and over sockets.

An attempt returns the code it was refused with, "" when it was done. Whoever adds an action adds an attempt here.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from signaling.permissions import Action, Actor
from tests.integration.signaling.courses_support import School
from tests.integration.signaling.harness import CLASS, COURSE, Client, Harness
from tests.support.streams import PLAYED, PUBLISHED, StreamClient

ONE = f"/api/v1/courses/{COURSE}"
CLASSES = "/api/v1/live-classes"
HERE = f"{CLASSES}/{CLASS}"


class World:
    """A class that runs, with a tutor and a student in it, and somebody who tries."""

    def __init__(self, harness: Harness, actor: Actor) -> None:
        self.harness = harness
        self.actor = actor
        self.numbers = itertools.count(1)
        self.token = ""
        self.client: Client | None = None
        self.room = ""

    @classmethod
    async def make(cls, harness: Harness, actor: Actor) -> World:
        world = cls(harness, actor)
        await harness.plan()
        await harness.start()
        world.host = await harness.join("tutor", "Hypatia")
        world.token = await world._token()
        if actor != "user":
            world.client = await world.enter("me")
        world.room = (
            await world.must("POST", "/api/v1/chat-rooms", {"kind": "live_class", "liveClassId": CLASS})
        )["id"]
        return world

    host: Client

    async def _token(self) -> str:
        if self.actor in ("user", "admin"):
            return (await School(self.harness).person("somebody", is_admin=self.actor == "admin")).token
        return self.harness.token(self.actor, "me")  # type: ignore[arg-type]  # a role

    def new(self, kind: str) -> str:
        return f"{kind}-{next(self.numbers)}"

    async def enter(self, name: str) -> Client:
        """Another connection of the one who tries, in the room."""
        client = await self.harness.connect("student", name, token=self.token)
        await client.join()
        return client

    async def pupil(self) -> Client:
        """A student in the room, for whom something is done or against."""
        return await self.harness.join("student", self.new("pupil"))

    async def rest(self, method: str, path: str, body: object = None) -> str:
        headers, url = {"Authorization": f"Bearer {self.token}"}, self.harness.url + path
        async with self.harness.http.request(method, url, headers=headers, json=body) as answer:
            return "" if answer.status < 400 else str((await answer.json(content_type=None))["code"])

    async def must(self, method: str, path: str, body: object = None) -> Any:
        """By a tutor."""
        status, answer = await self.harness.rest(method, path, self.harness.token("tutor", "Hypatia"), body)
        assert status < 300, answer
        return answer

    async def event(self, event: str, **fields: object) -> str:
        if self.client is None:
            client = await self.harness.connect("student", self.new("outside"), token=self.token)
            return await code_of(client, event, **fields)
        return await code_of(self.client, event, **fields)

    async def plan(self, **fields: object) -> str:
        """Another live class; its id."""
        name = self.new("class")
        await self.must("POST", CLASSES, {"title": "x", "id": name, **fields})
        return name

    async def started(self, **fields: object) -> str:
        name = await self.plan(**fields)
        await self.must("POST", f"{CLASSES}/{name}/start")
        return name

    async def join(self, live_class_id: str) -> tuple[str, dict[str, Any]]:
        client = await self.harness.connect("student", self.new("again"), token=self.token)
        answer = await client.ask("join-session", liveClassId=live_class_id, seatKey=client.seat_key)
        await client.close()
        return ("" if answer["ok"] else str(answer["error"]["code"])), answer


async def code_of(client: Client, event: str, **fields: object) -> str:
    answer = await client.ask(event, **fields)
    return "" if answer["ok"] else str(answer["error"]["code"])


class Attempt(NamedTuple):
    action: Action
    over: str
    """``rest`` or ``socket``."""
    do: Callable[[World], Awaitable[str]]
    refusals: tuple[str, ...] = ("forbidden",)


ATTEMPTS: list[Attempt] = []

Do = Callable[[World], Awaitable[str]]


def attempt(action: Action, over: str, *refusals: str) -> Callable[[Do], Do]:
    def add(do: Do) -> Do:
        ATTEMPTS.append(Attempt(action, over, do, refusals or ("forbidden",)))
        return do

    return add


def rest(action: Action, method: str, path: str, body: object = None) -> None:
    async def do(world: World) -> str:
        return await world.rest(method, path, body)

    ATTEMPTS.append(Attempt(action, "rest", do))


def event(action: Action, name: str, **fields: object) -> None:
    async def do(world: World) -> str:
        return await world.event(name, **fields)

    ATTEMPTS.append(Attempt(action, "socket", do))


# --- courses ------------------------------------------------------------------------------------------------

rest("see-course", "GET", ONE)
rest("see-course", "GET", HERE)
rest("see-course", "GET", f"{HERE}/calendar.ics")
rest("edit-course", "PATCH", ONE, {"title": "Other"})
rest("edit-course", "POST", f"{ONE}/unarchive")
rest("manage-roster", "GET", f"{ONE}/roster.csv")
rest("see-roster", "GET", f"{ONE}/roster")
rest("invite-guests", "POST", f"{ONE}/invites", {})
rest("invite-guests", "GET", f"{ONE}/invites")
rest("see-attendance", "GET", f"{HERE}/attendance")
rest("see-attendance", "GET", f"{HERE}/attendance/stays")
rest("see-attendance", "GET", f"{HERE}/analytics")
rest("see-attendance", "GET", f"{ONE}/attendance")
rest("see-attendance", "GET", f"{ONE}/analytics")
rest("ask-poll", "GET", f"{HERE}/polls")
rest("plan-class", "GET", f"{HERE}/scheduled-jobs")


@attempt("manage-roster", "rest")
async def _sections(world: World) -> str:
    return await world.rest("POST", f"{ONE}/sections", {"name": world.new("section")})


@attempt("manage-roster", "rest")
async def _change_role(world: World) -> str:
    pupil = await world.pupil()
    return await world.rest("PATCH", f"{ONE}/roster/{pupil.name}", {"role": "tutor"})


@attempt("manage-roster", "rest")
async def _take_out(world: World) -> str:
    pupil = await world.pupil()
    return await world.rest("DELETE", f"{ONE}/roster/{pupil.name}")


@attempt("plan-class", "rest")
async def _plan(world: World) -> str:
    return await world.rest("POST", CLASSES, {"title": "x", "courseId": COURSE, "id": world.new("plan")})


@attempt("plan-class", "rest")
async def _change(world: World) -> str:
    return await world.rest("PATCH", f"{CLASSES}/{await world.plan()}", {"title": "y"})


@attempt("plan-class", "rest")
async def _cancel(world: World) -> str:
    return await world.rest("POST", f"{CLASSES}/{await world.plan()}/cancel", {})


@attempt("plan-class", "rest")
async def _delete(world: World) -> str:
    return await world.rest("DELETE", f"{CLASSES}/{await world.plan()}")


@attempt("start-class", "rest")
async def _start(world: World) -> str:
    return await world.rest("POST", f"{CLASSES}/{await world.plan()}/start")


@attempt("end-class", "rest")
async def _end(world: World) -> str:
    return await world.rest("POST", f"{CLASSES}/{await world.started()}/end")


# --- chat ---------------------------------------------------------------------------------------------------


@attempt("chat", "rest", "not_found", "forbidden")
async def _write(world: World) -> str:
    return await world.rest(
        "POST", f"/api/v1/chat-rooms/{world.room}/messages", {"id": world.new("m"), "text": "x"}
    )


@attempt("chat", "socket", "not_found", "forbidden")
async def _say(world: World) -> str:
    return await world.event("send-message", id=world.new("m"), roomId=world.room, text="x")


async def _said(world: World) -> str:
    message = world.new("said")
    await world.host.must("send-message", id=message, roomId=world.room, text="x")
    return message


@attempt("moderate-chat", "rest")
async def _delete_message(world: World) -> str:
    return await world.rest("DELETE", f"/api/v1/chat-rooms/{world.room}/messages/{await _said(world)}")


@attempt("moderate-chat", "rest")
async def _mute_in_chat(world: World) -> str:
    pupil = await world.pupil()
    return await world.rest("POST", f"{ONE}/chat-mutes", {"userId": pupil.name})


@attempt("moderate-chat", "socket")
async def _delete_over_socket(world: World) -> str:
    return await world.event("delete-message", roomId=world.room, messageId=await _said(world))


@attempt("moderate-chat", "socket")
async def _pin(world: World) -> str:
    return await world.event("pin-message", roomId=world.room, messageId=await _said(world))


# --- in the room --------------------------------------------------------------------------------------------

event("raise-hand", "raise-hand")
event("react", "react", kind="clap")
event("ask-poll", "create-poll", id="a-poll", question="Which?", options=["a", "b"], launch=True)
event("lower-others-hand", "lower-all-hands")
event("mute-others", "mute-all")
event("admit-others", "admit-all")
event("control-room", "set-room-policy", micLocked=False)
event("write-captions", "send-caption", text="So far, so good.")
event("suggest-reception", "suggest-reception", reception="audio")
rest("see-health", "GET", f"{HERE}/health")
rest("publish-stream", "POST", f"{HERE}/stream-keys", {"kind": "publish"})
rest("play-stream", "POST", f"{HERE}/stream-keys", {"kind": "play"})


def _stream(path: str, offer: str) -> Do:
    async def do(world: World) -> str:
        client = StreamClient(world.harness.http, world.harness.url, world.token)
        answer = await client.post(f"/{path}/{CLASS}", offer)
        return "" if answer.status < 400 else str(answer.problem["code"])

    return do


attempt("publish-stream", "rest")(_stream("whip", PUBLISHED))
attempt("play-stream", "rest")(_stream("whep", PLAYED))


@attempt("answer-poll", "socket")
async def _vote(world: World) -> str:
    poll = world.new("poll")
    await world.host.must("create-poll", id=poll, question="Which?", options=["a", "b"], launch=True)
    code = await world.event("vote-poll", pollId=poll, choices=[0])
    await world.host.must("close-poll", pollId=poll)
    return code


def _publish(source: str) -> Do:
    async def do(world: World) -> str:
        devices = {f"is{name}On": name == source for name in ("Audio", "Video", "Screen")}
        return await world.event("update-media-state", **devices)

    return do


attempt("publish-mic", "socket")(_publish("Audio"))
attempt("publish-camera", "socket")(_publish("Video"))
attempt("publish-screen", "socket")(_publish("Screen"))


def _to_pupil(name: str, **fields: object) -> Do:
    async def do(world: World) -> str:
        pupil = await world.pupil()
        await pupil.must("raise-hand")
        return await world.event(name, participantId=pupil.id, **fields)

    return do


attempt("lower-others-hand", "socket")(_to_pupil("lower-hand"))
attempt("let-others-speak", "socket")(_to_pupil("let-speak"))
attempt("mute-others", "socket")(_to_pupil("mute-user"))
attempt("remove-others", "socket")(_to_pupil("remove-user"))
attempt("promote-others", "socket")(_to_pupil("promote-user", role="tutor"))
attempt("control-room", "socket")(_to_pupil("allow-publish", sources=["screen"]))


@attempt("end-class", "socket")
async def _end_over_socket(world: World) -> str:
    client = await world.harness.connect("student", world.new("ends"), token=world.token)
    answer = await client.ask("join-session", liveClassId=await world.started(), seatKey=client.seat_key)
    code = await code_of(client, "end-session") if answer["ok"] else str(answer["error"]["code"])
    await client.close()
    return code


@attempt("enter-full-class", "socket", "class_full")
async def _full(world: World) -> str:
    name = await world.started(maxParticipants=1)
    pupil = await world.harness.connect("student", world.new("first"))
    await pupil.join(name)
    return (await world.join(name))[0]


@attempt("enter-locked-room", "socket", "room_locked")
async def _locked(world: World) -> str:
    name = await world.started()
    host = await world.harness.connect("tutor", world.new("host"))
    await host.join(name)
    await host.must("set-room-policy", isLocked=True)
    return (await world.join(name))[0]


@attempt("skip-waiting-room", "socket", "waiting")
async def _waiting(world: World) -> str:
    code, answer = await world.join(await world.started(waitingRoom=True))
    return code or ("waiting" if answer["admission"] == "waiting" else "")


# --- outside of courses -------------------------------------------------------------------------------------

rest("create-course", "POST", "/api/v1/courses", {"title": "Mine"})
rest("manage-users", "GET", "/api/v1/users")
rest("manage-users", "POST", "/api/v1/users", {"name": "New", "username": "new"})
rest("see-audit-log", "GET", "/api/v1/audit-log")
rest("manage-webhooks", "GET", "/api/v1/webhooks")
rest("see-server", "GET", "/api/v1/admin/sessions")
rest("see-server", "GET", "/api/v1/admin/storage")
rest("see-server", "GET", "/api/v1/admin/settings")
