"""What chat decides without I/O: emoji, names of files, queries, who is typing."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.services.chat.emoji import one_emoji
from signaling.services.chat.file_names import MOST_BYTES, clean_file_name, extension_of
from signaling.services.chat.query import fts5, parse, snippet, tsquery
from signaling.services.chat.typing import TypingBoard

NOW = datetime(2026, 1, 1, tzinfo=UTC)


# --- emoji ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["👍", "👍🏽", "❤️", "👨‍👩‍👧", "🏳️‍🌈", "🇩🇪", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "✅", "🫠", "☺️"],
)
def test_one_emoji_is_kept_as_it_is(text: str) -> None:
    assert one_emoji(text) == text


@pytest.mark.parametrize(("text", "kept"), [("❤", "❤️"), ("✅️", "✅"), ("1⃣", "1️⃣"), ("☺", "☺️")])
def test_the_same_emoji_is_the_same_text(text: str, kept: str) -> None:
    assert one_emoji(text) == kept
    assert one_emoji(kept) == kept


@pytest.mark.parametrize(
    "text", ["", "a", "1", "👍👍", "👍a", "a👍", " 👍", "❶", "\u200d", "🇩", "<b>", "\ufe0f", "🏽"]
)
def test_anything_else_is_none(text: str) -> None:
    assert one_emoji(text) is None


@given(st.text(max_size=8))
def test_what_is_kept_stays(text: str) -> None:
    kept = one_emoji(text)
    assert kept is None or one_emoji(kept) == kept


# --- names of files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\report.pdf", "report.pdf"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("\u202e", "file"),
        (".htaccess", "htaccess"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("com1.txt", "_com1.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("trailing. . .", "trailing"),
        ("  many   spaces .txt", "many spaces.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("\u3164\u2800.png", "png"),
    ],
)
def test_names_of_files(name: str, kept: str) -> None:
    assert clean_file_name(name) == kept


@given(st.text(max_size=300))
def test_a_name_is_always_harmless(name: str) -> None:
    kept = clean_file_name(name)
    assert kept
    assert len(kept.encode()) <= MOST_BYTES + 1  # the mark before what is reserved
    assert not set(kept) & set('/\\<>:"|?*\0\r\n')
    assert not kept.startswith(".")
    assert not kept.endswith((".", " "))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in kept)
    assert clean_file_name(kept) == kept


def test_a_long_name_keeps_its_extension() -> None:
    kept = clean_file_name("ü" * 400 + ".jpeg")
    assert kept.endswith("ü.jpeg")
    assert len(kept.encode()) <= MOST_BYTES
    assert (extension_of("A.PDF"), extension_of("none"), extension_of(".only")) == (".pdf", "", "")


# --- queries ----------------------------------------------------------------------------------------


def test_queries_in_both_languages() -> None:
    query = parse('fractions "least common" -easy -"very hard" it\'s')
    assert fts5(query) == ('("fractions"* AND "least common" AND "it s") NOT ("easy"* OR "very hard")')
    assert tsquery(query) == (
        "'fractions':* & ('least' <-> 'common') & ('it' <-> 's') & !('easy':*) & !(('very' <-> 'hard'))"
    )
    for nothing in ("", "-", '"', "*** !!", "-only -these", "_ _"):
        assert (fts5(parse(nothing)), tsquery(parse(nothing))) == ("", "")


@given(st.text(max_size=100))
def test_a_query_is_made_of_words_alone(text: str) -> None:
    query = parse(text)
    for term in (*query.wanted, *query.unwanted):
        assert all(word and all(char.isalnum() for char in word) for word in term.words)


@given(st.text(max_size=300), st.text(max_size=30))
def test_a_snippet_is_a_part_of_the_text(text: str, words: str) -> None:
    pieces = snippet(text, parse(words))
    assert "".join(piece.text for piece in pieces).strip("…") in text.strip("…") or not text


def test_snippets_show_where_it_is() -> None:
    text = f"{'before ' * 30}Élan vital {'after ' * 60}"
    pieces = snippet(text, parse("elan"))
    assert [piece.text for piece in pieces if piece.is_match] == ["Élan"]
    assert (pieces[0].text, pieces[-1].text) == ("…", "…")
    assert len("".join(piece.text for piece in pieces)) < 200


# --- typing -----------------------------------------------------------------------------------------


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_who_is_typing_is_told_once_a_second_and_forgotten_after_five() -> None:
    board = TypingBoard()
    board.set("r", "a", "Ada", True, at(0))
    [first] = board.due(at(0))
    assert [user.name for user in first.body.users] == ["Ada"]
    board.set("r", "b", "Ben", True, at(0.2))
    assert board.due(at(0.5)) == []
    [second] = board.due(at(1))
    assert ([user.name for user in second.body.users], second.body.count) == (["Ada", "Ben"], 2)
    board.set("r", "a", "Ada", True, at(4))
    assert board.due(at(4)) == []
    [third] = board.due(at(5.2))
    assert [user.name for user in third.body.users] == ["Ada"]
    board.set("r", "a", "Ada", False, at(7))
    [last] = board.due(at(7))
    assert (last.body.users, last.body.count) == ([], 0)
    assert board.due(at(60)) == []


def test_many_typists_are_counted() -> None:
    board = TypingBoard()
    for n in range(300):
        board.set("r", f"u{n}", f"U{n}", True, at(0))
    [event] = board.due(at(0))
    assert (len(event.body.users), event.body.count) == (5, 300)
