"""Web Push, webhooks and mail over real sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import http_ece
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from signaling.config import Config, EmailConfig, NotificationsConfig
from signaling.errors import CannotStart, ConfigError
from signaling.senders.http_post import Poster
from signaling.senders.mail import SmtpMail
from signaling.senders.opened import open_senders
from signaling.senders.push import KEY_FILE, WebPush, load_key
from signaling.senders.webhook import WebhookPost
from signaling.services.notices.outgoing import Mail, Outcome, PushTarget
from tests.support.receivers import (
    Browser,
    HttpReceiver,
    certificate,
    http_receiver,
    mail_receiver,
)

pytestmark = [
    pytest.mark.integration,
    # passwords over a loopback without TLS are what some of these tests are about
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATIENCE = timedelta(seconds=20)


@pytest.fixture
async def receiver() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as running:
        yield running


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    made = Poster(allow_private=True, timeout=PATIENCE)
    yield made
    await made.close()


# --- webhooks ---------------------------------------------------------------------------------------


async def test_a_webhook_is_posted_as_it_was_signed(receiver: HttpReceiver, poster: Poster) -> None:
    outcome = await WebhookPost(poster).post(f"{receiver.url}/hook", {"webhook-id": "msg_1"}, b'{"a":1}')
    assert (outcome.result, outcome.status) == ("sent", 204)
    path, headers, body = receiver.posts[0]
    assert (path, body) == ("/hook", b'{"a":1}')
    assert headers["webhook-id"] == "msg_1"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Podium"


@pytest.mark.parametrize(
    ("status", "headers", "result", "retry_after"),
    [
        (200, {}, "sent", None),
        (302, {"Location": "/elsewhere"}, "retry", None),
        (400, {}, "retry", None),
        (404, {}, "retry", None),
        (410, {}, "gone", None),
        (429, {"Retry-After": "120"}, "retry", timedelta(minutes=2)),
        (503, {"Retry-After": "nonsense"}, "retry", None),
        (500, {}, "retry", None),
    ],
)
async def test_what_an_answer_means(
    receiver: HttpReceiver, poster: Poster, status: int, headers: dict[str, str], result: str, retry_after: Any
) -> None:
    receiver.answer = lambda _: web.Response(status=status, headers=headers, text="x" * 10_000)
    outcome = await WebhookPost(poster).post(receiver.url, {}, b"{}")
    assert (outcome.result, outcome.status, outcome.retry_after) == (result, status, retry_after)
    assert len(outcome.detail) < 300
    assert len(receiver.posts) == 1, "a redirect is not followed"


async def test_nobody_there_and_no_answer_are_tried_again(receiver: HttpReceiver) -> None:
    patient = Poster(allow_private=True, timeout=PATIENCE)
    impatient = Poster(allow_private=True, timeout=timedelta(seconds=0.2))
    receiver.hold = asyncio.Event()
    try:
        with taken_but_closed() as port:
            refused = await WebhookPost(patient).post(f"http://127.0.0.1:{port}/", {}, b"{}")
        assert refused.result == "retry"
        assert "no connection" in refused.detail
        silent = await WebhookPost(impatient).post(receiver.url, {}, b"{}")
        assert (silent.result, silent.detail) == ("retry", "no answer within 0.2 s")
    finally:
        await patient.close()
        await impatient.close()


@contextlib.contextmanager
def taken_but_closed() -> Iterator[int]:
    """A port where nobody listens, and nobody else can begin to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_name_that_leads_to_a_private_address_is_not_called(receiver: HttpReceiver, host: str) -> None:
    """Whatever the URL said when it was stored: the socket is where it is decided."""
    careful = Poster(allow_private=False, timeout=PATIENCE)
    try:
        url = receiver.url.replace("127.0.0.1", host)
        outcome = await WebhookPost(careful).post(url, {}, b"{}")
        assert (outcome.result, outcome.detail) == ("retry", "the name leads to a private address")
        assert receiver.posts == []
    finally:
        await careful.close()


# --- push -------------------------------------------------------------------------------------------


def target(url: str, browser: Browser) -> PushTarget:
    return PushTarget(endpoint=f"{url}/push/abc", **browser.keys())


