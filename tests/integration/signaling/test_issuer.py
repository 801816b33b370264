"""Tokens of another issuer: keys that change and cannot be had, claims by other names, and forgeries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from signaling.config import AuthConfig
from signaling.errors import Unauthorized, Unavailable
from signaling.http.fetch import Fetcher
from signaling.issuer_config import IssuerConfig
from signaling.services.people.issuer import Issuer
from tests.integration.signaling.accounts_support import account, admin
from tests.integration.signaling.harness import COURSE, SECRET, Clock, Harness, config, serving
from tests.integration.signaling.jwks_support import AUDIENCE, URL, JwksServer, jwks_server, new_key, sign

pytestmark = pytest.mark.integration


@pytest.fixture
async def keys() -> AsyncIterator[JwksServer]:
    async with jwks_server() as server:
        server.add("first", "RS256")
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    fetcher = Fetcher()
    yield fetcher
    await fetcher.close()


def settings(keys: JwksServer, **fields: Any) -> IssuerConfig:
    return IssuerConfig(url=URL, audience=AUDIENCE, jwks_url=keys.url, **fields)


@pytest.fixture
async def harness(tmp_path: Path, database_url: str, keys: JwksServer) -> AsyncIterator[Harness]:
    issuer = settings(
        keys,
        course_claim="course",
        role_claim="https://school.example/claims.role",
        tutor_values=["teacher"],
        admin_claim="realm_access.roles",
        admin_value="podium-admin",
    )
    auth = AuthConfig(secret=SECRET, issuer=issuer)
    async with serving(msgspec.structs.replace(config(tmp_path, database_url), auth=auth)) as running:
        yield running


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


# --- keys -------------------------------------------------------------------------------------------------


async def test_keys_are_kept_changed_and_outlive_the_issuer(keys: JwksServer, fetcher: Fetcher) -> None:
    clock, time = Clock(), Time()
    issuer = Issuer(settings(keys), fetcher, time)
    for algorithm in ("ES256", "EdDSA"):
        keys.add(algorithm, algorithm)
    for key_id in ("first", "ES256", "EdDSA"):
        external = await issuer.read(keys.sign(key_id, clock()), clock())
        assert (external.subject, external.name) == ("4711", "Ada")
    assert keys.asked == 1
    # a new key: fetched when it is first seen, but not more than once a minute
    keys.add("second", "RS256")
    with pytest.raises(Unauthorized):
        await issuer.read(keys.sign("second", clock()), clock())
    time.seconds = 61
    await issuer.read(keys.sign("second", clock()), clock())
    assert keys.asked == 2
    # the issuer is down, and the keys are old: those that are known go on working
    keys.is_down = True
    for seconds in (4000, 4001, 8000):
        time.seconds = seconds
        await issuer.read(keys.sign("first", clock()), clock())
    assert keys.asked == 4
    # a key that was taken back works no more once the issuer has said so
    keys.is_down = False
    withdrawn = keys.sign("first", clock())
    del keys.keys["first"]
    time.seconds = 12_000
    with pytest.raises(Unauthorized):
        await issuer.read(withdrawn, clock())


async def test_unknown_keys_do_not_make_us_ask_again_and_again(keys: JwksServer, fetcher: Fetcher) -> None:
    clock, time = Clock(), Time()
    issuer = Issuer(settings(keys), fetcher, time)
    for number in range(20):
        with pytest.raises(Unauthorized):
            await issuer.read(sign(new_key("ES256"), "ES256", clock(), f"guess{number}"), clock())
    assert keys.asked == 1


async def test_without_any_key_one_is_asked_to_come_back(keys: JwksServer, fetcher: Fetcher) -> None:
    clock, time = Clock(), Time()
    keys.is_down = True
    issuer = Issuer(settings(keys), fetcher, time)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await issuer.read(keys.sign("first", clock()), clock())
    assert keys.asked == 1
    keys.is_down = False
    time.seconds = 60
    await issuer.read(keys.sign("first", clock()), clock())


async def test_keys_that_cannot_be_trusted_are_left_out(keys: JwksServer, fetcher: Fetcher) -> None:
    clock = Clock()
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    numbers = weak.public_key().public_numbers()
    encoded = {name: _number(value) for name, value in (("n", numbers.n), ("e", numbers.e))}
    shared = base64.urlsafe_b64encode(b"a shared secret of 32 characters").decode().rstrip("=")
    keys.extra = [
        {"kty": "RSA", "kid": "weak", **encoded},
        {"kty": "oct", "kid": "shared", "k": shared},
        {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "AA", "y": "AA"},
        {"kty": ["RSA"], "crv": {}},
        "not a key",
    ]
    issuer = Issuer(settings(keys), fetcher, Time())
    await issuer.read(keys.sign("first", clock()), clock())
    for token in (
        sign(weak, "RS256", clock(), "weak"),
        sign(b"a shared secret of 32 characters", "HS256", clock(), "shared"),
    ):
        with pytest.raises(Unauthorized):
            await issuer.read(token, clock())


# --- forgeries --------------------------------------------------------------------------------------------


async def test_forged_tokens_are_refused(keys: JwksServer, fetcher: Fetcher) -> None:
    clock = Clock()
    issuer = Issuer(settings(keys), fetcher, Time())
    algorithm, key = keys.keys["first"]
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    good = keys.sign("first", clock())
    header, body, signature = good.split(".")
    other = _part({**_read(body), "sub": "0"})
    forged = [
        sign(None, "none", clock(), "first"),
        f"{_part({'alg': 'none', 'kid': 'first'})}.{body}.",
        f"{_part({'alg': 'NONE', 'kid': 'first'})}.{body}.{signature}",
        f"{header}.{other}.{signature}",
        f"{header}.{body}.",
        sign(new_key("RS256"), algorithm, clock(), "first"),
        sign(new_key("ES256"), "ES256", clock(), "first"),
        _hmac(pem, body, "first"),
        _hmac(der, body, "first"),
    ]
    await issuer.read(good, clock())
    for token in forged:
        with pytest.raises(Unauthorized):
            await issuer.read(token, clock())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-service"},
        {"aud": ["another-service"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"exp": None},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 10**30},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": ["x"]},
        {"sub": "x" * 300},
    ],
)
async def test_claims_that_do_not_fit_are_refused(
    keys: JwksServer, fetcher: Fetcher, claims: dict[str, Any]
) -> None:
    clock = Clock()
    issuer = Issuer(settings(keys), fetcher, Time())
    with pytest.raises(Unauthorized):
        await issuer.read(keys.sign("first", clock(), **claims), clock())


# --- over REST and sockets --------------------------------------------------------------------------------


async def test_a_user_of_the_issuer_is_known_by_both_names(harness: Harness, keys: JwksServer) -> None:
    local = await account(harness, "local")
    token = keys.sign("first", harness.clock(), sub=local, name=" Mal\u202elory ", email="m@example.org")
    status, me = await harness.rest("GET", "/api/v1/me", token)
    assert (status, me["name"], me["provider"], me["email"]) == (200, "Mallory", "issuer", "m@example.org")
    assert me["id"] != local
    again = keys.sign("first", harness.clock(), sub=local, name="Mallory B.")
    _, renamed = await harness.rest("GET", "/api/v1/me", again)
    assert (renamed["id"], renamed["name"], renamed["email"]) == (me["id"], "Mallory B.", None)
    for nameless in ({"name": None}, {"name": "\u202e"}, {"name": ["x"]}):
        status, named = await harness.rest("GET", "/api/v1/me", keys.sign("first", harness.clock(), **nameless))
        assert (status, named["name"]) == (200, "Member")
    status, problem = await harness.rest("PATCH", "/api/v1/me", again, {"name": "Other"})
    assert (status, problem["code"]) == (403, "forbidden")


async def test_claims_give_a_role_in_one_course(harness: Harness, keys: JwksServer) -> None:
    role = "https://school.example/claims.role"
    await harness.plan()
    teacher = keys.sign("first", harness.clock(), sub="t", course=COURSE, **{role: ["teacher", "staff"]})
    body = {"title": "By the issuer", "id": "second"}
    assert (await harness.rest("POST", "/api/v1/live-classes", teacher, body))[0] == 201
    pupil = keys.sign("first", harness.clock(), sub="p", course=COURSE, **{role: "pupil"})
    assert (await harness.rest("POST", "/api/v1/live-classes", pupil, body))[0] == 403
    assert len((await harness.rest("GET", "/api/v1/live-classes", pupil))[1]["items"]) == 2
    socket = await harness.connect("student", token=pupil)
    assert socket.connected
    wrong = keys.sign("first", harness.clock(), sub="p", course="a b", **{role: "pupil"})
    assert (await harness.rest("GET", "/api/v1/me", wrong))[0] == 401


async def test_an_admin_by_claim_is_one_as_long_as_it_says_so(harness: Harness, keys: JwksServer) -> None:
    yes = {"realm_access": {"roles": ["podium-admin", "x"]}}
    assert (await harness.rest("GET", "/api/v1/users", keys.sign("first", harness.clock(), **yes)))[0] == 200
    no = keys.sign("first", harness.clock(), realm_access={"roles": "podium-admins"})
    assert (await harness.rest("GET", "/api/v1/users", no))[0] == 403


async def test_a_blocked_user_of_the_issuer_is_out(harness: Harness, keys: JwksServer) -> None:
    token = keys.sign("first", harness.clock())
    _, me = await harness.rest("GET", "/api/v1/me", token)
    _, root = await admin(harness)
    assert (await harness.rest("POST", f"/api/v1/users/{me['id']}/block", root, {}))[0] == 200
    assert (await harness.rest("GET", "/api/v1/me", token))[0] == 401


async def test_our_own_tokens_stay_ours(harness: Harness, keys: JwksServer) -> None:
    assert (await harness.rest("GET", "/api/v1/me", harness.token("student")))[0] == 200
    _algorithm, key = keys.keys["first"]
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    ours = {"sub": "root", "name": "Root", "role": "admin", "iss": "podium"}
    end = int((harness.clock() + timedelta(hours=1)).timestamp())
    body = _part({**ours, "iat": 1, "exp": end})
    for token in (
        _hmac(pem, body, "first"),
        keys.sign("first", harness.clock(), **ours),
        f"{_part({'alg': 'none'})}.{body}.",
        "x" * 20_000,
    ):
        status, _ = await harness.rest("GET", "/api/v1/me", token[:8000])
        assert status == 401
    await harness.plan()


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def _hmac(secret: bytes, body: str, key_id: str) -> str:
    """HS256 with a public key as the secret; made by hand, as the library refuses to."""
    head = _part({"alg": "HS256", "typ": "JWT", "kid": key_id})
    signature = hmac.digest(secret, f"{head}.{body}".encode(), hashlib.sha256)
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
