"""Rules about files that no linter knows."""

import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[3]
MOST_LINES = 400
PACKAGES = ("sfu", "signaling", "demo", "bench")
IMPORT_ALL = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"


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


def test_each_module_can_be_imported_first() -> None:
    """All can be imported, and no import leads back to where it began: so the order does not matter."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    needed = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert len(needed) > 20
    for module, imported in needed.items():
        for name in tuple(imported):  # with a module comes what its package does, seen from outside of that
            while "." in name:
                name = name.rpartition(".")[0]
                if not f"{module}.".startswith(f"{name}."):
                    imported.add(name)
    TopologicalSorter(needed).prepare()
    modules = sorted(name for name in graph.modules if not name.endswith("__main__") and "migrations" not in name)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *modules], cwd=ROOT, capture_output=True, text=True, check=False
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
