"""The documentation holds together: every link leads somewhere, every dependency is explained."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    headings = HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = match[1] or match[2]
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        is_there = file.exists() and (not anchor or file.suffix != ".md" or anchor in _anchors(file))
        if not is_there:
            broken.append(target)
    assert not broken


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name}" not in readme]
    assert not missing


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *chain(*project["dependency-groups"].values())]
    names = {re.split(r"[\[<>=;]", line)[0].strip() for line in wanted}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))
    assert names <= explained


def test_every_flow_of_people_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    flows = page.partition("## Flows of people")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in flows.splitlines() if re.match(r"\| (R\d|all)", line)]
    assert len(rows) > 25
    for flow, tests, sizes in rows:
        names = re.findall(r"`(test_\w+)`", tests)
        assert names, flow
        assert [name for name in names if not (ROOT / "tests" / "e2e" / f"{name}.py").exists()] == []
        assert sizes.strip() in ("D", "P", "DP"), flow
