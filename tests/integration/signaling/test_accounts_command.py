"""``podium user``, and the setup link that ``podium serve`` prints."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.support import command

ROOT = str(Path(__file__).resolve().parents[3])
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.integration


def _settings(directory: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PODIUM__")}
    own = {
        "PYTHONPATH": ROOT,
        "PODIUM__DATA_DIR": str(directory / "data"),
        "PODIUM__HTTP__HOST": "127.0.0.1",
        "PODIUM__HTTP__PORT": "0",
        "PODIUM__MEDIA__UDP_PORT": "0",
        "PODIUM__MEDIA__LISTEN": "127.0.0.1",
    }
    return {**kept, **own}


async def podium(directory: Path, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Run the command; the exit code, stdout and stderr."""
    return await command.podium(directory, *arguments, stdin=stdin, env=_settings(directory))


async def test_accounts_are_made_listed_and_blocked(tmp_path: Path) -> None:
    async def user(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        return await podium(tmp_path, "user", *arguments, stdin=stdin)

    code, out, _ = await user("add", "root", "--name", "The Boss", "--admin", stdin=f"{PASSWORD}\n")
    assert (code, out.startswith("root is user ")) == (0, True)
    user_id = out.split()[-1]
    code, _, err = await user("add", "ROOT", stdin=f"{PASSWORD}\n")
    assert (code, "already" in err) == (1, True)
    code, _, err = await user("add", "ada", stdin="short\n")
    assert (code, "at least 10 characters" in err) == (1, True)
    code, _, err = await user("add", "a b", stdin=f"{PASSWORD}\n")
    assert (code, len(err.splitlines())) == (1, 1)
    assert (await user("add", "ada", "--email", "ada@example.org", "--no-password"))[0] == 0
    code, out, _ = await user("list")
    assert f"{user_id}\troot\tThe Boss\tadmin\n" in out
    assert (await user("block", "ADA@example.org"))[:2] == (0, "ada is blocked\n")
    assert (await user("list", "ada"))[1].endswith("\tada\tada\tblocked\n")
    assert (await user("unblock", "ada"))[0] == 0
    code, _, err = await user("unmake-admin", user_id)
    assert (code, "last admin" in err) == (1, True)
    assert (await user("make-admin", "ada"))[0] == 0
    assert (await user("unmake-admin", "root"))[0] == 0
    assert (await user("set-password", "ada", stdin=f"{PASSWORD}\n"))[0] == 0
    code, _, err = await user("set-password", "nobody", stdin=f"{PASSWORD}\n")
    assert (code, "there is no user nobody" in err) == (1, True)


async def test_serve_prints_a_setup_link_until_there_is_an_admin(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "signaling", "serve"),
        cwd=tmp_path,
        env=_settings(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = ""
        while "/setup#token=" not in line:
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            assert line
        url, _, token = line.split()[-1].partition("/setup#token=")
        url = url.replace("localhost", "127.0.0.1")
        body = {"token": token, "username": "root", "name": "Root", "password": PASSWORD}
        async with aiohttp.ClientSession() as http, http.post(f"{url}/api/v1/setup", json=body) as answer:
            assert answer.status == 201
        # beside the running server
        assert "root" in (await podium(tmp_path, "user", "list"))[1]
        process.terminate()
        await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
