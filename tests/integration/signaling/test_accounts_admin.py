"""What admins do with accounts: make, find, change, block; and what is kept of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.signaling.accounts_support import PASSWORD, access_token, account, admin, browser
from tests.integration.signaling.harness import Data, Harness

pytestmark = pytest.mark.integration

USERS = "/api/v1/users"


async def test_an_admin_makes_accounts_that_can_sign_in(planned: Harness) -> None:
    _, token = await admin(planned)
    body = {"name": "Ada Lovelace", "username": "Ada", "email": "ada@example.org", "password": PASSWORD}
    status, ada = await planned.rest("POST", USERS, token, body)
    assert status == 201
    assert (ada["name"], ada["provider"], ada["isAdmin"], ada["isBlocked"]) == (
        "Ada Lovelace",
        "local",
        False,
        False,
    )
    async with browser(planned) as page:
        assert (await page.sign_in("ada"))["me"]["id"] == ada["id"]
    for again in (
        {"username": "ADA"},
        {"email": "ADA@example.ORG"},
        {"username": "b1", "email": "ada@Example.org"},
    ):
        status, problem = await planned.rest("POST", USERS, token, {"name": "Other", **again})
        assert (status, problem["code"]) == (409, "already_exists")
    status, problem = await planned.rest("POST", USERS, token, {"name": "Nobody"})
    assert (status, problem["code"]) == (400, "bad_request")


async def test_two_who_race_for_a_name_get_one_account(planned: Harness) -> None:
    _, token = await admin(planned)
    body = {"name": "Ada", "username": "ada"}
    answers = await asyncio.gather(*(planned.rest("POST", USERS, token, body) for _ in range(4)))
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]


NO_ACCOUNTS: list[tuple[str, object]] = [
    ("password", "short"),
    ("password", "aaaaaaaaaaaaaa"),
    ("password", "Password123!"),
    ("password", "x1" * 101),
    ("password", "ada.lovelace"),
    ("username", "a b"),
    ("username", "a@b.example"),
    ("username", "<script>"),
    ("email", "nobody"),
    ("email", "a\r\nBcc: b@example.org"),
    ("name", "\u202e\u200b"),
    ("name", "x" * 10_240),
    ("name", ""),
    ("isAdmin", "yes"),
    ("colour", "red"),
]


async def test_what_cannot_be_an_account_is_refused(planned: Harness) -> None:
    _, token = await admin(planned)
    for field, value in NO_ACCOUNTS:
        body = {"name": "Ada", "username": "ada.lovelace", "password": PASSWORD, field: value}
        status, problem = await planned.rest("POST", USERS, token, body)
        assert (status, problem["code"]) == (400, "bad_request"), (field, value)
    assert (await planned.rest("GET", f"{USERS}?search=ada", token))[1]["items"] == []


async def test_names_are_cleaned_and_markup_is_text(planned: Harness) -> None:
    _, token = await admin(planned)
    name = " Ro\u202ebert'); DROP TABLE\t users;-- <b>&amp;\u0007 "
    status, user = await planned.rest("POST", USERS, token, {"name": name, "username": "robert"})
    assert (status, user["name"]) == (201, "Robert'); DROP TABLE users;-- <b>&amp;")
    _, found = await planned.rest("GET", f"{USERS}?search=drop%20%3Cb%3E", token)
    assert [user["username"] for user in found["items"]] == ["robert"]
    _, found = await planned.rest("GET", f"{USERS}?search=%25", token)
    assert found["items"] == []


async def test_users_are_searched_and_paged_by_name(planned: Harness) -> None:
    _, token = await admin(planned)
    for name in ("zoë", "Émile", "ada", "ben", "carl"):
        body = {"name": name, "username": f"user-{ord(name[0])}"}
        assert (await planned.rest("POST", USERS, token, body))[0] == 201
    names, cursor = [], ""
    while True:
        _, page = await planned.rest("GET", f"{USERS}?limit=2&search=USER-{cursor}", token)
        assert len(page["items"]) <= 2
        names += [user["name"] for user in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert names == ["ada", "ben", "carl", "zoë", "Émile"]
    _, found = await planned.rest("GET", f"{USERS}?search=%C3%A9MIL", token)
    assert [user["name"] for user in found["items"]] == ["Émile"]
    status, problem = await planned.rest("GET", f"{USERS}?cursor=nonsense", token)
    assert (status, problem["code"]) == (400, "bad_request")


async def test_only_admins_manage_users(planned: Harness) -> None:
    user_id = await account(planned, "ada")
    tutor = planned.token("tutor")
    for token in (tutor, access_token(planned, user_id), access_token(planned, user_id, is_admin=True)):
        for method, path, body in (
            ("GET", USERS, None),
            ("POST", USERS, {"name": "x", "username": "xy"}),
            ("GET", f"{USERS}/{user_id}", None),
            ("PATCH", f"{USERS}/{user_id}", {"isAdmin": True}),
            ("POST", f"{USERS}/{user_id}/block", {}),
            ("POST", f"{USERS}/{user_id}/unblock", None),
            ("POST", f"{USERS}/{user_id}/password-link", None),
            ("GET", "/api/v1/audit-log", None),
        ):
            status, problem = await planned.rest(method, path, token, body)
            assert (status, problem["code"]) == (403, "forbidden"), path


async def test_a_blocked_user_is_out_at_once(planned: Harness) -> None:
    root, token = await admin(planned)
    user_id = await account(planned, "ada")
    async with browser(planned) as ada:
        await ada.sign_in("ada")
        socket = await planned.connect("student", token=ada.token)
        link = planned.token("student", user_id=user_id, name="Ada")
        link_socket = await planned.connect("student", token=link)
        status, blocked = await planned.rest("POST", f"{USERS}/{user_id}/block", token, {"reason": "spam"})
        assert (status, blocked["isBlocked"]) == (200, True)
        for connection in (socket, link_socket):
            assert (await connection.wait("signed-out")) == {"reason": "blocked", "deviceId": None}
            await connection.wait("(disconnected)")
        assert (await ada.api("GET", "/api/v1/me"))[0] == 401
        assert (await ada.refresh())[0] == 401
        assert (await planned.rest("GET", "/api/v1/live-classes", link))[0] == 401
        status, problem = await ada("POST", "/api/v1/auth/sign-in", {"name": "ada", "password": PASSWORD})
        assert (status, "blocked" in problem["detail"]) == (401, True)
        status, problem = await ada("POST", "/api/v1/auth/sign-in", {"name": "ada", "password": "wrong password"})
        assert (status, "blocked" in problem["detail"]) == (401, False)
        assert (await planned.rest("POST", f"{USERS}/{user_id}/unblock", token))[0] == 200
        await ada.sign_in("ada")
    _, log = await planned.rest("GET", f"/api/v1/audit-log?target={user_id}", token)
    assert [(entry["action"], entry["actorId"]) for entry in log["items"]] == [
        ("unblock-user", root),
        ("block-user", root),
    ]
    assert log["items"][1]["details"] == {"reason": "spam"}


async def test_one_admin_stays(planned: Harness) -> None:
    root, token = await admin(planned)
    for method, path, body in (
        ("PATCH", f"{USERS}/{root}", {"isAdmin": False}),
        ("POST", f"{USERS}/{root}/block", {}),
    ):
        assert (await planned.rest(method, path, token, body))[0] == 400
    other = await account(planned, "ada")
    assert (await planned.rest("PATCH", f"{USERS}/{other}", token, {"isAdmin": True}))[1]["isAdmin"]
    tokens = {root: token, other: access_token(planned, other, is_admin=True)}
    unmake: Data = {"isAdmin": False}
    answers = await asyncio.gather(
        planned.rest("PATCH", f"{USERS}/{other}", tokens[root], unmake),
        planned.rest("PATCH", f"{USERS}/{root}", tokens[other], unmake),
    )
    # the second may find itself an admin no longer, or the last one: never both gone
    assert sorted(status for status, _ in answers)[0] == 200
    async with planned.server.database.transaction() as tx:
        assert len(await planned.server.control.people.store.admin_ids(tx)) == 1


async def test_a_password_link_works_once(planned: Harness) -> None:
    _, token = await admin(planned)
    status, user = await planned.rest("POST", USERS, token, {"name": "Ada", "email": "ada@example.org"})
    _, first = await planned.rest("POST", f"{USERS}/{user['id']}/password-link", token)
    status, link = await planned.rest("POST", f"{USERS}/{user['id']}/password-link", token)
    assert status == 201
    path = "/api/v1/auth/set-password"
    async with browser(planned) as ada:
        assert (await ada("POST", path, {"token": first["token"], "password": PASSWORD}))[0] == 401
        assert (await ada("POST", path, {"token": link["token"], "password": "ada@example.org"}))[0] == 400
        tries = await asyncio.gather(
            *(ada("POST", path, {"token": link["token"], "password": PASSWORD}) for _ in range(3))
        )
        assert sorted(status for status, _ in tries) == [200, 401, 401]
        await ada.sign_in("ada@example.org")
        _, link = await planned.rest("POST", f"{USERS}/{user['id']}/password-link", token)
        planned.clock.advance(73 * 3600)
        assert (await ada("POST", path, {"token": link["token"], "password": PASSWORD}))[0] == 401


async def test_the_audit_log_is_filtered_and_paged(planned: Harness) -> None:
    root, token = await admin(planned)
    ids = [await account(planned, f"user{n}") for n in range(3)]
    for user_id in ids:
        await planned.rest("POST", f"{USERS}/{user_id}/block", token, {})
    path = f"/api/v1/audit-log?actorId={root}&action=block-user&limit=2"
    _, first = await planned.rest("GET", path, token)
    _, second = await planned.rest("GET", f"{path}&cursor={first['nextCursor']}", token)
    assert [entry["target"] for entry in first["items"] + second["items"]] == ids[::-1]
    latest = first["items"][0]
    assert (second["nextCursor"], latest["actorName"], latest["targetName"]) == (None, "Root", "User2")
    assert latest["courseTitle"] is None
    _, none = await planned.rest("GET", "/api/v1/audit-log?courseId=maths", token)
    assert none["items"] == []


async def test_users_block_each_other_within_a_course(planned: Harness) -> None:
    ada, ben = planned.token("student", "Ada"), planned.token("student", "Ben")
    for token in (ada, ben):
        await planned.rest("GET", "/api/v1/live-classes", token)
    stranger = await account(planned, "stranger")
    assert (await planned.rest("POST", f"{USERS}/{stranger}/block-for-me", ada))[0] == 404
    assert (await planned.rest("POST", f"{USERS}/nobody/block-for-me", ada))[0] == 404
    assert (await planned.rest("POST", f"{USERS}/Ada/block-for-me", ada))[0] == 400
    for _ in range(2):
        assert (await planned.rest("POST", f"{USERS}/Ben/block-for-me", ada))[0] == 204
    _, blocked = await planned.rest("GET", "/api/v1/me/blocked-users", ada)
    assert [user["id"] for user in blocked["items"]] == ["Ben"]
    store = planned.server.control.people.store
    async with planned.server.database.transaction() as tx:
        assert await store.is_blocked_by(tx, "Ben", "Ada")
        assert not await store.is_blocked_by(tx, "Ada", "Ben")
    assert (await planned.rest("DELETE", f"{USERS}/Ben/block-for-me", ada))[0] == 204
    assert (await planned.rest("GET", "/api/v1/me/blocked-users", ada))[1]["items"] == []
