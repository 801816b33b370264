"""Files in chat: what is taken, what is refused, who gets them, and what is left on the disk."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from signaling.config import ChatConfig
from tests.integration.signaling.chat_support import ROOMS, Person, course_room, direct_room, person
from tests.integration.signaling.harness import Clock, Harness, config, serving

pytestmark = pytest.mark.integration

LARGEST = 300_000


def picture(size: tuple[int, int] = (800, 600), kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 60)).save(out, kind, **options)
    return out.getvalue()


def archive(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name.replace("__", "/"), text)
    return out.getvalue()


async def upload(
    who: Person, room: str, name: str, data: Any, declared: str = "application/octet-stream"
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": declared}
    url = f"{who.harness.url}{ROOMS}/{room}/attachments"
    async with who.harness.http.post(url, params={"name": name}, data=data, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def fetch(who: Person, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    headers["Authorization"] = f"Bearer {who.token}"
    async with who.harness.http.get(f"{who.harness.url}{path}", headers=headers) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


def files_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def kept(data_dir: Path) -> list[str]:
    return files_in(data_dir / "attachments")


@pytest.fixture
async def school(tmp_path: Path, database_url: str) -> AsyncIterator[Harness]:
    settings = msgspec.structs.replace(
        config(tmp_path, database_url), chat=ChatConfig(attachment_bytes=LARGEST, quota_bytes=700_000)
    )
    async with serving(settings, Clock()) as harness:
        await harness.plan()
        yield harness


async def test_a_file_is_sent_with_a_message_and_fetched_by_who_may_read_it(
    school: Harness, tmp_path: Path
) -> None:
    ada, ben, tutor = [
        await person(school, r, n) for r, n in (("student", "Ada"), ("student", "Ben"), ("tutor", "T"))
    ]
    eve = await person(school, "student", "Eve")
    room = await direct_room(ada, ben)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera that knows where it was"
    data = picture(exif=exif)
    status, file = await upload(ada, room, "../../ets/my \u202egnp.photo.JPG", data, "image/jpeg")
    assert status == 201
    assert {**file, "id": ""} == {
        **{"id": "", "name": "my gnp.photo.JPG", "mediaType": "image/jpeg", "size": len(data)},
        **{"width": 600, "height": 800, "hasPreview": True},
    }
    path = f"{ROOMS}/{room}/attachments/{file['id']}"
    assert (await fetch(ben, path))[0] == 404  # not sent yet
    assert (
        await ben.refused("POST", f"{ROOMS}/{room}/messages", {"id": "m", "attachments": [file["id"]]})
        == "bad_request"
    )
    said = await ada.say(room, "m1", "", attachments=[file["id"]])
    assert (said["kind"], said["attachments"]) == ("image", [file])
    assert await ada.say(room, "m1", "", attachments=[file["id"]]) == said
    assert (
        await ada.refused("POST", f"{ROOMS}/{room}/messages", {"id": "m2", "attachments": [file["id"]]})
        == "bad_request"
    )
    assert (await ben.messages(room))[0]["attachments"] == [file]
    status, body, headers = await fetch(ben, path)
    assert (status, body) == (200, data)
    assert headers["Content-Disposition"].startswith('attachment; filename="my gnp.photo.JPG"')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    status, body, headers = await fetch(ben, path, Range="bytes=10-19")
    assert (status, body) == (206, data[10:20])
    status, body, headers = await fetch(ben, f"{path}/preview")
    assert (status, headers["Content-Type"]) == (200, "image/webp")
    with Image.open(io.BytesIO(body)) as small:
        assert (small.format, max(small.size), dict(small.getexif())) == ("WEBP", 320, {})
    for who in (eve, tutor):
        assert (await fetch(who, path))[0] == 404
    other = await course_room(ada)
    assert (await fetch(ada, f"{ROOMS}/{other}/attachments/{file['id']}"))[0] == 404
    await ada.must("DELETE", f"{ROOMS}/{room}/messages/m1")
    assert (await fetch(ben, path))[0] == 404
    assert len(kept(tmp_path)) == 2


async def test_what_is_refused_leaves_nothing_behind(school: Harness, tmp_path: Path) -> None:
    ada = await person(school, "student", "Ada")
    guest = await person(school, "guest", "Gus")
    room = await course_room(ada)
    html, svg = b"<!DOCTYPE html><script>alert(1)</script>", b'<?xml version="1.0"?><svg xmlns="x" onload="x"/>'
    wrong: list[tuple[str, bytes, str, str]] = [
        ("page.html", html, "text/html", "unsupported_type"),
        ("page.txt", html, "text/plain", "unsupported_type"),
        ("drawing.svg", svg, "image/svg+xml", "unsupported_type"),
        ("drawing.txt", svg, "", "unsupported_type"),
        ("photo.png", picture(), "image/png", "unsupported_type"),
        ("photo.jpg", picture(), "image/png", "unsupported_type"),
        ("photo.jpg", html, "image/jpeg", "unsupported_type"),
        ("photo.jpg", picture()[:400], "image/jpeg", "unsupported_type"),
        ("photo.gif", b"GIF89a\xff\xff\xff\xff\x00\x00\x00", "image/gif", "unsupported_type"),
        ("program.exe", b"MZ\x90\x00" + b"\0" * 200, "", "unsupported_type"),
        ("program.txt", b"MZ\x90\x00" + b"\0" * 200, "text/plain", "unsupported_type"),
        ("program", b"\x7fELF" + b"\0" * 200, "", "unsupported_type"),
        ("nothing", b"just text", "", "unsupported_type"),
        ("latin.txt", "Gr\xfc\xdfe".encode("latin-1"), "text/plain", "unsupported_type"),
        ("doc.docx", archive(**{"a.txt": "x"}), "", "unsupported_type"),
        (
            "macro.docx",
            archive(**{"[Content_Types].xml": "", "word__vbaProject.bin": "x"}),
            "",
            "unsupported_type",
        ),
        ("script.js", b"alert(1)", "text/javascript", "unsupported_type"),
        ("empty.txt", b"", "text/plain", "bad_request"),
        ("large.txt", b"x" * (LARGEST + 1), "text/plain", "too_large"),
        ("bomb.png", picture((8000, 7000), "PNG"), "image/png", "unsupported_type"),
    ]
    for name, data, declared, code in wrong:
        status, answer = await upload(ada, room, name, data, declared)
        assert (answer.get("code"), status < 500) == (code, True), (name, answer)
        assert str(tmp_path) not in answer["detail"]

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    status, answer = await upload(ada, room, "endless.txt", endless(), "text/plain")
    assert answer["code"] == "too_large"
    assert (await upload(guest, room, "a.txt", b"x"))[0] == 404
    assert kept(tmp_path) == []
    for name, data in (
        ("notes.md", "# Ünï\n".encode()),
        ("CON.txt", b"x"),
        ("code.py", b"print(1)"),
        ("data.json", b"{}"),
        ("all.zip", archive(a="x")),
        ("doc.docx", archive(**{"[Content_Types].xml": "", "word__document.xml": "x"})),
        ("paper.pdf", b"%PDF-1.7\n"),
    ):
        status, answer = await upload(ada, room, name, data)
        assert status == 201, (name, answer)


async def test_quotas(school: Harness, tmp_path: Path) -> None:
    ada, ben = await person(school, "student", "Ada"), await person(school, "student", "Ben")
    room = await course_room(ada)
    for n in range(2):
        assert (await upload(ada, room, "a.txt", b"%d" % n + b"x" * 290_000))[0] == 201
    status, answer = await upload(ada, room, "a.txt", b"x" * 290_000)
    assert (status, answer["code"]) == (409, "quota_exceeded")
    # the same content is kept once
    assert (await upload(ben, room, "b.txt", b"0" + b"x" * 290_000))[0] == 201
    assert len(kept(tmp_path)) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk(tmp_path: Path, database_url: str, small_disk: Path) -> None:
    settings = msgspec.structs.replace(
        config(tmp_path, database_url), chat=ChatConfig(attachment_dir=str(small_disk))
    )
    async with serving(settings, Clock()) as harness:
        ada = await person(harness, "student", "Ada")
        room = await course_room(ada)
        status, answer = await upload(ada, room, "a.txt", b"x" * 200_000)
        assert (status, answer["code"]) == (507, "storage_full")
        assert files_in(small_disk) == []
        assert (await upload(ada, room, "a.txt", b"x" * 1000))[0] == 201
        await ada.say(room, "m1", "chat goes on")
    assert len(files_in(small_disk)) == 1


async def test_what_was_never_sent_goes_after_a_day(school: Harness, tmp_path: Path) -> None:
    ada = await person(school, "student", "Ada")
    room = await course_room(ada)
    files = [(await upload(ada, room, "a.txt", b"%d" % n))[1]["id"] for n in range(3)]
    await ada.say(room, "m1", "sent", attachments=[files[0]])
    clean_up = school.server.control.chat.attachments.clean_up
    await clean_up()
    assert len(kept(tmp_path)) == 3
    school.clock.advance(25 * 3600)
    await clean_up()
    assert len(kept(tmp_path)) == 1
    ada = Person(school, "Ada", school.token("student", "Ada"))
    assert (await fetch(ada, f"{ROOMS}/{room}/attachments/{files[0]}"))[1] == b"0"
    body = {"id": "m2", "attachments": [files[1]]}
    assert await ada.refused("POST", f"{ROOMS}/{room}/messages", body) == "bad_request"
