"""What is wrong with a page for those who do not see it or do not point: axe, and what the live regions said."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, Final

from tests.support.tab import Tab

_AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_ISOLATES: Final = re.compile("[\u2066-\u2069]")
"""They keep the direction of names apart, and are neither seen nor heard."""

# A menu is found by the button that opens it, as a dialog is: neither belongs to a landmark.
_RUN = """async rules => {
    const regionMatcher = 'dialog, svg, [role=dialog], [role=menu]'
    axe.configure({ checks: [{ id: 'region', options: { regionMatcher } }] })
    const found = await axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })
    return found.violations.flatMap(({ id, nodes }) =>
        nodes.map(node => `${id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll(/\\s+/g, ' ')}`))
}"""

_WEAR = """theme => {
    document.documentElement.dataset.theme = theme
    // colours fade from one theme to the other: what is looked at is the end of it
    for (const animation of document.getAnimations())
        if (Number.isFinite(animation.effect.getComputedTiming().endTime)) animation.finish()
}"""

LISTEN: Final = """() => {
    const heard = window.__heard = []
    const watch = region => new MutationObserver(changes => {
        for (const { addedNodes } of changes)
            for (const node of addedNodes)
                if (node.textContent?.trim()) heard.push(node.textContent.trim())
    }).observe(region, { childList: true, subtree: true })
    for (const region of document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log]'))
        watch(region)
}"""
"""Writes down what is said from now on by the live regions that are there."""


@functools.cache
def _axe() -> str:
    return _AXE.read_text(encoding="utf-8")


async def violations(tab: Tab, themes: tuple[str, ...] = ("light", "dark")) -> list[str]:
    """What axe finds in each theme by the rules of WCAG 2.2 A and AA, and by those of good practice."""
    await tab.evaluate(f"() => {{ if (!window.axe) {{ {_axe()} }} }}")
    found: list[str] = []
    before = await tab.evaluate("() => document.documentElement.dataset.theme")
    for theme in themes:
        await tab.evaluate(_WEAR, theme)
        found += [f"{theme}: {one}" for one in await tab.evaluate(_RUN, list(_RULES))]
    await tab.evaluate(_WEAR, before)
    return found


async def heard(tab: Tab) -> list[str]:
    """What the live regions said since `LISTEN` was called there."""
    said: list[Any] = await tab.evaluate("() => window.__heard")
    return [_ISOLATES.sub("", str(one)) for one in said]
