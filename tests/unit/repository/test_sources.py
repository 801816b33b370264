"""Rules about files that no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MOST_LINES = 400
PACKAGES = ("sfu", "signaling", "demo", "bench")
IMPORT_EACH_ALONE = """
import os, sys
# once, for speed: not ours
import aiohttp.web, aiortc, aiosmtplib, alembic.command, argon2, asyncpg, icalendar, jwt, msgspec, PIL.Image
import puremagic, pywebpush, redis.asyncio, socketio, sqlalchemy.ext.asyncio, sqlalchemy.dialects.postgresql
running = 0
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            __import__(name)
        except BaseException as error:
            print(f"{name}: {error!r}", flush=True)
        os._exit(0)
    running += 1
    if running == os.cpu_count():
        os.wait()
        running -= 1
while running:
    os.wait()
    running -= 1
"""


def _sources(*suffixes: str) -> list[Path]:
    found = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [
        ROOT / name for name in found.stdout.splitlines() if name.endswith(suffixes) and (ROOT / name).exists()
    ]


def test_no_file_has_grown_too_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for path in _sources(".py", ".ts", ".js", ".svelte", ".css")
        if ".gen." not in path.name
    }
    assert lengths
    assert not {name: lines for name, lines in lengths.items() if lines > MOST_LINES}


def test_each_module_imports_alone() -> None:
    modules = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] != "__main__" and "migrations" not in parts:
                modules.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    assert len(modules) > 20
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH_ALONE, *sorted(modules)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_locked_dependencies_have_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        for entry in re.split(r"\n(?=[a-z])", text):
            assert "--hash=sha256:" in entry, f"{lock.name}: {entry[:60]}"
    package_lock = (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in package_lock
    assert package_lock.count('"integrity"') > 50
