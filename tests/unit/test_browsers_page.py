"""docs/browsers.md says for each quirk of a browser what handles it: that has to be there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "browsers.md"
PLACES = (ROOT / "web" / "src", ROOT / "tests" / "e2e", ROOT)
NAMED = re.compile(r"`([\w./-]+(?:\.(?:ts|py|svelte|md)|/))`")


def _is_there(name: str) -> bool:
    if any((place / name).exists() for place in PLACES):
        return True
    return name.endswith(".test.ts") and any((ROOT / "web" / "src").rglob(name))


def test_what_handles_a_quirk_is_there() -> None:
    names = NAMED.findall(PAGE.read_text())
    assert len(names) > 50
    assert [name for name in names if not _is_there(name)] == []


def test_every_row_says_what_handles_it_or_why_nothing_does() -> None:
    rows = [line.split("|")[1:-1] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    tables = [row for row in rows if row[0].strip() not in ("quirk", "after")]
    assert len(tables) > 60
    for quirk, *rest in tables:
        assert len(rest) == 2, quirk
        handled, where = (cell.strip() for cell in rest)
        assert handled and where, quirk
        assert where not in ("", "–") or "Not handled" in handled or "There are none" in handled, quirk
