"""Tells whether a text is one emoji: one picture as UTS #51 composes them (section 1.4.9), without tables of which
of them fonts have."""

from __future__ import annotations

import re
import unicodedata

_BMP = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030"
    "\u303d\u3297\u3299"
)
_ASTRAL = (
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f202"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
_MODIFIER = "\U0001f3fb-\U0001f3ff"
_PICTURE = "\ufe0f"
_ELEMENT = f"[{_BMP}{_ASTRAL}](?:{_PICTURE}|[{_MODIFIER}])?"
_EMOJI = re.compile(
    f"{_ELEMENT}(?:\u200d{_ELEMENT}){{0,5}}"  # also joined: families, professions
    f"|[\U0001f1e6-\U0001f1ff]{{2}}"  # flags of regions
    f"|\U0001f3f4[\U000e0030-\U000e007a]{{1,8}}\U000e007f"  # and of their parts
    f"|[0-9#*]{_PICTURE}?\u20e3"  # keycaps
)
_COLOURED = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755"
    "\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
"""Pictures without being asked to; the others of the BMP are shown as text unless U+FE0F follows."""
_NEEDLESS = re.compile(f"([{_COLOURED}]){_PICTURE}")
_BARE = re.compile(f"(?![{_COLOURED}])([{_BMP}])(?![{_PICTURE}{_MODIFIER}])")
_BARE_KEYCAP = re.compile("([0-9#*])\u20e3")


def one_emoji(text: str) -> str | None:
    """The emoji in the form in which it is kept, so that the same is the same; None when it is not one."""
    if not _EMOJI.fullmatch(text):
        return None
    if len(text) == 1 and text < "\U00010000" and unicodedata.category(text) not in ("So", "Po", "Sm", "Pd"):
        return None  # a dingbat: a digit in a circle, a bracket
    text = _BARE_KEYCAP.sub(f"\\1{_PICTURE}\u20e3", text)
    text = _NEEDLESS.sub(r"\1", text)
    return _BARE.sub(f"\\1{_PICTURE}", text)
