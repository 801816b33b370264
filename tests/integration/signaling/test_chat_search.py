"""Searching what was said: only where one may read, by words, and with any input."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.signaling.chat_support import ROOMS, Person, course_room, direct_room, person
from tests.integration.signaling.harness import Harness

pytestmark = pytest.mark.integration


async def search(who: Person, words: str, more: str = "") -> list[str]:
    answer = await who.must("GET", f"/api/v1/chat-search?q={quote(words, safe='')}{more}")
    return [hit["message"]["id"] for hit in answer["items"]]


async def test_searching(planned: Harness) -> None:
    tutor, ada, ben = [
        await person(planned, role, name)
        for role, name in (("tutor", "T"), ("student", "Ada"), ("student", "Ben"))
    ]
    stranger = await person(planned, "student", "Stranger", course="other")
    room, direct = await course_room(tutor), await direct_room(ada, tutor)
    await tutor.say(room, "m1", "The derivative of a <b>sum</b> is the sum of the derivatives")
    await ada.say(room, "m2", "Was ist die Lösung der zweiten Aufgabe? naïve")
    await ada.say(direct, "d1", "A private question about derivatives")
    await tutor.say(room, "m3", "x_1 + C++ 100% it's fine")
    assert await search(tutor, "derivatives") == ["d1", "m1"]
    assert await search(ben, "derivatives") == ["m1"]
    assert await search(stranger, "derivatives") == []
    assert await search(ada, "DERIV sum") == ["m1"]
    assert await search(ada, '"of the derivatives"') == ["m1"]
    assert await search(ada, '"derivatives the"') == []
    assert await search(ada, "derivatives -private") == ["m1"]
    assert await search(ada, "lösung zweiten") == ["m2"]
    assert await search(ada, "derivatives", f"&roomId={direct}") == ["d1"]
    assert await ben.refused("GET", f"/api/v1/chat-search?q=x&roomId={direct}") == "not_found"
    page = await tutor.must("GET", "/api/v1/chat-search?q=derivatives&limit=1")
    assert await search(tutor, "derivatives", f"&limit=1&cursor={page['nextCursor']}") == ["m1"]
    [hit] = (await ben.must("GET", "/api/v1/chat-search?q=sum"))["items"]
    assert hit["snippet"] == [
        {"text": "The derivative of a <b>", "isMatch": False},
        {"text": "sum", "isMatch": True},
        {"text": "</b> is the ", "isMatch": False},
        {"text": "sum", "isMatch": True},
        {"text": " of the derivatives", "isMatch": False},
    ]
    await tutor.must("PATCH", f"{ROOMS}/{room}/messages/m1", {"text": "It is linear"})
    assert await search(ben, "derivatives") == []
    assert await search(ben, "linear") == ["m1"]
    await tutor.must("DELETE", f"{ROOMS}/{room}/messages/m1")
    assert await search(ben, "linear") == []

    for hostile in (
        *(
            '"',
            "''",
            "*",
            "a AND",
            "NOT",
            "a NEAR(b",
            "text:x",
            "(",
            ")",
            "-",
            "^a",
            "a*b",
            "{a b}: c",
            "&",
            "a & | b",
        ),
        *(
            "'; DROP TABLE chat_message; --",
            "a:*",
            "<->",
            "!",
            "!!!x",
            "\\",
            "%",
            "_",
            "😀",
            "x'y",
            "💩*",
            "a\tb\nc",
        ),
    ):
        await search(ada, hostile)


async def test_no_query_fails(planned: Harness) -> None:
    ada = await person(planned, "student", "Ada")
    await ada.say(await course_room(ada), "m1", "AND OR NOT NEAR text it's x")
    control = planned.server.control

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60), max_size=20
        )
    )
    def collect(found: list[str]) -> None:
        queries.extend(found)

    queries: list[str] = []
    collect()
    from signaling.protocol.chat_history import ChatSearchQuery

    who = await planned.server.control.access.identify(ada.token)
    for words in dict.fromkeys(queries[:400]):
        answer = await control.chat.search.search(who, ChatSearchQuery(q=words))
        for hit in answer.items:
            assert "".join(piece.text for piece in hit.snippet).strip("…") in hit.message.text
