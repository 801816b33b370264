"""What a file is: its content decides, and a name or a declared type that says something else is refused.

The types are a short list of those that are safe to hand on; HTML and SVG, which run scripts where they are
opened, and programs are none of them.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

import puremagic

from signaling.errors import UnsupportedType

HEAD_BYTES = 4096

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_ZIPPED = {
    f"{_OOXML}wordprocessingml.document": ("word/", ".docx"),
    f"{_OOXML}spreadsheetml.sheet": ("xl/", ".xlsx"),
    f"{_OOXML}presentationml.presentation": ("ppt/", ".pptx"),
}
_CODE = (
    ".py .ipynb .java .kt .c .h .cc .cpp .hpp .cs .go .rs .rb .php .swift .ts .tsx .jsx .sql .r .m .jl .lua .pl "
    ".hs .scala .css .scss .toml .yaml .yml .ini .cfg .tex .bib .asm .s .v .vhd .dart .ex .erl .clj .lisp"
    " .scm .pas"
)

EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".text", ".log", ".md", ".markdown", ".rst", *_CODE.split()),
    "text/csv": (".csv", ".tsv"),
    "application/json": (".json", ".geojson", ".jsonl"),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "audio/mp4": (".m4a", ".m4b"),
    "audio/webm": (".weba", ".webm"),
    "video/mp4": (".mp4", ".m4v", ".mov"),
    "video/webm": (".webm",),
    "application/zip": (".zip",),
    **{media_type: (extension,) for media_type, (_, extension) in _ZIPPED.items()},
    f"{_ODF}text": (".odt",),
    f"{_ODF}spreadsheet": (".ods",),
    f"{_ODF}presentation": (".odp",),
}
"""What files of each type are named."""

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_ANY = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""Declared by who does not know."""
_ALSO: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("image/jpg", "image/pjpeg"),
    "text/csv": ("application/vnd.ms-excel", "text/tab-separated-values"),
    "audio/mpeg": ("audio/mp3", "audio/x-mp3"),
    "audio/ogg": ("application/ogg", "audio/opus", "video/ogg"),
    "audio/wav": ("audio/x-wav", "audio/wave", "audio/vnd.wave"),
    "audio/mp4": ("audio/x-m4a", "audio/m4a", "audio/aac"),
    "audio/webm": ("video/webm",),
    "video/mp4": ("video/quicktime", "video/x-m4v"),
    "application/zip": ("application/x-zip-compressed", "application/x-zip"),
}
_TEXTS = frozenset({"text/plain", "text/csv", "application/json"})
_TEXT_DECLARED = re.compile(r"text/(?!html|xml)[a-z0-9.+-]+|application/(?:json|x-[a-z0-9.+-]+|sql|toml|yaml|rtf)")
_MARKUP = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+(?:html|svg)|html|svg)",
    re.I | re.S,
)
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


def check(path: Path, extension: str, declared: str) -> str:
    """The media type of a file. ``declared`` is what its sender says, "" for nothing. Reads the file: not for the
    event loop. Raises `UnsupportedType`, which says what was found."""
    with path.open("rb") as file:
        found = _types(file, extension)
        if found is None:
            file.seek(0)
            raise UnsupportedType(f"this kind of file is not taken{_named(file.read(HEAD_BYTES))}")
    fitting = [media_type for media_type in found if extension in EXTENSIONS[media_type]]
    if not fitting:
        what = extension or "no extension"
        raise UnsupportedType(f"the content of the file is {found[0]}, which a name with {what} does not say")
    media_type = next((one for one in fitting if _may_declare(one, declared)), None)
    if media_type is None:
        raise UnsupportedType(f"the file was declared {declared[:100]}, and its content is {fitting[0]}")
    return media_type


def _may_declare(media_type: str, declared: str) -> bool:
    declared = declared.partition(";")[0].strip().lower()
    if declared in _ANY or declared == media_type or declared in _ALSO.get(media_type, ()):
        return True
    return media_type in _TEXTS and _TEXT_DECLARED.fullmatch(declared) is not None


def _types(file: BinaryIO, extension: str) -> tuple[str, ...] | None:
    """What the content can be, best first."""
    head = file.read(HEAD_BYTES)
    if found := _binary(head):
        return found
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(file)
    file.seek(0)
    if head and _is_text(file) and not _MARKUP.match(head):
        texts = sorted(_TEXTS, key=lambda one: extension not in EXTENSIONS[one])
        return tuple(texts)
    return None


def _binary(head: bytes) -> tuple[str, ...]:
    for media_type, starts in _STARTS:
        if head.startswith(starts):
            return (media_type,)
    if head[:4] == b"RIFF":
        return {b"WEBP": ("image/webp",), b"WAVE": ("audio/wav",)}.get(head[8:12], ())
    if head[4:8] == b"ftyp":
        return ("audio/mp4",) if head[8:12] in (b"M4A ", b"M4B ") else ("video/mp4", "audio/mp4")
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return ("video/webm", "audio/webm")
    # a frame of MPEG audio: sync, a version and layer there is, a bit rate and sample rate there is
    if (
        len(head) > 3
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[2] & 0xF0 != 0xF0
        and head[2] & 0xC != 0xC
    ):
        return ("audio/mpeg",)
    return ()


_STARTS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ("image/jpeg", (b"\xff\xd8\xff",)),
    ("image/gif", (b"GIF87a", b"GIF89a")),
    ("application/pdf", (b"%PDF-",)),
    ("audio/mpeg", (b"ID3",)),
    ("audio/ogg", (b"OggS",)),
)


def _zipped(file: BinaryIO) -> tuple[str, ...] | None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if names[:1] == ["mimetype"] and archive.getinfo("mimetype").file_size < 100:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                return (declared,) if declared.startswith(_ODF) and declared in EXTENSIONS else None
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return None
    if "[Content_Types].xml" in names:
        for media_type, (folder, _) in _ZIPPED.items():
            if any(name.startswith(folder) for name in names):
                # macros make another type of it
                return None if any(name.endswith("vbaProject.bin") for name in names) else (media_type,)
    return ("application/zip",)


def _is_text(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(1 << 16):
            if _CONTROL.search(chunk):
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _named(head: bytes) -> str:
    """What it seems to be, for the message."""
    if _MARKUP.match(head):
        return ": HTML and SVG can hold scripts"
    try:
        guesses = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError, OSError):
        return ""
    return f": it looks like {guesses[0].name}" if guesses and guesses[0].name else ""
