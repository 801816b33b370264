"""Podium behind a path prefix, as one site of several on a host: pages, sound and pictures, sign-in, API, WHIP."""

from pathlib import Path

import aiohttp

from tests.support.chromium import Chromium
from tests.support.classroom import Classroom, together
from tests.support.classroom import testid as selector
from tests.support.server import PodiumServer
from tests.support.tab import page_shows


async def test_a_class_behind_a_path_prefix(chromium: Chromium, artifacts: Path, tmp_path: Path) -> None:
    async with (
        PodiumServer(tmp_path, prefix="/school/podium") as server,
        Classroom(server, chromium.tab, artifacts) as classroom,
    ):
        tutor, ada = await classroom.full("Ada")
        await together(tutor.turn("camera", on=True), tutor.turn("mic", on=True))
        await together(ada.sees(tutor), ada.hears_something())
        seat = ada.id
        await ada.refresh()
        assert ada.id == seat
        assert await ada.tab.evaluate("() => location.pathname") == f"/school/podium/class/{classroom.id}"

        visitor = await chromium.tab()
        try:
            await visitor.goto(server.setup_link())
            await page_shows(visitor, "() => !!document.querySelector('[data-testid=setup-page] input')")
            for name, text in {"name": "Emmy", "password": "correct horse"}.items():
                await visitor.fill(f"[name={name}]", text)
            await visitor.click(selector("setup-button"))
            await page_shows(visitor, "() => location.pathname === '/school/podium/'")
            await page_shows(visitor, "() => !!document.querySelector('[data-testid=home-page]')")
            await visitor.reload()
            await page_shows(visitor, "() => !!document.querySelector('[data-testid=home-page]')")
            assert [line for line in visitor.console if line.startswith("uncaught")] == []
        finally:
            await visitor.close()

        async with aiohttp.ClientSession() as http:
            host = server.url.removesuffix("/school/podium")
            async with http.get(host, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, "/school/podium/")
            async with http.get(f"{host}/api/v1/auth/options") as answer:
                assert answer.status == 404, "there is nothing outside of the prefix"
            async with http.get(f"{server.url}/api/docs/") as answer:
                assert answer.status == 200
                assert str(answer.url) == f"{server.url}/api/docs"
            async with http.request("PUT", f"{server.url}/api/v1/me") as answer:
                assert answer.status == 405
                assert "PATCH" in answer.headers["Allow"]
