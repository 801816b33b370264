"""``python -m bench``: every measurement, in about six minutes; prints Markdown, or writes it into a page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import uvloop

from bench import end_to_end, fanout, joins
from bench.support.figures import Table
from bench.support.machine import OtherLoad, describe
from bench.support.report import markdown, replace_section


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the media plane.")
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="put the figures between the markers of this page"
    )
    arguments = parser.parse_args()
    page: Path | None = arguments.write
    if page is not None:
        replace_section(page.read_text(), "")  # better to fail now than in six minutes
    parts: list[tuple[str, Callable[[], list[Table]]]] = [
        ("the fan-out loop", fanout.run),
        ("a whole class", lambda: uvloop.run(end_to_end.run())),
        ("a rush of joins", lambda: uvloop.run(joins.run())),
    ]
    others = OtherLoad()
    tables: list[Table] = []
    for name, measure in parts:
        print(f"measuring {name} …", file=sys.stderr)
        tables += measure()
    text = markdown(describe(), others.share(), tables)
    print(text)
    if page is not None:
        page.write_text(replace_section(page.read_text(), text))


if __name__ == "__main__":
    main()
