"""Files that lie about what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling.config import ATTACHMENT_TYPES
from signaling.errors import UnsupportedType
from signaling.services.chat.file_types import EXTENSIONS, IMAGES, check

STARTS = {
    "image/png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 30,
    "image/gif": b"GIF89a" + b"\0" * 30,
    "image/webp": b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 30,
    "application/pdf": b"%PDF-1.7\n",
    "audio/mpeg": b"\xff\xfb\x90\x00" + b"\0" * 30,
    "audio/ogg": b"OggS" + b"\0" * 30,
    "audio/wav": b"RIFF\0\0\0\0WAVEfmt " + b"\0" * 30,
    "audio/mp4": b"\0\0\0\x20ftypM4A " + b"\0" * 30,
    "video/mp4": b"\0\0\0\x20ftypisom" + b"\0" * 30,
    "video/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + b"\0" * 30,
    "text/plain": b"just text\n",
    "text/csv": b"a,b\n1,2\n",
    "application/json": b'{"a": 1}',
}


def test_settings_and_types_are_the_same() -> None:
    assert set(EXTENSIONS) == set(ATTACHMENT_TYPES)
    assert set(EXTENSIONS) >= IMAGES


@pytest.mark.parametrize("media_type", STARTS)
def test_what_says_the_truth_is_taken(tmp_path: Path, media_type: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(STARTS[media_type])
    for extension in EXTENSIONS[media_type]:
        for declared in ("", "application/octet-stream", media_type, f"{media_type}; x=y"):
            assert check(path, extension, declared) in (media_type, media_type.replace("video", "audio"))


@pytest.mark.parametrize("media_type", STARTS)
def test_no_name_and_no_declared_type_makes_something_else_of_it(tmp_path: Path, media_type: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(STARTS[media_type])
    family = media_type.partition("/")[0]
    is_text = family == "text" or media_type == "application/json"
    for other, extensions in EXTENSIONS.items():
        is_kin = is_text and (other.startswith("text/") or other == "application/json")
        if is_kin or {media_type, other} <= {"audio/mp4", "video/mp4"} or media_type == other:
            continue
        if {media_type, other} <= {"audio/webm", "video/webm"}:
            continue
        for extension in extensions:
            with pytest.raises(UnsupportedType):
                check(path, extension, "")
    for declared in ("text/html", "image/svg+xml", "application/x-msdownload", "multipart/form-data"):
        if is_text and declared.startswith("application/x-"):
            continue
        with pytest.raises(UnsupportedType):
            check(path, EXTENSIONS[media_type][0], declared)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(min_size=1, max_size=200),
    st.sampled_from(["", *STARTS.values()]),
    st.sampled_from(sorted(EXTENSIONS)),
)
def test_any_content_is_taken_or_refused(tmp_path: Path, tail: bytes, start: bytes | str, media_type: str) -> None:
    path = tmp_path / "any"
    path.write_bytes((start if isinstance(start, bytes) else b"") + tail)
    try:
        found = check(path, EXTENSIONS[media_type][0], media_type)
    except UnsupportedType as error:
        assert error.message
    else:
        assert EXTENSIONS[media_type][0] in EXTENSIONS[found]


@pytest.mark.parametrize(
    "markup",
    [
        b"<html>",
        b"  \n<!DOCTYPE html>",
        b"<svg xmlns='x'>",
        b"<?xml version='1.0'?>\n<!-- x --><svg/>",
        b"<!-- a --><!-- b --><HTML>",
    ],
)
def test_markup_is_no_text(tmp_path: Path, markup: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(markup + b"<script>alert(1)</script>")
    with pytest.raises(UnsupportedType, match="scripts"):
        check(path, ".txt", "text/plain")
