"""What somebody searches for, and where it is found in a text. Pure; any input is a query.

Words must all be there, each as the beginning of a word; "several words" in quotes as they stand; a minus
takes out what has the word. Upper case and accents make no difference.
Every term is made of letters and digits alone, so
nothing of it can mean anything to a database.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec

from signaling.protocol.chat_history import Fragment

MOST_TERMS = 10
BEFORE, AFTER = 40, 120
"""Characters of a snippet before and after the first match."""

_PART = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORD = re.compile(r"[^\W_]+")


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Words in a row. A term of one word that was not quoted also fits longer words that begin so."""

    words: tuple[str, ...]
    is_prefix: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()


def parse(text: str) -> Query:
    """The query in a text; without anything wanted when there is no word in it."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for found in _PART.finditer(text):
        minus, quoted, bare = found.groups()
        words = tuple(_WORD.findall(unicodedata.normalize("NFC", quoted if quoted is not None else bare)))
        if words:
            term = Term(words=words, is_prefix=quoted is None and len(words) == 1)
            (unwanted if minus else wanted).append(term)
    return Query(wanted=tuple(wanted[:MOST_TERMS]), unwanted=tuple(unwanted[:MOST_TERMS]))


def fts5(query: Query) -> str:
    """The query in the language of SQLite's FTS5; empty when nothing is wanted."""
    if not query.wanted:
        return ""
    wanted = " AND ".join(map(_fts5_term, query.wanted))
    if not query.unwanted:
        return wanted
    return f"({wanted}) NOT ({' OR '.join(map(_fts5_term, query.unwanted))})"


def _fts5_term(term: Term) -> str:
    return f'"{" ".join(term.words)}"{"*" if term.is_prefix else ""}'


def tsquery(query: Query) -> str:
    """The query in the language of PostgreSQL's ``to_tsquery``; empty when nothing is wanted."""
    if not query.wanted:
        return ""
    parts = [_tsquery_term(term) for term in query.wanted]
    parts += [f"!({_tsquery_term(term)})" for term in query.unwanted]
    return " & ".join(parts)


def _tsquery_term(term: Term) -> str:
    words = " <-> ".join(f"'{word}'" for word in term.words)
    return f"{words}:*" if term.is_prefix else f"({words})"


def snippet(text: str, query: Query) -> list[Fragment]:
    """The part of a text around the first match, in pieces of which some are matches."""
    matches = _matches(text, query)
    start, end = 0, len(text)
    if matches:
        start = max(0, matches[0][0] - BEFORE)
        end = min(len(text), max(matches[0][1], matches[0][0] + AFTER))
    else:
        end = min(end, BEFORE + AFTER)
    pieces: list[Fragment] = []
    at = start
    for low, high in matches:
        if low >= end:
            break
        high = min(high, end)
        _add(pieces, text[at:low], is_match=False)
        _add(pieces, text[low:high], is_match=True)
        at = high
    _add(pieces, text[at:end], is_match=False)
    if start > 0:
        pieces.insert(0, Fragment(text="…", is_match=False))
    if end < len(text):
        pieces.append(Fragment(text="…", is_match=False))
    return pieces


def _add(pieces: list[Fragment], text: str, *, is_match: bool) -> None:
    if text:
        pieces.append(Fragment(text=text, is_match=is_match))


def _matches(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the terms are, in order and without overlaps."""
    words = [(_folded(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]
    found: list[tuple[int, int]] = []
    for term in query.wanted:
        folded = [_folded(word) for word in term.words]
        for index in range(len(words) - len(folded) + 1):
            row = words[index : index + len(folded)]
            if _fits(term, folded, [word for word, _, _ in row]):
                found.append((row[0][1], row[-1][2]))
    merged: list[tuple[int, int]] = []
    for low, high in sorted(found):
        if not merged or low >= merged[-1][1]:
            merged.append((low, high))
    return merged


def _fits(term: Term, wanted: list[str], words: list[str]) -> bool:
    return words[0].startswith(wanted[0]) if term.is_prefix else words == wanted


def _folded(word: str) -> str:
    bare = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in bare if not unicodedata.combining(char))
