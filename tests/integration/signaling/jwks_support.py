"""Another issuer: keys of its own, published on loopback, which it changes and hides as a test wants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

URL = "https://id.example.org/realms/school"
AUDIENCE = "podium"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_ALGORITHMS: dict[str, Any] = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}


def new_key(algorithm: str) -> PrivateKey:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: PrivateKey, algorithm: str, key_id: str | None) -> dict[str, Any]:
    jwk = json.loads(_ALGORITHMS[algorithm].to_jwk(key.public_key()))
    return {**jwk, "use": "sig", "alg": algorithm, **({"kid": key_id} if key_id else {})}


class JwksServer:
    """``is_down``: it does not answer as it should. ``extra``: keys as they are."""

    def __init__(self) -> None:
        self.url = ""
        self.asked = 0
        self.is_down = False
        self.keys: dict[str, tuple[str, PrivateKey]] = {}
        self.extra: list[Any] = []

    def add(self, key_id: str, algorithm: str) -> None:
        self.keys[key_id] = (algorithm, new_key(algorithm))

    def sign(self, key_id: str, now: datetime, **claims: Any) -> str:
        algorithm, key = self.keys[key_id]
        return sign(key, algorithm, now, key_id, **claims)

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.is_down:
            return web.Response(status=503, text="down")
        keys = [public_jwk(key, algorithm, key_id) for key_id, (algorithm, key) in self.keys.items()]
        return web.json_response({"keys": [*self.extra, *keys]})


def sign(key: Any, algorithm: str | None, now: datetime, key_id: str | None, **claims: Any) -> str:
    body = {
        "iss": URL,
        "aud": AUDIENCE,
        "sub": "4711",
        "name": "Ada",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        **claims,
    }
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": key_id} if key_id else None)


@asynccontextmanager
async def jwks_server() -> AsyncIterator[JwksServer]:
    server = JwksServer()
    app = web.Application()
    app.router.add_get("/keys", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}/keys"
    try:
        yield server
    finally:
        await runner.cleanup()
