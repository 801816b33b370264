"""Saying something: in order, once, and what can be done to it after that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.integration.signaling.chat_support import ROOMS, chat_numbers, course_room, person
from tests.integration.signaling.harness import Clock, Harness, config, serving

pytestmark = pytest.mark.integration


async def test_everybody_gets_the_same_order_without_a_gap(live: Harness) -> None:
    people = [await live.join("tutor"), await live.join("student", "Ada"), await live.join("guest", "Gus")]
    room = people[0].joined["chat"]["roomId"]
    assert people[0].joined["chat"] == {"roomId": room, "seq": 0, "reset": True, "messages": []}
    sent = [one.must("send-message", id=f"{one.name}-{n}", text=str(n)) for n in range(12) for one in people]
    acks = await asyncio.gather(*sent)
    for one in people:
        await one.wait("new-message", lambda data: data["seq"] == len(acks))
        assert chat_numbers(one, room) == list(range(1, len(acks) + 1))
    orders = [[data["message"]["id"] for data in one.all("new-message")] for one in people]
    assert orders[0] == orders[1] == orders[2]
    assert {ack["message"]["seq"]: ack["message"]["id"] for ack in acks} == dict(enumerate(orders[0], 1))
    seat = next(ack["message"] for ack in acks if ack["message"]["name"] == "Ada")
    assert (seat["participantId"], seat["userId"], seat["role"]) == (people[1].id, "Ada", "student")


async def test_a_retry_from_anywhere_is_the_same_message(tmp_path: Path, database_url: str) -> None:
    settings, clock = config(tmp_path, database_url), Clock()
    async with serving(settings, clock) as live:
        await live.plan()
        await live.start()
        ada, eve = await live.join("student", "Ada"), await live.join("student", "Eve")
        other_tab = await live.connect("student", "Ada")
        await other_tab.join(seatKey="seat-key-of-her-other-tab")
        over_rest = await person(live, "student", "Ada")
        room = ada.joined["chat"]["roomId"]
        said = await asyncio.gather(
            ada.must("send-message", id="m1", text="once"),
            other_tab.must("send-message", id="m1", text="once"),
            over_rest.say(room, "m1", "once"),
        )
        assert said[0]["message"] == said[1]["message"] == said[2]
        assert await eve.refused("send-message", id="m1", text="mine") == "already_exists"
        # in another room the id of somebody else says nothing
        course = await course_room(over_rest)
        eve_rest = await person(live, "student", "Eve")
        assert (await eve_rest.say(course, "m1", "mine"))["name"] == "Eve"
        assert await over_rest.refused("POST", f"{ROOMS}/{course}/messages", {"id": "m1", "text": "x"}) == (
            "already_exists"
        )
        tutor = await person(live, "tutor", "Hypatia")
        await tutor.must("POST", "/api/v1/courses/maths/chat-mutes", {"userId": "Ada"})
        assert await ada.refused("send-message", id="m2", text="new") == "muted"
        assert (await ada.must("send-message", id="m1", text="once"))["message"] == said[2]
        await eve.must("send-message", id="m3", text="last")
        await eve.wait("new-message", lambda data: data["message"]["id"] == "m3")
        assert len(eve.all("new-message")) == 2 + 1  # one of them in the chat of the course
    async with serving(settings, clock) as again:
        late = await person(again, "student", "Ada")
        assert await late.say(room, "m1", "once") == said[2]
        assert [one["id"] for one in await late.messages(room)] == ["m1", "m3"]


async def test_what_changed_while_one_was_away(live: Harness) -> None:
    tutor, ada = await live.join("tutor", "Hypatia"), await live.join("student", "Ada")
    room = ada.joined["chat"]["roomId"]
    for n in range(1, 5):
        await ada.must("send-message", id=f"m{n}", text=f"text {n}")
    await ada.wait("new-message", lambda data: data["seq"] == 4)
    await ada.vanish()
    await tutor.must("set-reaction", roomId=room, messageId="m1", emoji="👍")
    await tutor.must("delete-message", roomId=room, messageId="m2")
    await tutor.must("send-message", id="t1", text="an answer", type="answer", replyTo="m3")
    await tutor.must("set-reaction", roomId=room, messageId="m4", emoji="🎉")
    await tutor.must("set-reaction", roomId=room, messageId="m4", emoji="🎉", isOn=False)

    again = await live.connect("student", "Ada")
    await again.join(lastChatSeq=4)
    chat = again.joined["chat"]
    assert (chat["reset"], chat["seq"]) == (False, 9)
    m1, m2, m3, m4, answer = chat["messages"]
    assert m1["reactions"] == [{"emoji": "👍", "count": 1, "userIds": ["Hypatia"]}]
    assert (m2["text"], m2["isModerated"], m2["deletedAt"] is None) == ("", True, False)
    assert (m3["replyCount"], answer["replyTo"], answer["type"]) == (1, "m3", "answer")
    assert (m4["reactions"], m4["changedSeq"]) == ([], 9)
    assert (await again.must("sync-chat", roomId=room, lastSeq=9))["messages"] == []
    # what the server never gave out, or too much: all anew
    whole = await again.must("sync-chat", roomId=room, lastSeq=10_000)
    assert (whole["reset"], len(whole["messages"])) == (True, 5)
    events = [(name, data["seq"]) for name, data in tutor.events if data.get("roomId") == room]
    assert [name for name, _ in events[4:]] == [
        *("reaction-changed", "message-deleted", "new-message", "reaction-changed", "reaction-changed")
    ]
    assert [seq for _, seq in events] == list(range(1, 10))


async def test_editing(live: Harness) -> None:
    tutor, ada, eve = [await live.join(*who) for who in (("tutor", "T"), ("student", "Ada"), ("student", "Eve"))]
    room = ada.joined["chat"]["roomId"]
    await ada.must("send-message", id="m1", text="frist")
    edited = await ada.must("edit-message", roomId=room, messageId="m1", text=" first ")
    assert (edited["message"]["text"], edited["message"]["seq"], edited["message"]["changedSeq"]) == (
        "first",
        1,
        2,
    )
    assert (await eve.wait("message-updated"))["message"] == edited["message"]
    same = await ada.must("edit-message", roomId=room, messageId="m1", text="first")
    assert same == edited
    for other in (eve, tutor):
        assert await other.refused("edit-message", roomId=room, messageId="m1", text="x") == "forbidden"
    assert await ada.refused("edit-message", roomId=room, messageId="m1", text=" \n ") == "bad_request"
    assert await ada.refused("edit-message", roomId=room, messageId="no", text="x") == "not_found"
    path = f"{ROOMS}/{room}/messages/m1/versions"
    versions = await (await person(live, "tutor", "T")).must("GET", path)
    assert [one["text"] for one in versions["items"]] == ["frist", "first"]
    assert await (await person(live, "student", "Ada")).refused("GET", path) == "forbidden"
    live.clock.advance(15 * 60 + 1)
    assert await ada.refused("edit-message", roomId=room, messageId="m1", text="late") == "forbidden"


async def test_deleting_leaves_a_trace_for_moderators_alone(live: Harness) -> None:
    tutor, ada, eve = [await live.join(*who) for who in (("tutor", "T"), ("student", "Ada"), ("student", "Eve"))]
    room = ada.joined["chat"]["roomId"]
    for n in (1, 2):
        await ada.must("send-message", id=f"m{n}", text=f"rude {n}", mentions=["Eve"])
    assert await eve.refused("delete-message", roomId=room, messageId="m1") == "forbidden"
    own = await ada.must("delete-message", roomId=room, messageId="m1")
    assert own["message"]["isModerated"] is False
    await tutor.must("delete-message", roomId=room, messageId="m2")
    assert await tutor.must("delete-message", roomId=room, messageId="m2")  # again: nothing happens
    told = await eve.wait("message-deleted", lambda data: data["seq"] == 4)
    assert (told["message"]["text"], told["message"]["mentions"], told["message"]["isModerated"]) == ("", [], True)
    for event, fields in (
        ("edit-message", {"text": "x"}),
        ("set-reaction", {"emoji": "👍"}),
        ("pin-message", {}),
    ):
        assert await ada.refused(event, roomId=room, messageId="m1", **fields) == "not_found"
    assert await ada.refused("send-message", id="m3", text="x", replyTo="m1") == "bad_request"
    seen = await (await person(live, "tutor", "T")).must("GET", f"{ROOMS}/{room}/messages/m2/versions")
    assert (seen["items"][-1]["text"], seen["deletedBy"]) == ("rude 2", "T")
    assert all(one["text"] == "" for one in await (await person(live, "student", "Eve")).messages(room))


async def test_what_a_message_may_be(live: Harness) -> None:
    ada = await live.join("student", "Ada")
    room = ada.joined["chat"]["roomId"]
    code = "  for x in y:\n      print(x)  \n\n"
    said = (await ada.must("send-message", id="c1", text=code, kind="code", language="python"))["message"]
    assert (said["kind"], said["language"], said["text"]) == ("code", "python", "  for x in y:\n      print(x)")
    html = "<script>alert('1')</script>; DROP TABLE chat_message; --"
    assert (await ada.must("send-message", id="h1", text=html))["message"]["text"] == html
    turned = (await ada.must("send-message", id="h2", text="a\u202eb\x07c\r\nd"))["message"]["text"]
    assert turned == "abc\nd"
    for fields in (
        {"text": " \n\t "},
        {"text": "\u202e"},
        {},
        {"text": "x", "type": "system"},
        {"text": "x", "type": "poll"},
        {"text": "x", "kind": "system"},
        {"text": "x", "kind": "image"},
        {"text": "x", "language": "python"},
        {"text": "x", "language": "<b>", "kind": "code"},
        {"text": "x", "userId": "somebody"},
        {"text": "x", "replyTo": "nothing"},
        {"text": "x", "mentions": ["nobody"]},
        {"text": "x", "attachments": ["nothing"]},
        {"text": "x" * 4001},
        {"text": "x", "roomId": "../.."},
    ):
        assert await ada.refused("send-message", {"id": "bad", **fields}) == "bad_request", fields
    assert await ada.refused("send-message", id="bad", text="x", mentionAll=True) == "forbidden"
    assert await ada.refused("send-message", id="bad", text="x", roomId="elsewhere") == "not_found"
    for emoji in ("a", "👍👍", "<b>", "1"):
        assert await ada.refused("set-reaction", roomId=room, messageId="h1", emoji=emoji) == "bad_request"
    big = b'{"id": "big", "text": "' + b"x" * 10_000_000 + b'"}'
    headers = {"Authorization": f"Bearer {live.token('student', 'Ada')}", "Content-Type": "application/json"}
    async with live.http.post(f"{live.url}{ROOMS}/{room}/messages", data=big, headers=headers) as answer:
        assert answer.status == 413
        assert (await answer.json())["code"] == "too_large"
    assert [one["id"] for one in await (await person(live, "student", "Ada")).messages(room)] == ["c1", "h1", "h2"]


async def test_reactions_are_capped_and_counted_once(live: Harness) -> None:
    tutor, ada = await live.join("tutor", "T"), await live.join("student", "Ada")
    room = ada.joined["chat"]["roomId"]
    await ada.must("send-message", id="m1", text="x")
    for _ in range(2):
        await ada.must("set-reaction", roomId=room, messageId="m1", emoji="❤")
    await tutor.must("set-reaction", roomId=room, messageId="m1", emoji="❤️")  # the same with its selector
    told = await ada.wait("reaction-changed", lambda data: data["userId"] == "T")
    assert (told["emoji"], told["count"], told["seq"]) == ("❤️", 2, 3)
    for emoji in "😀😁😂😃😄😅😆😇😈":
        await ada.must("set-reaction", roomId=room, messageId="m1", emoji=emoji)
    assert await ada.refused("set-reaction", roomId=room, messageId="m1", emoji="😉") == "bad_request"
    [message] = await (await person(live, "student", "Ada")).messages(room)
    assert message["reactions"][0] == {"emoji": "❤️", "count": 2, "userIds": ["Ada", "T"]}
    assert len(message["reactions"]) == 10