async def push(sender: WebPush, to: PushTarget, payload: bytes = b"{}") -> Outcome:
    return await sender.push(to, payload, ttl=timedelta(minutes=30), urgent=True, now=datetime.now(UTC))


async def test_only_the_browser_can_read_its_push(receiver: HttpReceiver, poster: Poster, tmp_path: Path) -> None:
    sender = WebPush(poster, lambda: load_key("", tmp_path), "mailto:admin@example.org")
    browser = Browser()
    payload = json.dumps({"title": "Fractions", "text": "Starts in 10 minutes."}).encode()
    assert (await push(sender, target(receiver.url, browser), payload)).result == "sent"
    path, headers, body = receiver.posts[0]
    assert path == "/push/abc"
    assert payload not in body
    assert browser.decrypt(body) == payload
    with pytest.raises(http_ece.ECEException):
        Browser().decrypt(body)
    assert (headers["content-encoding"], headers["ttl"], headers["urgency"]) == ("aes128gcm", "1800", "high")
    assert Vapid02.verify(headers["authorization"])
    token, key = headers["authorization"].removeprefix("vapid t=").split(",k=")
    assert key.rstrip("=") == sender.public_key
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == receiver.url
    assert claims["sub"] == "mailto:admin@example.org"
    assert 0 < claims["exp"] - datetime.now(UTC).timestamp() <= 24 * 3600


@pytest.mark.parametrize(
    ("status", "result"), [(201, "sent"), (404, "gone"), (410, "gone"), (413, "refused"), (429, "retry")]
)
async def test_what_a_push_service_answers(
    receiver: HttpReceiver, poster: Poster, tmp_path: Path, status: int, result: str
) -> None:
    receiver.answer = lambda _: web.Response(status=status)
    sender = WebPush(poster, lambda: load_key("", tmp_path), "mailto:admin@example.org")
    assert (await push(sender, target(receiver.url, Browser()))).result == result


async def test_a_point_that_is_not_on_the_curve_ends_the_subscription(
    receiver: HttpReceiver, poster: Poster, tmp_path: Path
) -> None:
    sender = WebPush(poster, lambda: load_key("", tmp_path), "mailto:admin@example.org")
    point = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()
    bad = PushTarget(endpoint=receiver.url, p256dh=point, auth="A" * 22)
    assert (await push(sender, bad)).result == "gone"
    assert receiver.posts == []


async def test_the_key_is_made_once_and_for_this_user_alone(poster: Poster, tmp_path: Path) -> None:
    first = WebPush(poster, lambda: load_key("", tmp_path), "mailto:admin@example.org").public_key
    again = WebPush(poster, lambda: load_key("", tmp_path), "mailto:admin@example.org").public_key
    assert first == again
    assert len(base64.urlsafe_b64decode(first + "=")) == 65
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


async def test_a_key_of_the_settings_is_taken(tmp_path: Path) -> None:
    key = ec.derive_private_key(0x1234, ec.SECP256R1())
    raw = base64.urlsafe_b64encode((0x1234).to_bytes(32, "big")).decode()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for setting in (raw, raw.rstrip("="), pem):
        assert load_key(setting, tmp_path).private_numbers() == key.private_numbers()
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("setting", ["nonsense", "AAAA", "A" * 43, "-----BEGIN PRIVATE KEY-----\nAA==\n"])
async def test_a_key_that_is_none_stops_the_start(tmp_path: Path, setting: str) -> None:
    config = Config(data_dir=str(tmp_path), notifications=NotificationsConfig(vapid_private_key=setting))
    with pytest.raises(ConfigError, match="vapid_private_key"):
        async with open_senders(config, tmp_path):
            pass


async def test_a_key_file_that_holds_none_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("nonsense")
    with pytest.raises(CannotStart, match=KEY_FILE):
        load_key("", tmp_path)


# --- mail -------------------------------------------------------------------------------------------


def mail(**fields: Any) -> Mail:
    made = {
        "to": "ada@example.org",
        "subject": "Fractions – heute",
        "text": "It was moved.\n",
        "html": "<p>It was moved.</p>",
        "message_id": "d-1",
        "unsubscribe_url": "https://class.example.org/api/v1/unsubscribe?token=abc",
    }
    return Mail(**{**made, **fields})


