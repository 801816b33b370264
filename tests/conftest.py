"""What all tests have in common: no task may be left behind; databases to run on."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from tests.support.databases import KINDS, Kind, PostgresCluster

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


def pytest_addoption(parser: pytest.Parser) -> None:
    choices = [*KINDS, "both"]
    parser.addoption("--database", choices=choices, default="both", help="what tests with a database run on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever needs a database runs on each."""
    if "database_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("database_kind", KINDS if chosen == "both" else [chosen], scope="session")


@pytest.fixture
def database_url(database_kind: Kind, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database; "" is SQLite in the data directory."""
    if database_kind == "sqlite":
        yield ""
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    url = cluster.database()
    yield url
    cluster.drop(url)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """The PostgreSQL of this test run; nothing is started before the first database is asked for."""
    cluster = PostgresCluster()
    yield cluster
    cluster.remove()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the check around every asynchronous test, outside of all its other fixtures. What takes long comes
    first, so that two workers end at the same time."""
    items.sort(key=lambda item: not item.get_closest_marker("long"))
    for item in items:
        is_async = isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function)
        if is_async and "e2e" not in item.path.parts:
            item.fixturenames.insert(0, "no_task_left_behind")  # type: ignore[attr-defined]
