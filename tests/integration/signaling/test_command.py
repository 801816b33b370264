"""The command ``podium`` as an operator meets it: what it prints, and how it fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signaling.data_dir import SECRET
from signaling.identity import Grant
from signaling.tokens import Tokens
from tests.support import command
from tests.support.waiting import eventually

ROOT = str(Path(__file__).resolve().parents[3])

pytestmark = pytest.mark.integration


class Podium:
    """Runs the command in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def __call__(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """The exit code, stdout and stderr."""
        return await command.podium(self.directory, *arguments, env={"PODIUM__MEDIA__UDP_PORT": "0", **settings})


@pytest.fixture
def podium(tmp_path: Path) -> Podium:
    return Podium(tmp_path)


BAD_FILES = {
    '[http]\nport = "x"': "config.toml:2: http.port: Expected `int`, got `str`",
    "[http]\n\nprot = 1": "config.toml:3: http.prot: there is no such setting; in [http] there are: host, port",
    "colour = 1": "config.toml:1: colour: there is no such setting",
    "[http]\nport = 70000": "config.toml:2: http.port: port must be between 0 and 65535",
    "[log]\nlevel = 'loud'": "config.toml:2: log.level: Invalid enum value 'loud', expected one of",
    "[http": "config.toml: this is not TOML",
    "[http]\ntls_key = 'a'": "go together",
    "[auth]\nsecret = 'short'": "config.toml:2: auth.secret: secret must have at least 32 characters",
    "[media]\nudp_port = -1": "config.toml:2: media.udp_port",
}


@pytest.mark.parametrize("text", BAD_FILES)
async def test_a_wrong_config_file_is_named_with_its_line(podium: Podium, text: str) -> None:
    (podium.directory / "config.toml").write_text(text)
    code, _, err = await podium("serve")
    assert code == 2
    assert BAD_FILES[text] in err
    assert len(err.splitlines()) == 1


async def test_a_wrong_variable_is_named(podium: Podium) -> None:
    code, _, err = await podium("serve", PODIUM__HTTP__PROT="1")
    assert (code, "environment variable PODIUM__HTTP__PROT" in err) == (2, True)
    code, _, err = await podium("serve", PODIUM__HTTP__PORT="many")
    assert (code, "environment variable PODIUM__HTTP__PORT: http.port" in err) == (2, True)
    code, _, err = await podium("--config", "none.toml", "serve")
    assert (code, "none.toml: cannot be read" in err) == (2, True)


async def test_a_port_in_use_is_said(podium: Podium) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = await podium("serve", PODIUM__HTTP__HOST="127.0.0.1", PODIUM__HTTP__PORT=port)
    assert code == 1
    assert f"port {port} of 127.0.0.1 is in use" in err
    assert not list((podium.directory / "data").glob("podium.sqlite3"))


async def test_what_cannot_be_used_is_said(podium: Podium) -> None:
    (podium.directory / "file").write_text("not a certificate")
    file = "file"
    for settings, code, reason in (
        ({"PODIUM__DATA_DIR": "file/data"}, 1, "data directory file/data cannot be written"),
        ({"PODIUM__HTTP__TLS_CERTIFICATE": file, "PODIUM__HTTP__TLS_KEY": file}, 2, "http.tls_certificate file"),
        (
            {"PODIUM__HTTP__TLS_CERTIFICATE": "no", "PODIUM__HTTP__TLS_KEY": "no"},
            2,
            "cannot be read: No such file",
        ),
        ({"PODIUM__DATABASE__URL": "nonsense"}, 2, "database.url cannot be used"),
        ({"PODIUM__DATABASE__URL": "sqlite+aiosqlite:////nowhere/x"}, 1, "the database cannot be used"),
        ({"PODIUM__HTTP__HOST": "203.0.113.1"}, 1, "cannot listen on 203.0.113.1"),
    ):
        found, _, err = await podium("serve", PODIUM__HTTP__PORT="0", **settings)
        assert (found, len(err.splitlines())) == (code, 1), err
        assert reason in err


async def test_the_secret_is_made_once_and_signs_tokens(podium: Podium) -> None:
    code, token, _ = await podium("token", "--name", "Ada", "--role", "student", "--course", "maths")
    assert code == 0
    secret = podium.directory / "data" / SECRET
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    who = Tokens(secret.read_text().strip()).read(token.strip(), datetime.now(UTC))
    assert (who.name, who.grant) == ("Ada", Grant(course_id="maths", role="student"))
    _, second, _ = await podium("token", "--name", "Ada", "--role", "tutor", "--course", "maths", "--user", "u1")
    assert Tokens(secret.read_text().strip()).read(second.strip(), datetime.now(UTC)).user_id == "u1"
    code, _, err = await podium("token", "--name", "", "--role", "tutor", "--course", "a b")
    assert (code, len(err.splitlines())) == (1, 1)


async def test_migrate_and_demo_links_can_be_repeated(podium: Podium) -> None:
    for _ in range(2):
        assert (await podium("migrate"))[0] == 0
        code, out, _ = await podium("demo-links", PODIUM__HTTP__PUBLIC_URL="https://class.example/")
        assert code == 0
        assert out.count("https://class.example/class/demo#token=") == 2


async def test_it_serves_over_tls_and_ipv6_and_stops_when_told(podium: Podium) -> None:
    key, certificate = podium.directory / "key.pem", podium.directory / "cert.pem"
    write_certificate(certificate, key)
    env = {key: value for key, value in os.environ.items() if not key.startswith("PODIUM__")}
    settings = {
        "PODIUM__HTTP__HOST": "::",
        "PODIUM__HTTP__PORT": "0",
        "PODIUM__HTTP__TLS_CERTIFICATE": str(certificate),
        "PODIUM__HTTP__TLS_KEY": str(key),
        "PODIUM__MEDIA__UDP_PORT": "0",
        "PODIUM__MEDIA__LISTEN": "127.0.0.1",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "signaling", "serve", "--demo-links"),
        cwd=podium.directory,
        env={**env, "PYTHONPATH": ROOT, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        link = ""
        while "Tutor:" not in link:
            link = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        url, token = link.split()[1].split("/class/demo#token=")
        port = url.rpartition(":")[2]
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            for host in ("127.0.0.1", "[::1]"):
                async with http.get(f"https://{host}:{port}/api/v1/live-classes/demo", ssl=False) as answer:
                    assert (await answer.json())["status"] == "scheduled"
            async with http.ws_connect(
                f"https://[::1]:{port}/socket.io/?EIO=4&transport=websocket", ssl=False
            ) as ws:
                await ws.receive()
                process.terminate()
                while not ws.closed:
                    await ws.receive(timeout=30)
        _, err = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert "Traceback" not in err.decode()
        assert "Task was destroyed" not in err.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("everyone", [signal.SIGINT, signal.SIGTERM])
async def test_it_may_be_stopped_while_its_media_workers_start(podium: Podium, everyone: signal.Signals) -> None:
    """By keys, which reach all processes of the terminal; by a service manager, which tells all it knows."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PODIUM__")}
    settings = {"PODIUM__HTTP__PORT": "0", "PODIUM__MEDIA__UDP_PORT": "0", "PODIUM__MEDIA__WORKERS": "2"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "signaling", "serve"),
        cwd=podium.directory,
        env={**env, "PYTHONPATH": ROOT, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        [worker] = await eventually(lambda: media_workers(process.pid), "a media worker starts", every=0.005)
        os.killpg(process.pid, everyone)
        if everyone is signal.SIGTERM:
            with contextlib.suppress(ProcessLookupError):  # it got it with the group
                os.kill(worker, everyone)
        _, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        for complaint in ("Traceback", "died", "cannot start"):
            assert complaint not in err.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def media_workers(parent: int) -> list[int]:
    """The processes of the workers that the server has now."""
    found = []
    for child in psutil.Process(parent).children():
        with contextlib.suppress(psutil.Error):
            if "sfu.worker" in child.cmdline():
                found.append(child.pid)
    return found


def write_certificate(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