def smtp(port: int, security: Any = "none", tls: Any = None, **fields: Any) -> SmtpMail:
    sender = "Podium <class@example.org>"
    config = EmailConfig(host="127.0.0.1", port=port, security=security, sender=sender, **fields)
    return SmtpMail(config, timedelta(seconds=20), tls)


async def test_a_mail_arrives_with_all_it_needs() -> None:
    async with mail_receiver() as server:
        outcome = await smtp(server.port).mail(mail(), NOW)
        assert outcome.result == "sent", outcome
        got = server.mails[0]
    assert server.recipients == ["ada@example.org"]
    assert got["Subject"] == "Fractions – heute"
    assert got["From"] == "Podium <class@example.org>"
    assert got["Message-ID"] == "<d-1@example.org>"
    assert got["List-Unsubscribe"] == "<https://class.example.org/api/v1/unsubscribe?token=abc>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Auto-Submitted"] == "auto-generated"
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == ["It was moved."]
    assert html.get_content().strip() == "<p>It was moved.</p>"


async def test_line_breaks_in_a_subject_make_no_header() -> None:
    async with mail_receiver() as server:
        outcome = await smtp(server.port).mail(mail(subject="Fractions\r\nBcc: eve@example.org"), NOW)
        assert outcome.result == "sent"
        assert server.mails[0]["Bcc"] is None
        assert server.recipients == ["ada@example.org"]


@pytest.mark.parametrize("to", ["nobody", "a@b\r\nBcc: eve@example.org", "", "a b@example.org"])
async def test_an_address_that_is_none_is_refused(to: str) -> None:
    async with mail_receiver() as server:
        assert (await smtp(server.port).mail(mail(to=to), NOW)).result == "refused"
        assert server.mails == []


async def test_starttls_encrypts_before_the_password(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with mail_receiver(starttls=theirs, login=True) as server:
        sender = smtp(server.port, "starttls", ours, user="podium", password="secret")
        outcome = await sender.mail(mail(), NOW)
        assert outcome.result == "sent", outcome
        assert server.was_encrypted == [True]
        assert server.logins == [("podium", "secret")]


async def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    async with mail_receiver(login=True) as server:
        outcome = await smtp(server.port, "starttls", user="podium", password="secret").mail(mail(), NOW)
        assert (outcome.result, outcome.nothing_works) == ("retry", True)
        assert (server.mails, server.logins) == ([], [])


async def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    theirs, _ = certificate(tmp_path)
    async with mail_receiver(starttls=theirs) as server:
        outcome = await smtp(server.port, "starttls").mail(mail(), NOW)
        assert (outcome.result, outcome.nothing_works) == ("retry", True), outcome
        assert server.mails == []


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path)
    async with mail_receiver(tls=theirs) as server:
        assert (await smtp(server.port, "tls", ours).mail(mail(), NOW)).result == "sent"
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("reply", "result"),
    [("550 no such mailbox", "refused"), ("450 mailbox busy", "retry"), ("452 full", "retry")],
)
async def test_a_mailbox_that_is_refused(reply: str, result: str) -> None:
    async with mail_receiver() as server:
        server.refusals["ada@example.org"] = reply
        outcome = await smtp(server.port).mail(mail(), NOW)
        assert (outcome.result, outcome.status) == (result, int(reply[:3]))


@pytest.mark.parametrize(("reply", "result"), [("554 spam", "refused"), ("451 later", "retry")])
async def test_a_text_that_is_refused(reply: str, result: str) -> None:
    async with mail_receiver() as server:
        server.data_answer = reply
        assert (await smtp(server.port).mail(mail(), NOW)).result == result


async def test_a_password_that_is_wrong_is_for_the_operator_to_put_right() -> None:
    async with mail_receiver(login=True) as server:
        server.login_works = False
        outcome = await smtp(server.port, user="podium", password="wrong").mail(mail(), NOW)
        assert (outcome.result, outcome.status, outcome.nothing_works) == ("retry", 535, True)
        assert "wrong" not in outcome.detail


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    with taken_but_closed() as port:
        outcome = await smtp(port).mail(mail(), NOW)
    assert (outcome.result, outcome.nothing_works) == ("retry", True)


async def test_a_server_that_hangs_up_is_tried_again() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        assert (await smtp(server.sockets[0].getsockname()[1]).mail(mail(), NOW)).result == "retry"
