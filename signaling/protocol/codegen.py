"""``python -m signaling.protocol.codegen [--check]``: write what is generated from the protocol, or check it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from signaling.protocol.reference import reference
from signaling.protocol.typescript import typescript

ROOT = Path(__file__).resolve().parents[2]


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Each generated file and what should be in it."""
    return {
        root / "web" / "src" / "protocol" / "protocol.gen.ts": typescript(),
        root / "docs" / "protocol.md": reference(),
    }


def stale(root: Path = ROOT) -> list[Path]:
    """The generated files that are missing or differ from what would be written."""
    return [
        path
        for path, text in generated(root).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m signaling.protocol.codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    outdated = stale()
    if parser.parse_args(arguments).check:
        for path in outdated:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run python -m signaling.protocol.codegen\n")
        return 1 if outdated else 0
    for path in outdated:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
