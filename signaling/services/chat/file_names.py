"""Names of files, made harmless: to show, and to save on any system. Pure."""

from __future__ import annotations

import re
import unicodedata

MOST_BYTES = 150
"""Of a name in UTF-8; systems take 255, and add something to it when there are two of a name."""

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SEPARATOR = re.compile(r"[/\\]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_BLANK = "\u115f\u1160\u3164\uffa0\u2800\u034f"
_EXTENSION = re.compile(r"\.[a-z0-9]{1,10}\Z")


def clean_file_name(name: str) -> str:
    """The last part of a path, in one line, without what turns the direction of text, what systems refuse and what
    they take for a device. Never empty, never hidden, at most `MOST_BYTES` long with its extension kept."""
    name = _SEPARATOR.split(unicodedata.normalize("NFC", name))[-1]
    kept = (" " if char.isspace() else char for char in name if char not in _BLANK)
    name = "".join(char for char in kept if unicodedata.category(char) not in _INVISIBLE)
    name = " ".join(_FORBIDDEN.sub("_", name).split()).strip(". ")
    if not name:
        return "file"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return _shortened(name)


def extension_of(name: str) -> str:
    """With its dot, in lower case; empty when there is none."""
    found = _EXTENSION.search(name.lower())
    return found.group() if found and found.start() > 0 else ""


def _shortened(name: str) -> str:
    extension = extension_of(name)
    stem = name[: len(name) - len(extension)]
    room = MOST_BYTES - len(extension.encode())
    cut = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return (cut or "file") + name[len(name) - len(extension) :]
