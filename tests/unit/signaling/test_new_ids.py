"""Ids and seals that are drawn: typed on a command line they must never look like an option, and in a mail or a
chat they must not end with what programs leave out of a link."""

from __future__ import annotations

from signaling.app import new_id
from signaling.tokens import Tokens


def test_an_id_never_looks_like_an_option() -> None:
    # One in 64 would, were it left to chance.
    ids = {new_id() for _ in range(5_000)}
    assert len(ids) == 5_000
    assert not [one for one in ids if one.startswith("-")]


def test_no_link_ends_in_what_is_cut_off_from_links() -> None:
    """One in 32 would: "-" is left out by Android's finder of links, "_" by those of Markdown."""
    tokens = Tokens("a secret of the tests, long enough to sign tokens")
    seals = {tokens.seal("invite", str(number)) for number in range(5_000)}
    assert len(seals) == 5_000
    for drawn in (*seals, *(new_id() for _ in range(5_000))):
        assert drawn[-1].isalnum()
    assert {len(seal) for seal in seals} == {32}
