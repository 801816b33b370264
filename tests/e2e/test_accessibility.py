"""Every screen of the client as axe sees it, on a desktop and a phone, in both themes."""

from pathlib import Path

import pytest

from tests.support.accessibility import violations
from tests.support.chromium import Chromium
from tests.support.school import open_school
from tests.support.screens import Walk
from tests.support.server import PodiumServer


@pytest.mark.long
@pytest.mark.parametrize("device", ["desktop", "phone"])
async def test_no_screen_keeps_anybody_out(device: str, chromium: Chromium, tmp_path: Path) -> None:
    async with PodiumServer(tmp_path) as server:
        walk = Walk(await open_school(server), chromium, phone=device == "phone")
        found: dict[str, list[str]] = {}
        seen: list[str] = []
        async for name, tab in walk.screens():
            seen.append(name)
            if wrong := await violations(tab):
                found[name] = wrong
        assert len(seen) > 40, "the walk has become shorter"
        assert found == {}
        assert walk.complaints() == []
