"""What all tests have in common: no task may be left behind."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

# How long an example takes says nothing on a busy machine. With CI set, hypothesis repeats its choices by itself.
settings.register_profile("podium", settings(), deadline=None)
settings.load_profile("podium")


@pytest.fixture
async def no_task_left_behind() -> AsyncIterator[None]:
    """Fails a test that ends with tasks still running: whoever starts a task owns it and ends it."""
    before = asyncio.all_tasks()
    yield
    for _ in range(3):  # what was cancelled may need a turn of the loop to end
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]
    assert not left, f"tasks left behind: {left}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the check around every asynchronous test, outside of all its other fixtures."""
    for item in items:
        is_async = isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function)
        if is_async and "e2e" not in item.path.parts:
            item.fixturenames.insert(0, "no_task_left_behind")  # type: ignore[attr-defined]
