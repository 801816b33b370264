"""Presence on one server: told at last as it is, whatever comes and goes meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.services.people.presence_book import PresenceBook

LINGER = timedelta(seconds=2)
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def tell(book: PresenceBook, now: datetime) -> tuple[list[str], list[str]]:
    due = book.due(now, 100)
    book.done(*due, now)
    return due


def test_one_comes_at_once_and_goes_after_a_while() -> None:
    book = PresenceBook(LINGER)
    book.connected("ada", "laptop")
    book.connected("ada", "phone")
    assert tell(book, at(0)) == (["ada"], [])
    assert tell(book, at(0)) == ([], [])
    book.disconnected("ada", "laptop", at(1))
    book.disconnected("ada", "laptop", at(1))
    assert tell(book, at(9)) == ([], [])
    book.disconnected("ada", "phone", at(10))
    assert tell(book, at(11.9)) == ([], [])
    assert tell(book, at(12)) == ([], ["ada"])
    assert tell(book, at(13)) == ([], [])


def test_who_is_back_soon_was_never_gone() -> None:
    book = PresenceBook(LINGER)
    book.connected("ada", "a")
    tell(book, at(0))
    book.disconnected("ada", "a", at(1))
    book.connected("ada", "b")
    assert tell(book, at(10)) == ([], [])
    assert book.online == 1


def test_who_was_gone_before_being_told_is_not_told() -> None:
    book = PresenceBook(LINGER)
    book.connected("ada", "a")
    book.disconnected("ada", "a", at(0))
    assert tell(book, at(10)) == ([], [])


def test_what_changes_while_it_is_told_is_told_next() -> None:
    book = PresenceBook(LINGER)
    book.connected("ada", "a")
    due = book.due(at(0), 100)
    book.disconnected("ada", "a", at(0))
    book.done(*due, at(0))
    due = book.due(at(2), 100)
    assert due == ([], ["ada"])
    book.connected("ada", "b")
    book.done(*due, at(2))
    assert tell(book, at(2)) == (["ada"], [])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["connect", "disconnect", "due", "done"]),
        st.sampled_from(["ada", "ben"]),
        st.sampled_from(["x", "y"]),
        st.floats(0, 3),
    ),
    max_size=40,
)


@given(STEPS)
def test_in_the_end_everybody_knows_who_is_there(steps: list[tuple[str, str, str, float]]) -> None:
    book, now = PresenceBook(LINGER), 0.0
    open_: set[tuple[str, str]] = set()
    said: set[str] = set()
    due: tuple[list[str], list[str]] | None = None

    def done() -> None:
        nonlocal due
        if due is not None:
            assert not set(due[0]) & said, "told twice"
            assert set(due[1]) <= said, "gone without having come"
            said.update(due[0])
            said.difference_update(due[1])
            book.done(*due, at(now))
            due = None

    for step, user, device, seconds in steps:
        now += seconds
        if step == "connect":
            open_.add((user, device))
            book.connected(user, f"{user}-{device}")
        elif step == "disconnect":
            open_.discard((user, device))
            book.disconnected(user, f"{user}-{device}", at(now))
        elif step == "due" and due is None:
            due = book.due(at(now), 100)
        else:
            done()
    done()
    for _ in range(3):
        now += 3
        due = book.due(at(now), 100)
        done()
    assert said == {user for user, _ in open_}
