"""What comes in from outside: JSON that fits its type and cannot be used all the same; cursors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import cursors
from signaling.errors import BadRequest
from signaling.incoming import YEARS, check, decode


class Inner(msgspec.Struct):
    text: str = ""
    at: datetime | None = None


class Outer(msgspec.Struct):
    inner: list[Inner] = []
    named: dict[str, int] = {}


DECODER = msgspec.json.Decoder(Outer)

BAD = [
    b"",
    b"{",
    b"\xff",
    b'{"inner": [{"text": "\xed\xa0\x80"}]}',
    b'{"inner": [{"text": "a\\u0000b"}]}',
    b'{"inner": [{"text": "\\ud800"}]}',
    b'{"inner": [{"text": "\\udc00 x"}]}',
    b'{"inner": [{"at": "0001-01-01T00:00:00+05:00"}]}',
    b'{"inner": [{"at": "9999-12-31T23:59:59-05:00"}]}',
    b'{"inner": [{"at": "2026-01-01T00:00:00"}]}',
    b'{"inner": [{"at": "2026-02-30T00:00:00Z"}]}',
    b'{"named": {"x": 9007199254740992}}',
    b'{"named": {"x": -99999999999999999999999}}',
    b'{"named": {"x": 1e999}}',
    b'{"named": {"a\\u0000": 1}}',
    b'{"inner": ' + b"[" * 100_000,
    b'{"unknown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]


@pytest.mark.parametrize("data", BAD, ids=lambda data: repr(data[:40]))
def test_what_cannot_be_used_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        decode(DECODER, data)


def test_all_else_passes() -> None:
    data = '{"inner": [{"text": "é😀\\ud83d\\ude00\\t", "at": "2026-11-21T10:00:00+05:30"}], "named": {"x": 1}}'
    found = decode(DECODER, data.encode())
    assert found.inner[0].text == "é😀😀\t"


@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]))
)
def test_a_moment_that_passes_can_be_moved_to_utc_and_by_years(moment: datetime) -> None:
    try:
        check(moment)
    except BadRequest:
        assert moment.year not in YEARS
    else:
        assert moment.astimezone(UTC) + timedelta(days=3650) > moment


keys = st.tuples(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2199, 12, 30), timezones=st.just(UTC)),
    st.text(max_size=64).filter(lambda text: "\0" not in text and text.isprintable()),
    st.integers(-(2**53) + 1, 2**53 - 1),
)


@given(keys)
def test_a_cursor_comes_back_as_it_was(key: tuple[datetime, str, int]) -> None:
    assert cursors.decode(cursors.encode(*key), tuple[datetime, str, int]) == key


@given(st.text())
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        cursors.decode(cursor, tuple[datetime, str])


@pytest.mark.parametrize("key", [(1,), ("a", "b"), (1, "a", 2), (1, "a\0"), (2**60, "a")])
def test_a_cursor_of_another_list_is_refused(key: tuple[int, str]) -> None:
    with pytest.raises(BadRequest):
        cursors.decode(cursors.encode(*key), tuple[int, str])
