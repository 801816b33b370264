"""REST with requests that no client of ours makes: refused precisely, early, and never a failure of the server."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from tests.integration.signaling.harness import CLASS, Harness

pytestmark = pytest.mark.integration

ALL = "/api/v1/live-classes"
ONE = f"{ALL}/{CLASS}"
JSON = {"Content-Type": "application/json"}


async def send(
    harness: Harness, body: bytes, headers: dict[str, str] | None = None, path: str = ALL
) -> tuple[int, str]:
    """Post raw bytes as a tutor; the status and the code."""
    headers = {**(JSON if headers is None else headers), "Authorization": f"Bearer {harness.token('tutor')}"}
    async with harness.http.post(harness.url + path, data=body, headers=headers) as answer:
        found = await answer.json(content_type=None)
        return answer.status, found.get("code", "")


BAD_BODIES = {
    "no JSON": b"title=x",
    "half": b'{"title": "x"',
    "more than one": b'{"title": "x"} {}',
    "not UTF-8": b'{"title": "\xff\xfe"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "NUL": b'{"title": "a\\u0000b"}',
    "half a surrogate pair": b'{"title": "\\ud800"}',
    "encoded surrogate": b'{"title": "\xed\xa0\x80"}',
    "deep": b'{"title": ' + b"[" * 60_000,
    "deep where nothing is known": b'{"title": "x", "y": ' + b'{"a":' * 10_000,
    "a huge number": b'{"title": 1e999}',
    "a number of 60,000 digits": b'{"title": ' + b"9" * 60_000 + b"}",
    "null": b"null",
    "a list": b"[]",
    "nothing": b"",
    "blank": b"   ",
}


async def test_a_body_that_does_not_fit_is_refused(planned: Harness) -> None:
    for kind, body in BAD_BODIES.items():
        assert await send(planned, body) == (400, "bad_request"), kind
    _, listed = await planned.rest("GET", ALL, planned.token("tutor"))
    assert len(listed["items"]) == 1


async def test_of_two_fields_of_one_name_the_last_counts(planned: Harness) -> None:
    assert (await send(planned, b'{"title": "first", "title": "second", "id": "twice"}'))[0] == 201
    _, found = await planned.rest("GET", f"{ALL}/twice", planned.token("tutor"))
    assert found["title"] == "second"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "%%%"]
)
async def test_a_body_of_another_type_is_refused(planned: Harness, media_type: str) -> None:
    body = json.dumps({"title": "x"}).encode()
    assert await send(planned, body, {"Content-Type": media_type}) == (415, "unsupported_type")
    assert (await send(planned, body, {"Content-Type": "application/json;charset=UTF-8"}))[0] == 201


async def test_ten_megabytes_are_refused_when_they_are_announced(planned: Harness) -> None:
    """The answer comes while nothing of the body was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", planned.server.port)
    writer.write(head(planned, "Content-Length: 10000000"))
    async with asyncio.timeout(30):
        assert (await reader.readline()).split()[1] == b"413"
        writer.write(b" " * 10_000_000)
        await writer.drain()
        await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_a_body_without_an_announced_length_is_read_no_further_than_allowed(planned: Harness) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", planned.server.port)
    writer.write(head(planned, "Transfer-Encoding: chunked"))
    answer, chunks = asyncio.create_task(reader.readline()), 0
    async with asyncio.timeout(30):
        while not answer.done():
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)
            chunks += 1
        assert (await answer).split()[1] == b"413"
        writer.write(b"0\r\n\r\n")
        await reader.read()
    assert 2 <= chunks < 100
    writer.close()
    await writer.wait_closed()


def head(harness: Harness, length: str) -> bytes:
    lines = (
        f"POST {ALL} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {harness.token('tutor')}",
        "Content-Type: application/json",
        "Connection: close",
        length,
    )
    return "\r\n".join((*lines, "", "")).encode()


@pytest.mark.parametrize("packed", [gzip.compress(b'{"title": "' + b"x" * 5_000_000 + b'"}'), b"no gzip at all"])
async def test_a_packed_body_is_refused(planned: Harness, packed: bytes) -> None:
    for coding in ("gzip", "deflate", "br", "x"):
        found = await send(planned, packed, {**JSON, "Content-Encoding": coding})
        assert found == (415, "unsupported_type")


BAD_IDS = [
    "a b",
    "..",
    "%2e%2e%2fetc",
    "%00",
    "a%00b",
    "x" * 65,
    "ä",
    "a%0ab",
    "'; DROP TABLE course; --",
    "{id}",
    "%ff",
]


async def test_an_id_that_is_none_is_refused(planned: Harness) -> None:
    for bad in BAD_IDS:
        reader, writer = await asyncio.open_connection("127.0.0.1", planned.server.port)
        path = bad.replace(" ", "%20").replace("ä", "%C3%A4")
        head = f"GET {ALL}/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {planned.token('tutor')}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode())
        async with asyncio.timeout(30):
            assert (await reader.readline()).split()[1] in (b"400", b"404"), bad
        writer.close()
        await writer.wait_closed()


async def test_a_query_that_does_not_fit_is_refused(planned: Harness) -> None:
    tutor = planned.token("tutor")
    for query in (
        *("colour=red", "courseId=a&courseId=b", "courseId=", "courseId=a%00b", "courseId=%ff", "course_id=a"),
        *("limit=0", "limit=-1", "limit=1e3", "limit=201", "limit=99999999999999999999", "limit=%EF%BC%91"),
        *("cursor=", "cursor=x", "cursor=e30", "cursor=WzFd", "cursor=%00", "cursor=" + "A" * 2000),
    ):
        status, problem = await planned.rest("GET", f"{ALL}?{query}", tutor)
        assert (status, problem["code"]) == (400, "bad_request"), query


async def test_another_method_is_refused_with_those_that_are_there(planned: Harness) -> None:
    headers = {"Authorization": f"Bearer {planned.token('tutor')}"}
    for method, path, allowed in (
        ("POST", f"{ONE}/attendance", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", ALL, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", f"{ONE}/start", {"OPTIONS", "POST"}),
        ("DELETE", f"{ONE}/start", {"OPTIONS", "POST"}),
    ):
        async with planned.http.request(method, planned.url + path, headers=headers) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (405, "method_not_allowed")
            assert set(answer.headers["Allow"].split(",")) == allowed
    async with planned.http.options(planned.url + f"{ONE}/start") as answer:
        assert (answer.status, answer.headers["Allow"]) == (204, "POST, OPTIONS")


async def test_head_answers_as_get_without_a_body(planned: Harness) -> None:
    headers = {"Authorization": f"Bearer {planned.token('tutor')}"}
    async with planned.http.get(planned.url + ONE, headers=headers) as answer:
        length = len(await answer.read())
    async with planned.http.head(planned.url + ONE, headers=headers) as answer:
        assert (answer.status, answer.content_length, await answer.read()) == (200, length, b"")
    async with planned.http.head(planned.url + ONE) as answer:
        assert (answer.status, await answer.read()) == (401, b"")


async def test_a_header_that_is_no_token_is_refused(planned: Harness) -> None:
    bad = ("Bearer", "Bearer ", "Bearer a.b.c", "bearer\tx", "Basic eDp5", "Bearer " + "x" * 7000, "Bearer é")
    for header in bad:
        async with planned.http.get(planned.url + ALL, headers={"Authorization": header}) as answer:
            assert answer.status == 401, header
            assert (await answer.json(content_type=None))["code"] == "unauthorized", header
