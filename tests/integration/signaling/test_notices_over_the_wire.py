"""Notices from REST and sockets to browser, mailbox and webhook: a whole server and real receivers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from signaling.config import Config, EmailConfig, OutgoingConfig
from signaling.identity import Identity
from tests.integration.signaling.courses_support import Person, School
from tests.integration.signaling.harness import Clock, Harness, config, serving
from tests.support.receivers import Browser, HttpReceiver, MailReceiver, http_receiver, mail_receiver
from tests.support.waiting import eventually

pytestmark = pytest.mark.integration

NOTIFICATIONS = "/api/v1/notifications"
SETTINGS = "/api/v1/notification-settings"
SUBSCRIPTIONS = "/api/v1/push/subscriptions"
WEBHOOKS = "/api/v1/webhooks"
KINDS = ["live-class-scheduled", "live-class-starting-soon", "live-class-started", "live-class-moved"]


class Town:
    """A school, and what is around it."""

    def __init__(self, school: School, receiver: HttpReceiver, mailbox: MailReceiver) -> None:
        self.school = school
        self.harness = school.harness
        self.receiver = receiver
        self.mailbox = mailbox

    async def settle(self) -> tuple[Person, Person, Person]:
        """A tutor with a course, and two students in it."""
        tia = await self.person("tia", email="tia@school.example")
        ada = await self.person("ada", email="ada@school.example")
        ben = await self.person("ben")
        course = await self.school.course(tia)
        for person in (ada, ben):
            body = {"userId": person.id, "role": "student"}
            await tia.must("POST", f"/api/v1/courses/{course}/roster", body)
        return tia, ada, ben

    async def person(self, name: str, **fields: Any) -> Person:
        """With a token that outlasts the clock's jumps."""
        person = await self.school.person(name, **fields)
        person.token = long_token(self.harness, person.id, is_admin=fields.get("is_admin", False))
        return person

    async def posts(self, path: str, count: int) -> list[tuple[dict[str, str], bytes]]:
        """The posts to a path, once there are so many."""

        async def look() -> list[tuple[dict[str, str], bytes]]:
            return [(headers, body) for found, headers, body in self.receiver.posts if found == path]

        return await eventually(look, f"{count} posts to {path}", until=lambda posts: len(posts) >= count)

    async def mails(self, subject: str) -> list[Any]:
        async def look() -> list[Any]:
            return [mail for mail in self.mailbox.mails if mail["Subject"] == subject]

        return await eventually(look, f"a mail {subject!r}")


def long_token(harness: Harness, user_id: str, *, is_admin: bool = False) -> str:
    expires_at = harness.clock() + timedelta(hours=12)
    who = Identity(user_id=user_id, name="Somebody", expires_at=expires_at, is_admin=is_admin)
    return harness.server.tokens.issue_access(who, harness.clock())


def settings(tmp_path: Path, database_url: str, mailbox: MailReceiver | None) -> Config:
    base = config(tmp_path, database_url)
    outgoing = OutgoingConfig(allow_private_addresses=mailbox is not None)
    email, http = EmailConfig(), base.http
    if mailbox is not None:
        http = msgspec.structs.replace(http, public_url="https://class.school.example")
        email = EmailConfig(host="127.0.0.1", port=mailbox.port, security="none", sender="class@school.example")
    return msgspec.structs.replace(base, http=http, outgoing=outgoing, email=email)


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(http_receiver())
        mailbox = await stack.enter_async_context(mail_receiver())
        harness = await stack.enter_async_context(serving(settings(tmp_path, database_url, mailbox)))
        yield Town(School(harness), receiver, mailbox)


def subscription(receiver: HttpReceiver, browser: Browser, name: str) -> dict[str, Any]:
    return {"endpoint": f"{receiver.url}/push/{name}", "keys": browser.keys(), "expirationTime": None}


async def plan(town: Town, tutor: Person, **fields: Any) -> str:
    """A class in an hour."""
    at = town.harness.clock() + timedelta(hours=1)
    made = await tutor.plan("algebra", scheduledAt=at.isoformat(), durationMinutes=45, **fields)
    return str(made["id"])


def of_kind(kind: str) -> Any:
    return lambda told: told["notification"]["kind"] == kind


