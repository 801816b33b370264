"""When to try again, which addresses are allowed, and how a webhook is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import BadRequest, NotFound
from signaling.services.notices.outgoing import Outcome, Policy, check_url, is_public, next_attempt
from signaling.services.notices.signatures import MailLinks, new_secret, sign
from signaling.services.notices.webhooks import POLICY
from signaling.tokens import Tokens

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAILED = Outcome(result="retry")
TWICE = Policy(delays=(timedelta(seconds=10), timedelta(minutes=1)))


def test_the_delays_follow_each_other_and_then_it_is_given_up() -> None:
    assert next_attempt(TWICE, 1, FAILED, None, NOW, 0.5) == NOW + timedelta(seconds=10)
    assert next_attempt(TWICE, 2, FAILED, None, NOW, 0.5) == NOW + timedelta(minutes=1)
    assert next_attempt(TWICE, 3, FAILED, None, NOW, 0.5) is None


@given(st.floats(0, 1))
def test_chance_spreads_the_attempts_by_a_fifth(random: float) -> None:
    at = next_attempt(TWICE, 2, FAILED, None, NOW, random)
    assert at is not None
    assert NOW + timedelta(seconds=48) <= at <= NOW + timedelta(seconds=72)


def test_the_other_side_may_ask_for_more_time_but_not_for_ever() -> None:
    def asked(after: timedelta) -> datetime | None:
        return next_attempt(TWICE, 1, Outcome(result="retry", retry_after=after), None, NOW, 0.5)

    assert asked(timedelta(minutes=5)) == NOW + timedelta(minutes=5)
    assert asked(timedelta(seconds=1)) == NOW + timedelta(seconds=10)
    assert asked(timedelta(days=400)) == NOW + timedelta(hours=6)


def test_nothing_is_tried_when_it_is_of_no_use_any_more() -> None:
    assert next_attempt(TWICE, 2, FAILED, NOW + timedelta(seconds=60), NOW, 0.5) is None
    assert next_attempt(TWICE, 2, FAILED, NOW + timedelta(seconds=61), NOW, 0.5) is not None


def test_a_webhook_is_tried_for_a_day() -> None:
    assert timedelta(hours=20) < sum(POLICY.delays, timedelta()) <= timedelta(hours=24)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/podium",
        "https://hooks.example.org:8443/a?b=c",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    ],
)
def test_a_public_address_is_allowed(url: str) -> None:
    check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:password@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:0/",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nHost: other",
        "https://hööks.example.org/",
        "https://[::1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://intranet/",
        "https://app.localhost/",
        "https://printer.local/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0.0.0.0/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[ff02::1]/",
    ],
)
def test_what_is_private_or_no_url_is_refused(url: str) -> None:
    with pytest.raises(BadRequest):
        check_url(url, allow_private=False)


def test_a_setting_allows_private_addresses_and_plain_http_and_nothing_else() -> None:
    check_url("http://127.0.0.1:8080/", allow_private=True)
    check_url("http://localhost/", allow_private=True)
    for url in ("ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "nothing", ""):
        with pytest.raises(BadRequest):
            check_url(url, allow_private=True)


@given(st.text())
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for allow in (False, True):
        try:
            check_url(text, allow_private=allow)
        except BadRequest as error:
            assert str(error)


@given(st.ip_addresses())
def test_private_addresses_are_private_however_they_are_written(address: object) -> None:
    text = str(address)
    if is_public(text, if_name=False) and ":" not in text:
        number = int.from_bytes(bytes(map(int, text.split("."))), "big")
        assert is_public(f"::ffff:{text}", if_name=False)
        assert not is_public(str(number), if_name=True)


def test_the_signature_is_that_of_the_published_example() -> None:
    """Of the documents of Standard Webhooks."""
    at = datetime.fromtimestamp(1614265330, UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_give_two_signatures() -> None:
    made = iter([b"\x00" * 32, b"\xff" * 32])
    new, old = new_secret(lambda _: next(made)), new_secret(lambda _: next(made))
    headers = sign([new, old], "msg_1", NOW, b"{}")
    both = headers["webhook-signature"].split(" ")
    assert len(both) == 2
    signed = f"msg_1.{int(NOW.timestamp())}.".encode() + b"{}"
    for secret, signature in zip((new, old), both, strict=True):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert signature == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def test_the_link_of_a_mail_names_its_receiver_and_cannot_be_made_up() -> None:
    links = MailLinks(Tokens("a secret of the tests, long enough to sign tokens"))
    other = MailLinks(Tokens("another secret of the tests, long enough to sign"))
    token = links.token("ada@example.org")
    assert links.read(token) == "ada@example.org"
    name, _, seal = token.partition(".")
    for wrong in (
        other.token("ada@example.org"),
        name,
        f"{name}.",
        f"{name}.{seal[:-1]}",
        f"{other.token('eve').partition('.')[0]}.{seal}",
        "",
        ".",
        "é.é",
        "====.====",
    ):
        with pytest.raises(NotFound):
            links.read(wrong)
