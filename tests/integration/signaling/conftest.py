"""A server with a planned live class, and one where it has started."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.signaling.harness import Harness, config, serving


@pytest.fixture
async def planned(tmp_path: Path, database_url: str) -> AsyncIterator[Harness]:
    async with serving(config(tmp_path, database_url)) as harness:
        await harness.plan()
        yield harness


@pytest.fixture
async def live(planned: Harness) -> Harness:
    await planned.start()
    return planned
