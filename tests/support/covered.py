"""What cannot be reached on a page: buttons that lie under something, and what is beside the screen."""

from typing import Final

COVERED: Final = """() => [...document.querySelectorAll('[data-testid=room] button')]
    .filter(button => button.checkVisibility({ visibilityProperty: true }))
    .filter(button => {
        button.scrollIntoView({ block: 'nearest' });
        const box = button.getBoundingClientRect();
        const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return !at || !button.contains(at);
    })
    .map(button => button.getAttribute('aria-label') ?? button.textContent)"""
"""The names of the buttons of the room that lie under something."""

IS_WIDER: Final = "() => document.documentElement.scrollWidth > innerWidth"