async def test_a_class_that_starts_by_itself_reaches_everybody(town: Town) -> None:
    """On the screen, in the browser that is closed, in the mailbox, at the operator's, and later those offline."""
    tia, ada, ben = await town.settle()
    browser = Browser()
    await ada.must("POST", SUBSCRIPTIONS, subscription(town.receiver, browser, "ada"))
    screen, phone = await ada.connect(), await ada.connect()
    class_id = await plan(town, tia, autoStart=True)
    for device in (screen, phone):
        told = await device.wait("notification", of_kind("live-class-scheduled"))
        assert told["notification"]["liveClassId"] == class_id
    town.harness.clock.advance(51 * 60)
    await screen.wait("notification", of_kind("live-class-starting-soon"))
    town.harness.clock.advance(9 * 60 + 1)
    await screen.wait("live-class-started")
    await screen.wait("notification", of_kind("live-class-started"))
    jobs = (await tia.must("GET", f"/api/v1/live-classes/{class_id}/scheduled-jobs"))["items"]
    assert [(job["kind"], job["state"]) for job in jobs] == [("reminder", "done"), ("auto-start", "done")]
    assert await ben.refused("GET", f"/api/v1/live-classes/{class_id}/scheduled-jobs") == "forbidden"

    posts = await town.posts("/push/ada", 3)
    shown = [json.loads(browser.decrypt(body)) for _, body in posts]
    assert {one["kind"] for one in shown} >= {"live-class-scheduled", "live-class-starting-soon"}
    assert {one["liveClassId"] for one in shown} == {class_id}
    assert len(await town.mails("Fractions")) == 1

    late = await ben.connect()
    synced = await late.must("sync-notifications", lastSeq=0)
    kinds = [item["kind"] for item in synced["items"]]
    assert [kind for kind in kinds if kind.startswith("live-class")] == KINDS[:3]
    assert (synced["hasMore"], synced["unreadCount"]) == (False, len(kinds))
    assert (await late.must("sync-notifications", lastSeq=synced["lastSeq"]))["items"] == []
    tutor_kinds = [item["kind"] for item in (await tia.must("GET", NOTIFICATIONS))["items"]]
    assert tutor_kinds.count("live-class-started") == 1, "nobody started it, so the tutor is told too"


async def test_reading_and_deleting_are_seen_on_all_devices(town: Town) -> None:
    tia, ada, ben = await town.settle()
    for _ in range(3):
        await plan(town, tia)
    page = await ada.must("GET", f"{NOTIFICATIONS}?limit=2")
    assert len(page["items"]) == 2
    rest = await ada.must("GET", f"{NOTIFICATIONS}?limit=2&cursor={page['nextCursor']}")
    seqs = [item["seq"] for item in page["items"] + rest["items"]]
    assert seqs == sorted(seqs, reverse=True)
    screen, other = await ada.connect(), await ben.connect()
    assert (await ada.must("POST", f"{NOTIFICATIONS}/read", {"seqs": seqs[:1]}))["unreadCount"] == len(seqs) - 1
    told = await screen.wait("notifications-read")
    assert told == {"seqs": seqs[:1], "upTo": None, "unreadCount": len(seqs) - 1}
    await ada.must("DELETE", f"{NOTIFICATIONS}/{seqs[1]}")
    assert (await screen.wait("notification-deleted"))["seq"] == seqs[1]
    assert await ada.refused("DELETE", f"{NOTIFICATIONS}/{seqs[1]}") == "not_found"
    assert (await ada.must("POST", f"{NOTIFICATIONS}/read", {"all": True}))["unreadCount"] == 0
    assert (await ada.must("GET", f"{NOTIFICATIONS}?unread=true"))["items"] == []
    assert (await ada.must("GET", f"{NOTIFICATIONS}/unread-count"))["unreadCount"] == 0
    assert (await ben.must("GET", f"{NOTIFICATIONS}/unread-count"))["unreadCount"] > 0
    assert other.all("notifications-read") == []


NOT_WHAT: list[dict[str, Any]] = [
    {},
    {"all": True, "upTo": 3},
    {"all": False},
    {"seqs": []},
    {"seqs": [-1]},
    {"upTo": "x"},
    {"seqs": [1] * 201},
]


async def test_reading_needs_to_know_what(town: Town) -> None:
    ada = await town.person("ada")
    for body in NOT_WHAT:
        assert await ada.refused("POST", f"{NOTIFICATIONS}/read", body) == "bad_request", body
    client = await ada.connect()
    assert await client.refused("sync-notifications", {"lastSeq": -1}) == "bad_request"


