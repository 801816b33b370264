"""REST, health, the web client's files, and the headers on all of them."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest

from tests.integration.signaling.harness import CLASS, Harness, config, serving

pytestmark = pytest.mark.integration

ALL = "/api/v1/live-classes"
ONE = f"{ALL}/{CLASS}"


async def test_plan_start_end_and_start_again(planned: Harness) -> None:
    tutor = planned.token("tutor")
    status, listed = await planned.rest("GET", ALL, planned.token("student"))
    assert status == 200
    assert [(item["id"], item["status"], item["sessionId"]) for item in listed["items"]] == [
        (CLASS, "scheduled", None)
    ]
    first = await planned.start()
    status, live = await planned.rest("GET", ONE, planned.token("guest"))
    assert (live["status"], live["sessionId"], live["endedAt"]) == ("live", first, None)
    assert live["startedAt"].endswith("Z")
    status, problem = await planned.rest("POST", f"{ONE}/start", tutor)
    assert (status, problem["code"], problem["sessionId"]) == (409, "already_live", first)
    status, ended = await planned.rest("POST", f"{ONE}/end", tutor)
    assert (status, ended["status"], ended["sessionId"]) == (200, "ended", first)
    status, problem = await planned.rest("POST", f"{ONE}/end", tutor)
    assert (status, problem["code"]) == (409, "not_live")
    assert await planned.start() != first


async def test_a_live_class_says_how_many_are_there(planned: Harness) -> None:
    async def count(path: str = ONE) -> int:
        _, found = await planned.rest("GET", path, planned.token("student"))
        return int((found["items"][0] if path == ALL else found)["participantCount"])

    assert await count() == 0
    await planned.start()
    assert await count() == 0
    tutor, student = await planned.join("tutor"), await planned.join("student")
    assert (await count(), await count(ALL)) == (2, 2)
    assert student.joined["snapshot"]["liveClass"]["participantCount"] == 2
    await student.must("leave-session")
    assert await count() == 1
    await tutor.must("end-session")
    ended = await student.wait("live-class-ended")
    assert ended["liveClass"]["participantCount"] == await count() == 0


async def test_of_many_starts_at_once_exactly_one_wins(planned: Harness) -> None:
    tutor = planned.token("tutor")
    answers = await asyncio.gather(*(planned.rest("POST", f"{ONE}/start", tutor) for _ in range(10)))
    assert sorted(status for status, _ in answers) == [200] + [409] * 9
    assert len({body["sessionId"] for _, body in answers}) == 1


async def test_only_tutors_of_the_course_act(planned: Harness) -> None:
    for role in ("student", "guest"):
        token = planned.token(role)
        for method, path, body in (
            ("POST", ALL, {"title": "x"}),
            ("POST", f"{ONE}/start", None),
            ("POST", f"{ONE}/end", None),
            ("GET", f"{ONE}/attendance", None),
        ):
            status, problem = await planned.rest(method, path, token, body)
            assert (status, problem["code"]) == (403, "forbidden")
    stranger = planned.token("tutor", course="history")
    for method, path in (
        ("GET", ONE),
        ("POST", f"{ONE}/start"),
        ("POST", f"{ONE}/end"),
        ("GET", f"{ONE}/attendance"),
    ):
        status, problem = await planned.rest(method, path, stranger)
        assert (status, problem["code"]) == (404, "not_found")
    assert (await planned.rest("GET", ALL, stranger))[1] == {"items": [], "nextCursor": None}


async def test_bad_requests_are_problems(planned: Harness) -> None:
    tutor = planned.token("tutor")
    bodies: list[object] = [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "x", "id": "a b"},
        {"title": "x", "y": 1},
        [],
        5,
    ]
    for body in bodies:
        status, problem = await planned.rest("POST", ALL, tutor, body)
        assert (status, problem["code"]) == (400, "bad_request")
    status, problem = await planned.rest("POST", ALL, tutor, {"title": "again", "id": CLASS})
    assert (status, problem["code"]) == (409, "already_exists")
    status, problem = await planned.rest("POST", ALL, tutor, {"title": "x" * 100_000})
    assert (status, problem["code"]) == (413, "too_large")
    for path in ("/api/v2", "/api/v1", f"{ALL}/none"):
        status, problem = await planned.rest("GET", path, tutor)
        assert (status, problem["code"]) == (404, "not_found")
    async with planned.http.get(planned.url + ALL, headers={"Authorization": "Basic x"}) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_health_counts_and_says_when_the_media_plane_is_down(live: Harness) -> None:
    await live.join("student")
    status, health = await live.rest("GET", "/healthz")
    assert status == 200
    assert health["status"] == "ok"
    assert (health["sessions"], health["participants"]) == (1, 1)
    assert (health["mediaWorkers"], health["mediaWorkersAlive"]) == (1, 1)
    assert health["uptimeSeconds"] >= 0
    live.plane.pids = []
    status, health = await live.rest("GET", "/healthz")
    assert (status, health["status"]) == (503, "degraded")


async def test_without_a_built_client_a_page_says_so(planned: Harness) -> None:
    async with planned.http.get(f"{planned.url}/class/demo") as answer:
        assert answer.status == 503
        assert answer.content_type == "text/html"
        assert "not built" in await answer.text()


async def test_the_web_client_is_served(tmp_path: Path) -> None:
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<title>Podium</title>")
    (web / "assets" / "app-1a2b.js").write_text("1")
    (web / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(b"packed"))
    (tmp_path / "private.txt").write_text("private")
    (web / "link.txt").symlink_to(tmp_path / "private.txt")
    async with serving(config(tmp_path)) as harness:
        for path in ("/", "/class/demo", "/index.html"):
            async with harness.http.get(harness.url + path) as answer:
                assert answer.status == 200
                assert await answer.text() == "<title>Podium</title>"
                assert answer.headers["Cache-Control"] == "no-cache"
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
        script = f"{harness.url}/assets/app-1a2b.js"
        # packed by the build, for those who take it
        for accepted, text, encoding in (("identity", "1", None), ("gzip", "packed", "gzip")):
            async with harness.http.get(script, headers={"Accept-Encoding": accepted}) as answer:
                assert (answer.status, await answer.text()) == (200, text)
                assert answer.content_type.endswith("/javascript")
                assert answer.headers.get("Content-Encoding") == encoding
                assert answer.headers.get("Vary") == (encoding and "Accept-Encoding")
        async with harness.http.get(script) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert "javascript" in answer.content_type
        for path in (
            "/assets/none.js",
            "/missing.png",
            "/..%2fprivate.txt",
            "/%2e%2e/private.txt",
            "/link.txt",
            "/a%00b",
            f"/{'a' * 300}",
        ):
            async with harness.http.get(harness.url + path) as answer:
                assert answer.status == 404, path
                assert "private" not in await answer.text()
        async with harness.http.post(f"{harness.url}/class/demo") as answer:
            assert answer.status == 405


async def test_other_origins_need_a_setting(tmp_path: Path) -> None:
    settings = config(tmp_path)
    lms = "https://lms.example"
    http = type(settings.http)(host="127.0.0.1", port=0, cors_origins=[lms])
    settings = type(settings)(data_dir=settings.data_dir, auth=settings.auth, http=http)
    async with serving(settings) as harness:
        for origin, allowed in ((lms, lms), ("https://evil.example", None)):
            async with harness.http.options(harness.url + ALL, headers={"Origin": origin}) as answer:
                assert answer.status == 204
                assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        async with harness.http.get(harness.url + ALL, headers={"Origin": lms}) as answer:
            assert answer.status == 401
            assert answer.headers["Access-Control-Allow-Origin"] == lms
        url = f"{harness.url}/socket.io/?EIO=4&transport=websocket"
        async with harness.http.ws_connect(url, origin=lms) as socket:
            assert (await socket.receive()).data.startswith("0{")
