"""Accounts for the tests, and browsers that keep their cookies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http.cookies import Morsel

import aiohttp
from yarl import URL

from signaling.app import new_id
from signaling.identity import Identity
from signaling.services.people.new_accounts import NewAccount, add_account
from signaling.store.accounts import AccountStore
from signaling.store.people import PeopleStore
from tests.integration.signaling.harness import Data, Harness

PASSWORD = "correct horse battery"
COOKIE = "podium-refresh"


async def account(
    harness: Harness, username: str, *, password: str = PASSWORD, email: str | None = None, is_admin: bool = False
) -> str:
    """A local account; its user id."""
    new = NewAccount(id=new_id(), name=username.title(), username=username, email=email, is_admin=is_admin)
    people = harness.server.control.people
    password_hash = await people.passwords.hash(password)
    async with harness.server.database.transaction() as tx:
        user = await add_account(tx, PeopleStore(), AccountStore(), new, harness.clock())
        await AccountStore().set_password(tx, user.id, password_hash, harness.clock())
    return user.id


def access_token(harness: Harness, user_id: str, name: str = "Somebody", *, is_admin: bool = False) -> str:
    """A token for an account, without a sign-in."""
    expires_at = harness.clock() + timedelta(minutes=15)
    who = Identity(user_id=user_id, name=name, expires_at=expires_at, is_admin=is_admin)
    return harness.server.tokens.issue_access(who, harness.clock())


async def admin(harness: Harness, username: str = "root") -> tuple[str, str]:
    """An admin; the user id and a token."""
    user_id = await account(harness, username, is_admin=True)
    return user_id, access_token(harness, user_id, is_admin=True)


class Browser:
    """Keeps its cookie and its last access token, and says what a browser says."""

    def __init__(self, harness: Harness, http: aiohttp.ClientSession) -> None:
        self.harness = harness
        self.http = http
        self.token = ""
        self.headers: dict[str, str] = {"Origin": harness.url}

    async def __call__(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Data]:
        """Ask with the cookie and without a token."""
        sent = {**self.headers, **headers}
        async with self.http.request(method, self.harness.url + path, json=body, headers=sent) as answer:
            data: Data = await answer.json(content_type=None) if answer.status != 204 else {}
        if "accessToken" in data:
            self.token = data["accessToken"]
        return answer.status, data

    async def api(self, method: str, path: str, body: object = None) -> tuple[int, Data]:
        """Ask with the access token."""
        return await self(method, path, body, Authorization=f"Bearer {self.token}")

    async def sign_in(self, name: str, password: str = PASSWORD) -> Data:
        status, data = await self("POST", "/api/v1/auth/sign-in", {"name": name, "password": password})
        assert status == 200, data
        return data

    async def refresh(self) -> tuple[int, Data]:
        return await self("POST", "/api/v1/auth/refresh")

    @property
    def cookie(self) -> Morsel[str] | None:
        url = URL(self.harness.url + "/api/v1/auth/refresh")
        found: Morsel[str] | None = self.http.cookie_jar.filter_cookies(url).get(COOKIE)
        return found

    @property
    def refresh_token(self) -> str:
        assert self.cookie is not None
        return self.cookie.value

    @refresh_token.setter
    def refresh_token(self, value: str) -> None:
        """Put another cookie into the jar, as a thief does."""
        self.http.cookie_jar.clear()
        url = URL(self.harness.url + "/api/v1/auth/")
        self.http.cookie_jar.update_cookies({COOKIE: value}, url)


@asynccontextmanager
async def browser(harness: Harness, agent: str = "Test browser") -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"User-Agent": agent}) as http:
        yield Browser(harness, http)
