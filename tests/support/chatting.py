"""What people do in chats, wherever these are."""

from __future__ import annotations

import struct
import zlib

from tests.support.chromium import ChromiumTab
from tests.support.classroom import Person
from tests.support.classroom import testid as selector
from tests.support.tab import page_shows

_COUNT = """(selector, text) =>
    [...document.querySelectorAll(selector)].filter(element => element.textContent.includes(text)).length"""


async def says(person: Person, text: str) -> None:
    """Write it and send it; where it is read is not waited for."""
    await person.tab.fill(selector("chat-input"), text)
    await person.click(selector("chat-send"))


async def acts(person: Person, text: str, act: str) -> None:
    """Choose an entry of the menu of the message with this text."""
    tab = person.tab
    assert isinstance(tab, ChromiumTab)
    message = tab.page.get_by_test_id("chat-message").filter(has_text=text).last
    await message.focus()
    await message.get_by_test_id("message-more").click()
    await person.click(selector(act))


async def counts(person: Person, text: str, expected: int, name: str = "chat-message") -> None:
    """So many elements of this kind contain the text."""
    await page_shows(
        person.tab,
        f"(selector, text, count) => ({_COUNT})(selector, text) === count",
        selector(name),
        text,
        expected,
    )


def picture(width: int, height: int) -> bytes:
    """A plain PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x0f\x6b\x62" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