async def test_settings_are_kept_and_checked(town: Town) -> None:
    ada = await town.person("ada")
    before = await ada.must("GET", SETTINGS)
    assert before["quietHours"] is None
    assert {choice["kind"] for choice in before["channels"]} >= set(KINDS)
    quiet = {"starts": "22:00", "ends": "07:00", "timeZone": "Europe/Berlin"}
    choice = {"kind": "enrolled", "inApp": True, "push": False, "email": False}
    after = await ada.must("PUT", SETTINGS, {"channels": [choice], "quietHours": quiet})
    assert after["quietHours"] == quiet
    assert await ada.must("GET", SETTINGS) == after
    assert len(after["channels"]) == len(before["channels"])
    wrong: list[dict[str, Any]] = [
        {"channels": [choice, choice]},
        {"channels": [{**choice, "kind": "nonsense"}]},
        {"channels": [], "quietHours": {**quiet, "timeZone": "Mars/Olympus"}},
        {"channels": [], "quietHours": {**quiet, "starts": "24:00"}},
        {"channels": [], "quietHours": {**quiet, "ends": "22:00"}},
        {},
    ]
    for body in wrong:
        assert await ada.refused("PUT", SETTINGS, body) == "bad_request"
    assert await ada.must("GET", SETTINGS) == after


async def test_one_click_ends_the_mails(town: Town) -> None:
    tia, ada, _ = await town.settle()
    await plan(town, tia)
    mail = (await town.mails("Fractions"))[0]
    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://class.school.example/api/v1/unsubscribe?token=")
    path = link.removeprefix("https://class.school.example")
    url = f"{town.harness.url}{path}"
    async with town.harness.http.get(url) as page:
        text = await page.text()
        assert page.status == 200
        assert '<form method="post"' in text
        assert "script" not in page.headers["Content-Security-Policy"].replace("script-src 'none'", "")
    assert next(c for c in (await ada.must("GET", SETTINGS))["channels"] if c["kind"] == "enrolled")["email"]
    form = aiohttp.FormData({"List-Unsubscribe": "One-Click"})
    async with town.harness.http.post(url, data=form) as done:
        assert done.status == 200, await done.text()
    assert not any(choice["email"] for choice in (await ada.must("GET", SETTINGS))["channels"])
    for wrong in ("nonsense", "YQ.YQ", re.sub("token=.{4}", "token=AAAA", path).partition("token=")[2]):
        async with town.harness.http.post(f"{town.harness.url}/api/v1/unsubscribe?token={wrong}") as answer:
            assert answer.status == 404


async def test_subscriptions_over_rest(town: Town) -> None:
    ada, ben = await town.person("ada"), await town.person("ben")
    key = (await ada.must("GET", "/api/v1/push/key"))["publicKey"]
    assert len(base64.urlsafe_b64decode(key + "=")) == 65
    made = await ada.must("POST", SUBSCRIPTIONS, subscription(town.receiver, Browser(), "ada"))
    again = await ada.must("POST", SUBSCRIPTIONS, subscription(town.receiver, Browser(), "ada"))
    assert made["id"] == again["id"]
    listed = (await ada.must("GET", SUBSCRIPTIONS))["items"]
    assert [item["id"] for item in listed] == [made["id"]]
    assert "endpoint" not in listed[0]
    assert (await ben.must("GET", SUBSCRIPTIONS))["items"] == []
    assert await ben.refused("DELETE", f"{SUBSCRIPTIONS}/{made['id']}") == "not_found"
    await ada.must("DELETE", f"{SUBSCRIPTIONS}/{made['id']}")
    assert (await ada.must("GET", SUBSCRIPTIONS))["items"] == []


async def test_a_subscription_that_is_gone_is_taken_off_the_list(town: Town) -> None:
    tia, ada, _ = await town.settle()
    await ada.must("POST", SUBSCRIPTIONS, subscription(town.receiver, Browser(), "ada"))
    town.receiver.answer = lambda _: web.Response(status=410)
    await plan(town, tia)

    async def look() -> bool:
        return not (await ada.must("GET", SUBSCRIPTIONS))["items"]

    await eventually(look, "the subscription is removed")


async def test_private_addresses_are_refused_unless_a_setting_allows_them(
    tmp_path: Path, database_url: str
) -> None:
    async with serving(settings(tmp_path, database_url, None)) as harness:
        root = await School(harness).person("root", is_admin=True)
        for url in ("https://127.0.0.1/", "http://hooks.example.org/", "https://localhost/x", "nonsense"):
            assert await root.refused("POST", WEBHOOKS, {"url": url}) == "bad_request"
            body = {"endpoint": url, "keys": Browser().keys()}
            assert await root.refused("POST", SUBSCRIPTIONS, body) == "bad_request"


