"""Rosters as CSV: what spreadsheets write, broken lines, and what is no roster at all."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.attendance.table import table
from signaling.errors import BadRequest
from signaling.services.courses.roster_csv import MAX_LINES, BadLine, RosterLine, read_roster


def good(data: bytes) -> list[tuple[int, str, str, str | None, str | None]]:
    lines = read_roster(data)
    assert all(isinstance(line, RosterLine) for line in lines), lines
    return [(x.line, x.name, x.email, x.role, x.section) for x in lines if isinstance(x, RosterLine)]


def bad(data: bytes) -> dict[int, str]:
    return {line.line: line.reason for line in read_roster(data) if isinstance(line, BadLine)}


ADA = (1, "Ada Lovelace", "ada@example.org", None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"Ada Lovelace,ada@example.org",
        b"Ada Lovelace,ada@example.org\n",
        b"\xef\xbb\xbfAda Lovelace,ada@example.org\r\n",
        b"Ada Lovelace;ada@example.org",
        b"Ada Lovelace\tada@example.org",
        b'"Ada Lovelace","ADA@Example.ORG"',
        b"  Ada   Lovelace , ada@example.org ,,\n\n\n",
    ],
)
def test_what_spreadsheets_write_is_read(data: bytes) -> None:
    assert good(data) == [ADA]


def test_columns_by_name_come_in_any_order_and_others_are_passed_over() -> None:
    data = b"Group;E-Mail;Seat;Full_Name;Course Role\nA;ada@example.org;12;Ada Lovelace;Teacher\n"
    data += b";b@example.org;;Bo;\n"
    assert good(data) == [
        (2, "Ada Lovelace", "ada@example.org", "tutor", "A"),
        (3, "Bo", "b@example.org", None, None),
    ]


def test_a_separator_within_quotes_does_not_count() -> None:
    assert good(b'"Love;lace; Ada",ada@example.org')[0][1] == "Love;lace; Ada"


def test_a_quoted_cell_may_have_several_lines_and_lines_are_counted_as_in_the_file() -> None:
    data = b'name,email\n"Ada\nLovelace",ada@example.org\n\nBo,b@example.org\n'
    assert [(line, name) for line, name, *_ in good(data)] == [(2, "Ada Lovelace"), (5, "Bo")]


def test_broken_lines_do_not_stop_the_others() -> None:
    data = "\n".join(
        [
            "name,email,role,section",
            "Ada,ada@example.org,student,A",
            "No Mail,",
            "Bad,not-an-address",
            "Boss,boss@example.org,emperor",
            'Qu"ote,q@example.org',
            '"Qu"ote,q@example.org',
            "Twice,ADA@example.org",
            f"{'x' * 101},long@example.org",
            "\u202e\u200b,invisible@example.org",
            ",known@example.org",
            "Last,last@example.org",
        ]
    ).encode()
    lines = read_roster(data)
    assert [line.email for line in lines if isinstance(line, RosterLine)] == [
        *("ada@example.org", "q@example.org", "known@example.org", "last@example.org"),
    ]
    reasons = bad(data)
    assert reasons.keys() == {3, 4, 5, 7, 8, 9, 10}
    for line, says in {
        3: "no e-mail",
        4: "'not-an-address' is no e-mail",
        5: "no role 'emperor'",
        7: "a quote stands",
        8: "as in line 2",
        9: "100 characters",
        10: "visible",
    }.items():
        assert says in reasons[line]


def test_a_quote_that_is_never_closed_is_named_where_it_opens() -> None:
    data = b'name,email\nAda,ada@example.org\n"Bo,b@example.org\nCy,c@example.org\n'
    assert bad(data) == {3: "a quote is opened here and never closed"}
    assert len(read_roster(data)) == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no lines"),
        (b"\n \n,,\n", "no lines"),
        (b"name,email\n", "no lines"),
        ("Jürgen,j@example.org".encode("latin-1"), "byte 0xfc in line 1"),
        (b"a,a@example.org\n\xff,b@example.org", "byte 0xff in line 2"),
        ("Ada,ada@example.org".encode("utf-16"), "UTF-16"),
        (b"Ada\0,ada@example.org", "U\\+0000"),
        (b"name,role\nAda,student\n", "none is called email"),
        (b"email,e-mail\na,b\n", "email twice"),
        (b"x,y\n" * (MAX_LINES + 1), "more than"),
    ],
)
def test_what_is_no_roster_is_refused_precisely(data: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_roster(data)


@given(data=st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        lines = read_roster(data)
    except BadRequest as error:
        assert str(error)
        return
    for line in lines:
        assert line.line >= 1
        assert isinstance(line, RosterLine) or line.reason


@given(data=st.text(alphabet='a@.,;\t"\n\r =', max_size=80))
def test_no_text_breaks_the_reader(data: str) -> None:
    try:
        read_roster(data.encode())
    except BadRequest as error:
        assert str(error)


names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40)


@given(people=st.lists(names, min_size=1, max_size=8), separator=st.sampled_from(",;\t"))
def test_what_is_written_as_csv_is_read_back(people: list[str], separator: str) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerow(["name", "email"])
    writer.writerows([name, f"p{n}@example.org"] for n, name in enumerate(people))
    lines = read_roster(file.getvalue().encode())
    assert [line.email for line in lines] == [f"p{n}@example.org" for n in range(len(people))]


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@home", "=cmd|'/c calc'!A1"])
def test_an_export_runs_no_formula_and_comes_back_as_it_was(name: str) -> None:
    text = table(("name", "email"), [(name, "a@example.org")])
    assert f"'{name}" in text.replace('"', "")
    assert good(text.encode())[0][1:3] == (name, "a@example.org")
