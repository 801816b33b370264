"""What people write, made harmless to show: names in one line, texts in several.

HTML, SQL and quotes are text like any other: they are escaped where they are shown, and bound where they are
stored. Removed is only what makes a text look like another: control characters, invisible ones, and those that
turn the direction of what follows (Unicode TR36, section 3).
"""

from __future__ import annotations

import re
import unicodedata

MOST_NAME = 100

_JOINERS = "\u200c\u200d"
"""Part of words in Persian and Indic scripts, and of emoji."""
_MARKS = "\u200e\u200f\u061c"
"""Direction marks: they turn nothing but the neutral character beside them."""
_MOST_COMBINING = 4
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_LOOSE_JOINERS = re.compile(f"(?:^|(?<= ))[{_JOINERS}]+|[{_JOINERS}]+(?= |$)")


def clean_name(text: str, most: int = MOST_NAME) -> str:
    """A name, title or label: one line, NFC, single spaces, nothing invisible. Raises ValueError, whose text is
    for the person who wrote it, when nothing is left or more than ``most`` characters are."""
    kept: list[str] = []
    combining = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Zs", "Zl", "Zp") or char in "\t\n\r":
            char = " "
        elif char in _INVISIBLE_LETTERS or (category in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in _JOINERS):
            continue
        combining = combining + 1 if category in ("Mn", "Me") else 0
        if combining <= _MOST_COMBINING:
            kept.append(char)
    name = " ".join("".join(kept).split())
    name = " ".join(_LOOSE_JOINERS.sub("", name).split())
    if not name:
        raise ValueError("a name is needed, with at least one visible character")
    if len(name) > most:
        raise ValueError(f"a name may have {most} characters")
    return name


def clean_text(text: str) -> str:
    """A text of several lines: NFC, line feeds for line ends, without control characters and without what turns
    the direction of the rest. Spaces, tabs and indentation stay; it may be empty."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in unicodedata.normalize("NFC", text) if _is_text(char))


def _is_text(char: str) -> bool:
    if char in "\n\t" or char in _JOINERS or char in _MARKS:
        return True
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _TURNING
