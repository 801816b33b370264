"""Names and texts: what is left of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.protocol.text import MOST_NAME, clean_name, clean_text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \t\n  Lovelace\u00a0", "Ada Lovelace"),
        ("Ada\u202e\u2066 evol\u2069", "Ada evol"),
        ("A\u0000d\u0007a\u200b\ufeff", "Ada"),
        ("Zoe\u0308", "Zoë"),
        ("نجمه\u200cسادات", "نجمه\u200cسادات"),
        ("👩\u200d🏫 Grace", "👩\u200d🏫 Grace"),
        ("\u200dAda \u200c", "Ada"),
        ("Robert'); DROP TABLE users;--", "Robert'); DROP TABLE users;--"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("Z" + "\u0335" * 50 + "a", "Z" + "\u0335" * 4 + "a"),
    ],
)
def test_a_name_is_one_clean_line(written: str, kept: str) -> None:
    assert clean_name(written) == kept


@pytest.mark.parametrize("written", ["", "   ", "\u202e\u200b\u200d", "\u3164\u2800", "x" * (MOST_NAME + 1)])
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="a name"):
        clean_name(written)


def test_a_text_keeps_its_lines_and_indentation() -> None:
    assert clean_text("a\r\n\tb\rc\u202ed\u0007  e ") == "a\n\tb\ncd  e "
    assert clean_text("") == ""


@given(st.text(max_size=300))
def test_cleaning_twice_is_as_good_as_once(written: str) -> None:
    text = clean_text(written)
    assert clean_text(text) == text
    try:
        name = clean_name(written)
    except ValueError:
        return
    assert clean_name(name) == name
    assert 0 < len(name) <= MOST_NAME
    assert name == name.strip()
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Co", "Zl", "Zp"}