def verify(secret: str, headers: dict[str, str], body: bytes) -> None:
    """As a receiver does it, by the words of the specification."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert wanted in headers["webhook-signature"].split(" ")


async def test_a_webhook_from_its_making_to_its_end(town: Town) -> None:
    tia, _, _ = await town.settle()
    root = await town.person("root", is_admin=True)
    url = f"{town.receiver.url}/hook"
    made = await root.must("POST", WEBHOOKS, {"url": url, "events": ["live-class-started"], "courseId": "algebra"})
    hook, secret = made["webhook"], made["secret"]
    assert secret not in json.dumps(await root.must("GET", f"{WEBHOOKS}/{hook['id']}"))
    assert secret not in json.dumps(await root.must("GET", WEBHOOKS))

    class_id = await plan(town, tia)
    await tia.must("POST", f"/api/v1/live-classes/{class_id}/start")
    headers, body = (await town.posts("/hook", 1))[0]
    verify(secret, headers, body)
    posted = json.loads(body)
    assert (posted["event"], posted["id"]) == ("live-class-started", headers["webhook-id"])
    assert posted["data"]["liveClass"]["id"] == class_id

    rotated = (await root.must("POST", f"{WEBHOOKS}/{hook['id']}/secret"))["secret"]
    town.receiver.answer = lambda n: web.Response(status=500 if n == 2 else 204, text="out of order")
    status, test = await root("POST", f"{WEBHOOKS}/{hook['id']}/test")
    assert (status, test["state"], test["event"]) == (202, "pending", "webhook-test")
    await town.posts("/hook", 2)
    town.harness.clock.advance(60)
    headers, body = (await town.posts("/hook", 3))[2]
    verify(secret, headers, body)
    verify(rotated, headers, body)
    assert headers["webhook-id"] == test["id"]

    async def attempts() -> list[Any]:
        return list((await root.must("GET", f"{WEBHOOKS}/{hook['id']}/attempts"))["items"])

    seen = await eventually(attempts, "three attempts", until=lambda found: len(found) == 3)
    assert [(one["ok"], one["status"]) for one in seen] == [(True, 204), (False, 500), (True, 204)]
    assert seen[1]["detail"] == "HTTP 500: out of order"
    deliveries = (await root.must("GET", f"{WEBHOOKS}/{hook['id']}/deliveries"))["items"]
    assert [(one["event"], one["state"], one["attempts"]) for one in deliveries] == [
        ("webhook-test", "sent", 2),
        ("live-class-started", "sent", 1),
    ]
    paused = await root.must("PATCH", f"{WEBHOOKS}/{hook['id']}", {"enabled": False})
    assert paused["disabledReason"]
    assert await root.refused("POST", f"{WEBHOOKS}/{hook['id']}/test") == "bad_request"
    await root.must("DELETE", f"{WEBHOOKS}/{hook['id']}")
    assert await root.refused("GET", f"{WEBHOOKS}/{hook['id']}") == "not_found"


async def test_webhooks_are_for_admins(town: Town) -> None:
    tia, _, _ = await town.settle()
    for method, path in (
        ("GET", WEBHOOKS),
        ("GET", f"{WEBHOOKS}/x"),
        ("DELETE", f"{WEBHOOKS}/x"),
        ("POST", f"{WEBHOOKS}/x/secret"),
        ("POST", f"{WEBHOOKS}/x/test"),
        ("GET", f"{WEBHOOKS}/x/attempts"),
        ("GET", f"{WEBHOOKS}/x/deliveries"),
    ):
        assert await tia.refused(method, path) == "forbidden"
    assert await tia.refused("POST", WEBHOOKS, {"url": f"{town.receiver.url}/hook"}) == "forbidden"
    assert (await town.harness.rest("GET", WEBHOOKS))[0] == 401


async def test_a_restart_after_hours_marks_what_was_missed(tmp_path: Path, database_url: str) -> None:
    clock = Clock()
    async with serving(settings(tmp_path, database_url, None), clock) as harness:
        school = School(harness)
        tia = await school.person("tia")
        course = await school.course(tia)
        at = (clock() + timedelta(hours=1)).isoformat()
        soon = await tia.plan(course, scheduledAt=at, durationMinutes=300, autoStart=True)
        over = await tia.plan(course, scheduledAt=at, durationMinutes=30, autoStart=True)
    clock.advance(3 * 3600)
    async with serving(settings(tmp_path, database_url, None), clock) as harness:
        person = Person(School(harness), tia.id, tia.name, long_token(harness, tia.id))

        async def states() -> list[str]:
            found = []
            for made in (soon, over):
                jobs = (await person.must("GET", f"/api/v1/live-classes/{made['id']}/scheduled-jobs"))["items"]
                found += [job["state"] for job in jobs if job["kind"] == "auto-start"]
            return found

        seen = await eventually(states, "both are dealt with", until=lambda s: {*s} <= {"done", "missed"})
        assert seen == ["done", "missed"]
        live = await person.must("GET", f"/api/v1/live-classes/{soon['id']}")
        assert live["status"] == "live"
        items = (await person.must("GET", NOTIFICATIONS))["items"]
        assert "live-class-missed" in {item["kind"] for item in items}
