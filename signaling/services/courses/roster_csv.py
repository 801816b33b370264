"""Reads a roster from CSV (RFC 4180, and what spreadsheets make of it): each line for itself.

Columns are ``name,email[,role][,section]`` in this order, or in any order below a line with their names; columns
with other names are passed over. The separator is the comma, semicolon or tab that the first line has most of.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

import msgspec

from signaling.errors import BadRequest
from signaling.protocol.accounts import Email
from signaling.protocol.courses import RosterRole
from signaling.protocol.text import MOST_NAME, clean_name

MAX_LINES = 2000

_COLUMNS: Mapping[str, frozenset[str]] = {
    "name": frozenset({"name", "full name", "display name", "student", "student name"}),
    "email": frozenset({"email", "e-mail", "mail", "email address", "e-mail address"}),
    "role": frozenset({"role", "course role"}),
    "section": frozenset({"section", "group", "class section"}),
}
_ROLES: Mapping[str, RosterRole] = {
    **{"tutor": "tutor", "teacher": "tutor", "instructor": "tutor"},
    **{"student": "student", "learner": "student", "participant": "student"},
}
_QUOTED_FORMULA = re.compile(r"'[=+\-@\t\r]")
_ENDS = "end of data"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class RosterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that can be used. ``email`` is in lower case; ``role`` and ``section`` None: as it is. ``name`` may
    be empty for somebody known."""

    line: int
    name: str
    email: str
    role: RosterRole | None
    section: str | None


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    line: int
    name: str
    email: str
    reason: str


def read_roster(data: bytes) -> list[RosterLine | BadLine]:
    """Every line with something in it. ``line`` counts those of the file from 1. Raises `BadRequest` when nothing
    can be read at all: another encoding, no columns, too many lines."""
    text = _decode(data)
    found: list[RosterLine | BadLine] = []
    places: dict[str, int] | None = None
    seen: dict[str, int] = {}
    for line, cells in _records(text):
        if isinstance(cells, str):
            found.append(BadLine(line=line, name="", email="", reason=cells))
            continue
        if places is None:
            places = _header(cells)
            if places is not None:
                continue
            places = {name: place for place, name in enumerate(_COLUMNS)}
        entry = _line(line, cells, places)
        if isinstance(entry, RosterLine) and (first := seen.setdefault(entry.email, line)) != line:
            reason = f"the same e-mail address as in line {first}"
            entry = BadLine(line=line, name=entry.name, email=entry.email, reason=reason)
        found.append(entry)
        if len(found) > MAX_LINES:
            raise BadRequest(f"the file has more than {MAX_LINES} lines: import it in parts")
    if not found:
        raise BadRequest("the file has no lines; one looks like: Ada Lovelace,ada@example.org,student")
    return found


def _decode(data: bytes) -> str:
    if data.startswith(_UTF16):
        raise BadRequest("the file is UTF-16: save it as CSV in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadRequest(
            f"the file is not UTF-8: byte 0x{data[error.start]:02x} in line {line}; save it as CSV in UTF-8"
        ) from None
    if "\0" in text:
        raise BadRequest("the file is not text: it has the character U+0000")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """The line where each record begins, and its cells or why it has none. Empty ones are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, _broken(error)
            if _ENDS in str(error):
                return
            continue
        if any(cell.strip() for cell in cells):
            yield line, [_plain(cell) for cell in cells]


def _broken(error: csv.Error) -> str:
    if _ENDS in str(error):
        return "a quote is opened here and never closed"
    return "a cell is too long" if "limit" in str(error) else "a quote stands where none may"


def _separator(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = re.sub(r'"[^"]*"', "", first)
    return max((",", ";", "\t"), key=outside.count)


def _plain(cell: str) -> str:
    """Without the quote that keeps a spreadsheet from running a text as a formula."""
    cell = cell.strip()
    return cell[1:] if _QUOTED_FORMULA.match(cell) else cell


def _header(cells: list[str]) -> dict[str, int] | None:
    """The place of each column, None when this line is somebody already. Raises `BadRequest`."""
    names = [" ".join(cell.casefold().replace("_", " ").split()) for cell in cells]
    places: dict[str, int] = {}
    for column, known in _COLUMNS.items():
        found = [place for place, name in enumerate(names) if name in known]
        if len(found) > 1:
            raise BadRequest(f"the first line names the column {column} twice")
        if found:
            places[column] = found[0]
    if any("@" in name for name in names) or not places.keys() & {"name", "email"}:
        return None
    if "email" not in places:
        raise BadRequest("the first line names columns, but none is called email")
    return places


def _line(line: int, cells: list[str], places: Mapping[str, int]) -> RosterLine | BadLine:
    cell = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    email, name = cell["email"].lower(), cell.get("name", "")
    try:
        if not email:
            raise ValueError("there is no e-mail address")
        try:
            msgspec.convert(email, Email)
        except msgspec.ValidationError:
            raise ValueError(f"{email[:64]!r} is no e-mail address") from None
        role_name, section = cell.get("role", ""), cell.get("section", "")
        if role_name and role_name.casefold() not in _ROLES:
            raise ValueError(f"there is no role {role_name[:32]!r}: it is tutor or student")
        return RosterLine(
            line=line,
            name=clean_name(name) if name else "",
            email=email,
            role=_ROLES[role_name.casefold()] if role_name else None,
            section=clean_name(section) if section else None,
        )
    except ValueError as error:
        return BadLine(line=line, name=name[:MOST_NAME], email=email[:254], reason=str(error))
