"""Ids that are drawn: typed on a command line they must never look like an option."""

from __future__ import annotations

from signaling.app import new_id


def test_an_id_never_looks_like_an_option() -> None:
    # One in 64 would, were it left to chance.
    ids = {new_id() for _ in range(5_000)}
    assert len(ids) == 5_000
    assert not [one for one in ids if one.startswith("-")]
