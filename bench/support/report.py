"""The measured parts of docs/performance.md: written between two markers, so that the prose around stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.support.figures import Table

BEGIN: Final = '<!-- bench:begin (written by `make bench ARGS="--write docs/performance.md"`) -->'
END: Final = "<!-- bench:end -->"
MEDIA: Final = (BEGIN, END)
CONTROL: Final = (
    '<!-- control:begin (written by `make bench-control ARGS="--write docs/performance.md"`) -->',
    "<!-- control:end -->",
)
LINES: Final = (
    "<!-- lines:begin (written by `python -m bench.lines --write docs/low-bandwidth.md`) -->",
    "<!-- lines:end -->",
)
STEPS: Final = (
    "<!-- steps:begin (written by `python -m bench.steps --write docs/low-bandwidth.md`) -->",
    "<!-- steps:end -->",
)
PAGE_LOAD: Final = (
    "<!-- page-load:begin (written by `python -m bench.page_load --write docs/performance.md`) -->",
    "<!-- page-load:end -->",
)
SIMULATIONS: Final = (
    "<!-- simulations:begin (written by `python -m bench.simulations --write docs/low-bandwidth.md`) -->",
    "<!-- simulations:end -->",
)


def markdown(machine: str, other_load: float, tables: Sequence[Table]) -> str:
    """``other_load``: the share of the machine that other programs took meanwhile."""
    head = f"Measured on {machine}. Other programs took {other_load:.0%} of the machine meanwhile."
    return "\n\n".join([head, *(table.markdown() for table in tables)])


def replace_section(page: str, body: str, part: tuple[str, str] = MEDIA) -> str:
    """The page with ``body`` between the part's markers. Raises ValueError when it has not both, in this order."""
    first, last = part
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the page has no section between {first!r} and {last!r}")
    return f"{before}{begin}\n\n{body}\n\n{end}{after}"


class Page:
    """Where figures go: to the terminal, and into their part of a page if there is one."""

    def __init__(self, path: Path | None, part: tuple[str, str]) -> None:
        """Raises ValueError for a page without that part: better now than after minutes of measuring."""
        self._path = path
        self._part = part
        if path is not None:
            replace_section(path.read_text(), "", part)

    def publish(self, text: str) -> None:
        print(text)
        if self._path is not None:
            self._path.write_text(replace_section(self._path.read_text(), text, self._part))
