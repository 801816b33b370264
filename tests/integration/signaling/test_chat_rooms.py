"""Chat rooms: who is in them, who may do what there, lists, unread counts, history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.integration.signaling.chat_support import ROOMS, Person, course_room, direct_room, person
from tests.integration.signaling.harness import COURSE, Harness

pytestmark = pytest.mark.integration


async def remove_from_course(harness: Harness, user_id: str) -> None:
    tutor = await person(harness, "tutor", "T")
    await tutor.must("DELETE", f"/api/v1/courses/{COURSE}/roster/{user_id}")


async def test_a_direct_room_is_there_once_and_for_two(planned: Harness) -> None:
    ada, ben, eve = [await person(planned, "student", name) for name in ("Ada", "Ben", "Eve")]
    guest = await person(planned, "guest", "Guest")
    stranger = await person(planned, "student", "Stranger", course="other")
    room = await direct_room(ada, ben)
    assert await direct_room(ben, ada) == room
    for who in (eve, guest, stranger):
        for method, path, body in (
            ("GET", f"{ROOMS}/{room}", None),
            ("GET", f"{ROOMS}/{room}/messages", None),
            ("GET", f"{ROOMS}/{room}/participants", None),
            ("POST", f"{ROOMS}/{room}/messages", {"id": "x", "text": "x"}),
            ("POST", f"{ROOMS}/{room}/read", {"seq": 1}),
            ("GET", f"/api/v1/chat-search?q=hello&roomId={room}", None),
        ):
            assert await who.refused(method, path, body) == "not_found", path
    for who, other in ((ada, "Stranger"), (stranger, "Ada"), (ada, "nobody"), (guest, "Ada"), (ada, "Guest")):
        asked = {"kind": "direct", "userIds": [other]}
        assert await who.refused("POST", ROOMS, asked) == "forbidden"
    for wrong in (
        {"kind": "direct", "userIds": ["Ada"]},
        {"kind": "direct"},
        {"kind": "direct", "userIds": ["Ben", "Eve"]},
        {"kind": "direct", "userIds": ["Ben"], "title": "x"},
        {"kind": "group"},
        {"kind": "course", "liveClassId": "fractions"},
    ):
        assert await ada.refused("POST", ROOMS, wrong) == "bad_request", wrong

    phone, laptop = await planned.connect("student", "Ben"), await planned.connect("student", "Ben")
    said = await ada.say(room, "d1", "hello Ben")
    assert said["role"] is None
    for device in (phone, laptop):
        assert (await device.wait("new-message"))["message"] == said
    notice = (await phone.wait("notification"))["notification"]
    assert (notice["kind"], notice["title"], notice["text"], notice["chatRoomId"]) == (
        *("direct-message", "Ada", "hello Ben"),
        room,
    )
    await ada.say(room, "d2", "are you there?")
    [mine] = (await ben.must("GET", ROOMS))["items"]
    assert (mine["unread"], mine["readSeq"], mine["lastMessage"]["id"]) == (2, 0, "d2")
    assert [one["name"] for one in mine["room"]["participants"]] == ["Ada", "Ben"]
    assert (await laptop.must("mark-read", roomId=room, seq=99)) == {"ok": True, "seq": 2, "unread": 0}
    assert (await phone.wait("messages-read"))["readSeq"] == 2
    assert await ben.must("POST", f"{ROOMS}/{room}/read", {"seq": 1}) == {"seq": 2, "unread": 0}
    marks = (await ada.must("GET", f"{ROOMS}/{room}/read"))["items"]
    assert [(mark["userId"], mark["seq"]) for mark in marks] == [("Ben", 2)]
    await ada.say(room, "d3", "you read along")
    await phone.wait("new-message", lambda data: data["seq"] == 3)
    assert len(phone.all("notification")) == 1

    await remove_from_course(planned, "Ben")
    assert await ada.refused("POST", f"{ROOMS}/{room}/messages", {"id": "d4", "text": "x"}) == "not_found"


async def test_groups(planned: Harness) -> None:
    ada, ben, eve = [await person(planned, "student", name) for name in ("Ada", "Ben", "Eve")]
    body = {"kind": "group", "title": "Homework", "userIds": ["Ben"], "id": "g1"}
    room = (await ada.must("POST", ROOMS, body))["id"]
    assert (await ada.must("POST", ROOMS, body))["id"] == room == "g1"
    assert await eve.refused("POST", ROOMS, body) == "already_exists"
    there = await planned.connect("student", "Eve")
    assert await ben.refused("PUT", f"{ROOMS}/{room}/participants/Eve") == "forbidden"
    await ada.must("PUT", f"{ROOMS}/{room}/participants/Eve")
    assert (await there.wait("chat-room-updated"))["room"]["title"] == "Homework"
    await ada.say(room, "m1", "hello @all", mentionAll=True)
    assert (await there.wait("notification"))["notification"]["kind"] == "message-mention"
    assert await ben.refused("DELETE", f"{ROOMS}/{room}/messages/m1") == "forbidden"
    await ben.say(room, "m2", "nonsense", mentions=["Eve"])
    [item] = (await eve.must("GET", ROOMS))["items"]
    assert (item["mentions"], item["unread"]) == (2, 3)
    await ada.must("DELETE", f"{ROOMS}/{room}/messages/m2")
    await ada.must("PATCH", f"{ROOMS}/{room}", {"title": " Ma\u202eths\n"})
    assert await ada.refused("PATCH", f"{ROOMS}/{room}", {"title": " \u200b "}) == "bad_request"
    assert await ben.refused("PATCH", f"{ROOMS}/{room}", {"title": "Mine"}) == "forbidden"
    await ada.must("DELETE", f"{ROOMS}/{room}/participants/Eve")
    assert (await there.wait("chat-room-left"))["roomId"] == room
    there.clear()
    await ada.say(room, "m3", "without Eve")
    assert await eve.refused("GET", f"{ROOMS}/{room}") == "not_found"
    assert (await eve.must("GET", ROOMS))["items"] == []
    assert (await there.ask("sync-chat", roomId=room, lastSeq=0))["error"]["code"] == "not_found"
    assert not there.all("new-message")
    # who owned it leaves: the next one owns it
    await ada.must("DELETE", f"{ROOMS}/{room}/participants/Ada")
    owners = (await ben.must("GET", f"{ROOMS}/{room}/participants"))["items"]
    assert [(one["userId"], one["isOwner"]) for one in owners] == [("Ben", True)]
    system = [one["text"] for one in await ben.messages(room) if one["type"] == "system"]
    assert system == ["Ada added Eve", "Ada named the group “Maths”", "Ada removed Eve", "Ada left"]


async def test_who_may_do_what_in_the_chat_of_a_course(planned: Harness) -> None:
    people = {role: await person(planned, role, role.title()) for role in ("tutor", "student", "guest")}
    tutor, student, guest = people.values()
    other = await person(planned, "student", "Other")
    stranger = await person(planned, "tutor", "Stranger", course="other")
    room = await course_room(tutor)
    await other.say(room, "m1", "hello")

    def everything(who: Person, n: str) -> list[tuple[str, Callable[[], Awaitable[tuple[int, object]]]]]:
        one = f"{ROOMS}/{room}"
        calls = [
            ("read", "GET", f"{one}/messages", None),
            ("write", "POST", f"{one}/messages", {"id": f"{n}-1", "text": "x"}),
            ("mention all", "POST", f"{one}/messages", {"id": f"{n}-2", "text": "x", "mentionAll": True}),
            ("react", "PUT", f"{one}/messages/m1/reactions", {"emoji": "👍"}),
            ("edit others", "PATCH", f"{one}/messages/m1", {"text": "x"}),
            ("pin", "PUT", f"{one}/messages/m1/pin", {"isPinned": True}),
            ("versions", "GET", f"{one}/messages/m1/versions", None),
            ("participants", "GET", f"{one}/participants", None),
            ("mute", "POST", f"/api/v1/courses/{COURSE}/chat-mutes", {"userId": "Nobody"}),
            ("delete others", "DELETE", f"{one}/messages/m1", None),
        ]
        return [(name, lambda m=m, p=p, b=b: who.ask(m, p, b)) for name, m, p, b in calls]  # type: ignore[misc]

    seen: dict[str, dict[str, int]] = {}
    for name, who in {"stranger": stranger, "guest": guest, "student": student, "tutor": tutor}.items():
        seen[name] = {action: (await call())[0] for action, call in everything(who, name)}
    assert set(seen["stranger"].values()) == set(seen["guest"].values()) - {403} == {404}
    assert seen["guest"]["mute"] == 403
    allowed = {"read": 200, "write": 200, "react": 204, "participants": 200}
    assert seen["student"] == {action: allowed.get(action, 403) for action in seen["student"]}
    assert seen["tutor"] == {
        **dict.fromkeys(seen["tutor"], 200),
        **{"react": 204, "delete others": 204, "edit others": 403, "mute": 404},
    }
    # muted: reads, and says nothing; anew heard when let
    await tutor.must("POST", f"/api/v1/courses/{COURSE}/chat-mutes", {"userId": "Student"})
    assert await tutor.refused("POST", f"/api/v1/courses/{COURSE}/chat-mutes", {"userId": "Tutor"}) == "forbidden"
    [muted] = (await tutor.must("GET", f"/api/v1/courses/{COURSE}/chat-mutes"))["items"]
    assert (muted["userId"], muted["mutedBy"]) == ("Student", "Tutor")
    assert await student.refused("POST", f"{ROOMS}/{room}/messages", {"id": "q", "text": "x"}) == "muted"
    assert await student.refused("PATCH", f"{ROOMS}/{room}/messages/student-1", {"text": "y"}) == "muted"
    assert await student.messages(room)
    await tutor.must("DELETE", f"/api/v1/courses/{COURSE}/chat-mutes/Student")
    await student.say(room, "q")
    # archived: for reading alone
    await tutor.must("POST", f"/api/v1/courses/{COURSE}/archive")
    for who in (tutor, student):
        assert await who.refused("POST", f"{ROOMS}/{room}/messages", {"id": "z", "text": "x"}) == "forbidden"
        assert await who.messages(room)


async def test_who_is_removed_from_the_course_hears_nothing_from_then_on(live: Harness) -> None:
    tutor, ada = await live.join("tutor", "T"), await live.connect("student", "Ada")
    watcher = await live.connect("student", "Ben")
    room = tutor.joined["chat"]["roomId"]
    of_course = await course_room(await person(live, "tutor", "T"))
    for one in (ada, watcher):
        assert (await one.must("open-chat", roomId=room))["roomId"] == room
    await tutor.must("send-message", id="m1", text="to all")
    await ada.wait("new-message")
    await remove_from_course(live, "Ada")
    await ada.wait("enrolment-changed", lambda data: data["role"] is None)
    ada.clear()
    await tutor.must("send-message", id="m2", text="without Ada")
    await tutor.must("send-message", id="m3", text="without Ada", roomId=of_course)
    await watcher.wait("new-message", lambda data: data["message"]["id"] == "m3")
    assert not ada.all("new-message")
    for event, fields in (
        ("send-message", {"id": "a", "text": "x"}),
        ("sync-chat", {"lastSeq": 0}),
        ("open-chat", {}),
        ("typing", {"isTyping": True}),
    ):
        assert await ada.refused(event, roomId=room, **fields) == "not_found"


async def test_guests_and_followers_of_the_chat_of_a_class(live: Harness) -> None:
    tutor, guest = await live.join("tutor", "T"), await live.connect("guest", "Gus")
    room = tutor.joined["chat"]["roomId"]
    of_course = await course_room(await person(live, "tutor", "T"))
    assert await guest.refused("open-chat", roomId=room) == "not_found"
    await tutor.must("send-message", id="m0", text="before")
    await tutor.must("send-message", id="c0", text="in the course", roomId=of_course)
    await guest.join()
    assert [one["id"] for one in guest.joined["chat"]["messages"]] == ["m0"]
    assert await guest.refused("open-chat", roomId=of_course) == "not_found"
    await guest.must("send-message", id="g1", text="hello")
    await guest.must("typing", isTyping=True)
    typing = await tutor.wait("user-typing")
    assert typing == {"roomId": room, "users": [{"userId": "Gus", "name": "Gus"}], "count": 1}
    live.clock.advance(5)
    assert (await tutor.wait("user-typing", lambda data: data["count"] == 0))["users"] == []
    assert not guest.all("chat-room-updated")
    await guest.must("leave-session")
    await tutor.must("send-message", id="m1", text="after")
    await tutor.wait("new-message", lambda data: data["message"]["id"] == "m1")
    await guest.must("renew-token", token=live.token("guest", "Gus"))
    assert "m1" not in [data["message"]["id"] for data in guest.all("new-message")]
    assert not [data for data in guest.all("new-message") if data["roomId"] == of_course]


async def test_history_by_cursor_around_a_place_and_in_threads(planned: Harness) -> None:
    tutor = await person(planned, "tutor", "T")
    room = await course_room(tutor)
    for n in range(1, 13):
        await tutor.say(room, f"m{n}", str(n), **({"replyTo": "m2"} if n in (5, 9) else {}))
    one = f"{ROOMS}/{room}/messages"

    async def seqs(query: str) -> tuple[list[int], str | None]:
        page = await tutor.must("GET", one + query)
        return [item["seq"] for item in page["items"]], page["nextCursor"]

    assert await tutor.refused("GET", f"{one}?before=3&after=1") == "bad_request"
    assert await tutor.refused("GET", f"{one}?cursor=bad") == "bad_request"
    found, cursor = await seqs("?limit=5")
    assert found == [8, 9, 10, 11, 12]
    found, cursor = await seqs(f"?limit=5&cursor={cursor}")
    assert found == [3, 4, 5, 6, 7]
    found, cursor = await seqs(f"?limit=5&cursor={cursor}")
    assert (found, cursor) == ([1, 2], None)
    found, cursor = await seqs("?limit=5&after=4")
    assert found == [5, 6, 7, 8, 9]
    assert await seqs(f"?limit=5&cursor={cursor}") == ([10, 11, 12], None)
    assert (await seqs("?around=6&limit=4"))[0] == [5, 6, 7, 8]
    assert (await seqs("?thread=m2"))[0] == [5, 9]
    assert (await tutor.must("GET", f"{one}/m2"))["replyCount"] == 2
    await tutor.must("DELETE", f"{one}/m5")
    assert (await tutor.must("GET", f"{one}/m2"))["replyCount"] == 1
    await tutor.must("PUT", f"{one}/m3/pin", {"isPinned": True})
    assert (await seqs("?pinned=true"))[0] == [3]
    changes = await tutor.must("GET", f"{ROOMS}/{room}/changes?lastSeq=12")
    assert changes["seq"] == 14
    assert [item["id"] for item in changes["messages"]] == ["m2", "m3", "m5"]


async def test_the_list_of_rooms_goes_on_by_cursor(planned: Harness) -> None:
    ada = await person(planned, "student", "Ada")
    others = [await person(planned, "student", f"S{n}") for n in range(5)]
    rooms = [await direct_room(ada, other) for other in others]
    for n, room in enumerate(rooms):
        await others[n].say(room, f"m{n}", "x")
    rooms.append(await course_room(ada))
    seen: list[str] = []
    cursor = ""
    while True:
        page = await ada.must("GET", f"{ROOMS}?limit=2{cursor}")
        seen += [item["room"]["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == rooms[::-1]


async def test_who_has_blocked_somebody_is_not_written_to(planned: Harness) -> None:
    ada, ben = await person(planned, "student", "Ada"), await person(planned, "student", "Ben")
    room = await direct_room(ada, ben)
    await ada.say(room, "m1", "hello")
    await ben.must("POST", "/api/v1/users/Ada/block-for-me")
    for who in (ada, ben):
        body = {"id": f"{who.name}-2", "text": "and?"}
        assert await who.refused("POST", f"{ROOMS}/{room}/messages", body) == "forbidden"
        assert [one["id"] for one in await who.messages(room)] == ["m1"]
    assert await ada.refused("POST", ROOMS, {"kind": "group", "title": "G", "userIds": ["Ben"]}) == "forbidden"
