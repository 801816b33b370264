"""Signing in, staying signed in, and signing out, as a browser does it."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.signaling.accounts_support import PASSWORD, access_token, account, browser
from tests.integration.signaling.harness import Harness

pytestmark = pytest.mark.integration

SIGN_IN = "/api/v1/auth/sign-in"


async def test_one_signs_in_by_username_or_email_in_any_case(planned: Harness) -> None:
    user_id = await account(planned, "ada", email="Ada@Example.org")
    for name in ("ada", "ADA", "ada@example.org", " Ada@EXAMPLE.org "):
        async with browser(planned) as ada:
            signed_in = await ada.sign_in(name)
            assert signed_in["me"]["id"] == user_id
            assert signed_in["me"]["email"] == "Ada@Example.org"
            status, me = await ada.api("GET", "/api/v1/me")
            assert (status, me) == (200, signed_in["me"])


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(planned: Harness) -> None:
    await account(planned, "ada")
    body = {"name": "ada", "password": PASSWORD}
    async with planned.http.post(planned.url + SIGN_IN, json=body) as answer:
        cookie = answer.cookies["podium-refresh"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/v1/auth")
        assert not cookie["secure"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert cookie.value not in await answer.text()


async def test_nobody_learns_who_has_an_account(planned: Harness) -> None:
    await account(planned, "ada")
    answers = set()
    for name, password in (("ada", "wrong password"), ("nobody", PASSWORD), ("'; DROP TABLE user;--", "x" * 1024)):
        status, problem = await planned.rest("POST", SIGN_IN, body={"name": name, "password": password})
        answers.add((status, problem["code"], problem["detail"]))
    assert answers == {(401, "unauthorized", "the name or the password is wrong")}


async def test_guessing_is_slowed_down_per_account(planned: Harness) -> None:
    await account(planned, "ada")
    wrong = {"name": "ada", "password": "wrong password"}
    tries = await asyncio.gather(*(planned.rest("POST", SIGN_IN, body=wrong) for _ in range(14)))
    codes = [problem["code"] for _, problem in tries]
    assert codes.count("unauthorized") in (10, 11)  # two may be looked at together
    assert codes.count("rate_limited") == 14 - codes.count("unauthorized")
    status, problem = await planned.rest("POST", SIGN_IN, body={"name": "Ada", "password": PASSWORD})
    assert (status, problem["code"]) == (429, "rate_limited")
    await account(planned, "ben")
    status, _ = await planned.rest("POST", SIGN_IN, body={"name": "ben", "password": PASSWORD})
    assert status == 200


async def test_pages_of_other_sites_are_refused(planned: Harness) -> None:
    await account(planned, "ada")
    async with browser(planned) as ada:
        await ada.sign_in("ada")
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
            for path in ("sign-in", "refresh", "sign-out"):
                body = {"name": "ada", "password": PASSWORD} if path == "sign-in" else None
                status, problem = await ada("POST", f"/api/v1/auth/{path}", body, **headers)
                assert (status, problem["code"]) == (403, "forbidden")
        assert (await ada.refresh())[0] == 200


async def test_refreshing_goes_on_and_the_old_token_repeats_for_a_moment(planned: Harness) -> None:
    await account(planned, "ada")
    async with browser(planned) as ada, browser(planned) as tab:
        await ada.sign_in("ada")
        tab.refresh_token = ada.refresh_token
        first = ada.refresh_token
        # two tabs at once: both are answered, and both have the same next token
        answers = await asyncio.gather(ada.refresh(), tab.refresh())
        assert [status for status, _ in answers] == [200, 200]
        assert ada.refresh_token == tab.refresh_token != first
        planned.clock.advance(60)
        assert (await ada.refresh())[0] == 200
        assert (await ada.api("GET", "/api/v1/me"))[0] == 200


async def test_a_stolen_token_ends_the_sign_in_for_both(planned: Harness) -> None:
    await account(planned, "ada")
    async with browser(planned) as ada, browser(planned) as thief, browser(planned) as phone:
        await ada.sign_in("ada")
        await phone.sign_in("ada")
        stolen = ada.refresh_token
        assert (await ada.refresh())[0] == 200
        socket = await planned.connect("student", token=ada.token)
        planned.clock.advance(11)
        thief.refresh_token = stolen
        assert (await thief.refresh())[0] == 401
        assert (await ada.refresh())[0] == 401
        assert (await ada.api("GET", "/api/v1/me"))[0] == 401
        told = await socket.wait("signed-out")
        assert told["reason"] == "token-reused"
        assert (await phone.refresh())[0] == 200


async def test_signing_out_ends_everything_of_this_device(planned: Harness) -> None:
    await account(planned, "ada")
    async with browser(planned) as ada, browser(planned) as phone:
        device = (await ada.sign_in("ada"))["deviceId"]
        await phone.sign_in("ada")
        kept = ada.refresh_token
        socket = await planned.connect("student", token=ada.token)
        assert (await ada("POST", "/api/v1/auth/sign-out"))[0] == 204
        assert ada.cookie is None
        assert (await ada.api("GET", "/api/v1/me"))[0] == 401
        ada.refresh_token = kept
        assert (await ada.refresh())[0] == 401
        assert await socket.wait("signed-out") == {"reason": "signed-out", "deviceId": device}
        assert (await ada("POST", "/api/v1/auth/sign-out"))[0] == 204
        assert (await phone.api("GET", "/api/v1/me"))[0] == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.0.c", "é.0.x", "x" * 4000, "a.999999999999.b"])
async def test_forged_refresh_tokens_change_nothing(planned: Harness, token: str) -> None:
    await account(planned, "ada")
    async with browser(planned) as ada, browser(planned) as forger:
        await ada.sign_in("ada")
        device, generation, seal = ada.refresh_token.split(".")
        forger.refresh_token = token or f"{device}.{int(generation) + 1}.{seal}"
        assert (await forger.refresh())[0] == 401
        assert (await ada.refresh())[0] == 200


async def test_devices_are_listed_and_signed_out(planned: Harness) -> None:
    user_id = await account(planned, "ada")
    async with browser(planned, "Laptop") as laptop, browser(planned, "Phone") as phone, browser(planned) as other:
        await laptop.sign_in("ada")
        await phone.sign_in("ada")
        await other.sign_in("ada")
        _, listed = await laptop.api("GET", "/api/v1/me/devices")
        by_label = {device["label"]: device for device in listed["items"]}
        assert set(by_label) == {"Laptop", "Phone", "Test browser"}
        assert [label for label, device in by_label.items() if device["isCurrent"]] == ["Laptop"]
        phone_id = by_label["Phone"]["id"]
        assert (await laptop.api("DELETE", f"/api/v1/me/devices/{phone_id}"))[0] == 204
        assert (await laptop.api("DELETE", f"/api/v1/me/devices/{phone_id}"))[0] == 404
        assert (await phone.refresh())[0] == 401
        assert (await laptop.api("DELETE", "/api/v1/me/devices"))[0] == 204
        assert (await other.api("GET", "/api/v1/me"))[0] == 401
        assert (await laptop.refresh())[0] == 200
        await account(planned, "ben")
        async with browser(planned) as ben:
            await ben.sign_in("ben")
            mine = (await laptop.api("GET", "/api/v1/me/devices"))[1]["items"][0]["id"]
            assert (await ben.api("DELETE", f"/api/v1/me/devices/{mine}"))[0] == 404
        pages, cursor = [], ""
        await phone.sign_in("ada")
        while True:
            _, page = await planned.rest(
                "GET", f"/api/v1/me/devices?limit=1{cursor}", access_token(planned, user_id)
            )
            pages += [device["label"] for device in page["items"]]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert sorted(pages) == ["Laptop", "Phone"]


async def test_a_sign_in_that_is_not_used_runs_out(planned: Harness) -> None:
    await account(planned, "ada")
    async with browser(planned) as ada:
        await ada.sign_in("ada")
        planned.clock.advance(16 * 60)
        status, problem = await ada.api("GET", "/api/v1/me")
        assert (status, "expired" in problem["detail"]) == (401, True)
        assert (await ada.refresh())[0] == 200
        kept = ada.refresh_token
        planned.clock.advance(31 * 24 * 3600)
        ada.refresh_token = kept
        assert (await ada.refresh())[0] == 401
