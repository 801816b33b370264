"""The first admin, registration, and what somebody changes about themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from signaling.config import AccountsConfig, HttpConfig
from signaling.services.people.passwords import Passwords
from tests.integration.signaling.accounts_support import PASSWORD, account, admin, browser
from tests.integration.signaling.harness import Harness, config, serving

pytestmark = pytest.mark.integration

REGISTER = "/api/v1/auth/register"


async def test_the_setup_link_makes_one_admin(planned: Harness) -> None:
    accounts = planned.server.control.people.accounts
    old, token = await accounts.new_setup_token(), await accounts.new_setup_token()
    assert (await planned.rest("GET", "/api/v1/auth/options"))[1]["setupNeeded"]
    body = {"token": token, "username": "root", "name": "Root", "password": PASSWORD}
    async with browser(planned) as root:
        assert (await root("POST", "/api/v1/setup", {**body, "token": "guess"}))[0] == 401
        assert (await root("POST", "/api/v1/setup", {**body, "password": "short"}))[0] == 400
        racing = [{**body, "username": f"root{n}", "token": (old, token)[n % 2]} for n in range(4)]
        answers = await asyncio.gather(*(root("POST", "/api/v1/setup", each) for each in racing))
        assert sorted(status for status, _ in answers) == [201, 401, 401, 401]
        assert (await root.api("GET", "/api/v1/me"))[1]["isAdmin"]
        assert (await root.api("GET", "/api/v1/users"))[0] == 200
    assert await accounts.new_setup_token() is None
    assert not (await planned.rest("GET", "/api/v1/auth/options"))[1]["setupNeeded"]


async def test_a_setup_link_runs_out(planned: Harness) -> None:
    token = await planned.server.control.people.accounts.new_setup_token()
    planned.clock.advance(25 * 3600)
    body = {"token": token, "username": "root", "name": "Root", "password": PASSWORD}
    assert (await planned.rest("POST", "/api/v1/setup", body=body))[0] == 401


async def test_registration_is_closed_by_default_and_can_be_opened(tmp_path: Path, database_url: str) -> None:
    body = {"username": "ada", "name": "Ada", "password": PASSWORD}
    settings = config(tmp_path, database_url)
    async with serving(settings) as closed:
        assert (await closed.rest("POST", REGISTER, body=body))[0] == 403
    opened = msgspec.structs.replace(settings, accounts=AccountsConfig(registration="open"))
    async with serving(opened) as harness, browser(harness) as ada:
        assert (await ada("GET", "/api/v1/auth/options"))[1]["registration"] == "open"
        assert (await ada("POST", REGISTER, {**body, "password": "1234567890"}))[0] == 400
        status, signed_in = await ada("POST", REGISTER, body)
        assert (status, signed_in["me"]["isAdmin"], ada.cookie is not None) == (201, False, True)
        assert (await ada("POST", REGISTER, {**body, "username": "ADA"}))[0] == 409
        assert (await ada("POST", REGISTER, {**body, "isAdmin": True}))[0] == 400


async def test_one_changes_name_and_email(planned: Harness) -> None:
    await account(planned, "ben", email="ben@example.org")
    await account(planned, "ada")
    async with browser(planned) as ada:
        await ada.sign_in("ada")
        status, me = await ada.api("PATCH", "/api/v1/me", {"name": " Ada\u202e  L. ", "email": "ada@example.org"})
        assert (status, me["name"], me["email"]) == (200, "Ada L.", "ada@example.org")
        await ada.sign_in("ada@example.org")
        for email in ("Ben@example.org", "BEN@EXAMPLE.ORG"):
            assert (await ada.api("PATCH", "/api/v1/me", {"email": email}))[0] == 409
        assert (await ada.api("PATCH", "/api/v1/me", {"email": None}))[1]["email"] is None
        status, _ = await ada("POST", "/api/v1/auth/sign-in", {"name": "ada@example.org", "password": PASSWORD})
        assert status == 401
    link = planned.token("student", "Guest")
    assert (await planned.rest("PATCH", "/api/v1/me", link, {"name": "Tutor"}))[0] == 403
    assert (await planned.rest("GET", "/api/v1/me", link))[1]["provider"] == "token"
    assert (await planned.rest("GET", "/api/v1/me/devices", link))[0] == 403


async def test_a_link_does_not_rename_an_account_or_change_it(planned: Harness) -> None:
    user_id = await account(planned, "ada")
    link = planned.token("student", "Mallory", user_id=user_id)
    assert (await planned.rest("GET", "/api/v1/me", link))[1]["name"] == "Ada"
    body = {"password": PASSWORD, "newPassword": "another long password"}
    assert (await planned.rest("POST", "/api/v1/me/password", link, body))[0] == 403
    assert (await planned.rest("DELETE", "/api/v1/me/devices", link))[0] == 403


async def test_a_changed_password_signs_the_other_devices_out(planned: Harness) -> None:
    await account(planned, "ada")
    new = "another long password"
    async with browser(planned) as ada, browser(planned) as phone:
        await ada.sign_in("ada")
        await phone.sign_in("ada")
        socket = await planned.connect("student", token=phone.token)
        path = "/api/v1/me/password"
        assert (await ada.api("POST", path, {"password": "wrong password", "newPassword": new}))[0] == 403
        assert (await ada.api("POST", path, {"password": PASSWORD, "newPassword": "short"}))[0] == 400
        assert (await ada.api("POST", path, {"password": PASSWORD, "newPassword": new}))[0] == 204
        assert (await socket.wait("signed-out"))["reason"] == "password-changed"
        await socket.wait("(disconnected)")
        assert (await phone.refresh())[0] == 401
        assert (await ada.refresh())[0] == 200
        assert (await ada("POST", "/api/v1/auth/sign-in", {"name": "ada", "password": PASSWORD}))[0] == 401
        await ada.sign_in("ada", new)


async def test_behind_a_proxy_clients_are_told_apart_and_cookies_are_secure(
    tmp_path: Path, database_url: str
) -> None:
    settings = config(tmp_path, database_url)
    http = HttpConfig(host="127.0.0.1", port=0, proxies=1)
    async with serving(msgspec.structs.replace(settings, http=http)) as harness:
        await account(harness, "ada")
        headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7", "X-Forwarded-Proto": "https"}
        body = {"name": "ada", "password": PASSWORD}
        url = f"{harness.url}/api/v1/auth/sign-in"
        async with harness.http.post(url, json=body, headers=headers) as answer:
            assert answer.cookies["podium-refresh"]["secure"]
            token = (await answer.json())["accessToken"]
        _, devices = await harness.rest("GET", "/api/v1/me/devices", token)
        assert [device["address"] for device in devices["items"]] == ["203.0.113.7"]


async def test_an_old_hash_is_renewed_at_sign_in(planned: Harness) -> None:
    user_id = await account(planned, "ada")
    parts = planned.server.control.people
    old = await Passwords(memory_kib=1024, passes=1).hash(PASSWORD)
    async with planned.server.database.transaction() as tx:
        await parts.account_store.set_password(tx, user_id, old, planned.clock())
    async with browser(planned) as ada:
        await ada.sign_in("ada")
        await ada.sign_in("ada")
    async with planned.server.database.transaction() as tx:
        kept = await parts.account_store.password_hash(tx, user_id)
    assert kept is not None
    assert "m=19456,t=2" in kept


async def test_an_admin_is_one_no_longer_at_once(planned: Harness) -> None:
    _, root = await admin(planned)
    ada_id = await account(planned, "ada", is_admin=True)
    async with browser(planned) as ada:
        await ada.sign_in("ada")
        assert (await ada.api("GET", "/api/v1/users"))[0] == 200
        await planned.rest("PATCH", f"/api/v1/users/{ada_id}", root, {"isAdmin": False})
        assert (await ada.api("GET", "/api/v1/users"))[0] == 403
