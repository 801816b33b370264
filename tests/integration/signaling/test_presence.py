"""Who is online, on one server and on several."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signaling.protocol.presence import PresenceQuery
from signaling.services.people.presence import Presence
from signaling.store.nodes import NodeStore
from signaling.store.people import PeopleStore
from signaling.store.presence import PresenceStore
from tests.integration.signaling.accounts_support import access_token, account
from tests.integration.signaling.harness import Client, Harness

pytestmark = pytest.mark.integration


async def told(client: Client, user_id: str, is_online: bool) -> None:
    await client.wait(
        "presence-changed",
        lambda data: any(u["userId"] == user_id and u["isOnline"] is is_online for u in data["users"]),
    )


async def states(harness: Harness, token: str, *user_ids: str) -> dict[str, bool]:
    status, found = await harness.rest("GET", f"/api/v1/presence?userIds={','.join(user_ids)}", token)
    assert status == 200, found
    return {user["userId"]: user["isOnline"] for user in found["items"]}


async def test_people_of_a_course_see_each_other_come_and_go(planned: Harness) -> None:
    tutor = await planned.connect("tutor", "Tutor")
    laptop = await planned.connect("student", "Ada")
    await told(tutor, "Ada", True)
    phone = await planned.connect("student", "Ada")
    await laptop.close()
    token = planned.token("tutor", "Tutor")
    assert await states(planned, token, "Ada", "Tutor", "nobody") == {"Ada": True, "Tutor": True}
    tutor.clear()
    await phone.close()
    planned.clock.advance(2)
    await told(tutor, "Ada", False)
    changes = [user for data in tutor.all("presence-changed") for user in data["users"]]
    assert [user["isOnline"] for user in changes] == [False]
    assert changes[0]["lastSeenAt"] is not None
    assert await states(planned, token, "Ada") == {"Ada": False}


async def test_strangers_are_left_out(planned: Harness) -> None:
    stranger = access_token(planned, await account(planned, "stranger"))
    await planned.connect("student", "Ada")
    other = planned.token("student", "Ben", course="physics")
    for token in (stranger, other):
        assert await states(planned, token, "Ada") == {}
    many = ",".join(f"user{n}" for n in range(201))
    assert (await planned.rest("GET", f"/api/v1/presence?userIds={many}", other))[0] == 400
    assert (await planned.rest("GET", "/api/v1/presence", other))[0] == 400


async def another_server(harness: Harness, node_id: str) -> Presence:
    """The presence of another server on the same database. That of the harness knows that it is not alone: it
    would forget all others, a few seconds from now."""
    harness.server.control.presence._is_cluster = True
    async with harness.server.database.transaction() as tx:
        await NodeStore().add(tx, node_id, f"http://{node_id}", harness.clock())
    return Presence(
        database=harness.server.database,
        store=PresenceStore(),
        people=PeopleStore(),
        nodes=NodeStore(),
        node_id=node_id,
        is_cluster=True,
        dead_after=timedelta(seconds=15),
        now=harness.clock,
    )


async def test_one_is_online_while_connected_to_any_server(planned: Harness) -> None:
    tutor = await planned.connect("tutor", "Tutor")
    await told(tutor, "Tutor", True)
    token = planned.token("tutor", "Tutor")
    await planned.rest("GET", "/api/v1/me", planned.token("student", "Ada"))
    one, two = await another_server(planned, "one"), await another_server(planned, "two")
    one.connected("Ada", "a")
    await one.tick()
    await told(tutor, "Ada", True)
    two.connected("Ada", "b")
    await two.tick()
    one.disconnected("Ada", "a")
    one.disconnected("Ada", "unknown")
    planned.clock.advance(3)
    await one.tick()
    assert await states(planned, token, "Ada") == {"Ada": True}
    tutor.clear()
    # a crash: the other server says nothing more, and is forgotten by those who live
    planned.clock.advance(20)
    async with planned.server.database.transaction() as tx:
        for living in ("one", planned.server.control.hosting.node_id):
            await NodeStore().beat(tx, living, 0, planned.clock())
    await one.sweep()
    await told(tutor, "Ada", False)
    assert len(tutor.all("presence-changed")) == 1
    assert await states(planned, token, "Ada") == {"Ada": False}


async def test_a_flap_is_not_told(planned: Harness) -> None:
    server = await another_server(planned, "one")
    await planned.rest("GET", "/api/v1/me", planned.token("student", "Ada"))
    server.connected("Ada", "a")
    await server.tick()
    tutor = await planned.connect("tutor", "Tutor")
    await told(tutor, "Tutor", True)
    tutor.clear()
    server.disconnected("Ada", "a")
    planned.clock.advance(1.5)
    await server.tick()
    server.connected("Ada", "b")
    planned.clock.advance(5)
    await server.tick()
    who = await planned.server.control.access.identify(planned.token("tutor", "Tutor"))
    assert (await server.of(who, PresenceQuery(user_ids="Ada"))).items[0].is_online
    assert not [u for data in tutor.all("presence-changed") for u in data["users"] if u["userId"] == "Ada"]


async def test_who_is_blocked_beside_the_server_is_out_too(planned: Harness) -> None:
    user_id = await account(planned, "ada")
    socket = await planned.connect("student", token=access_token(planned, user_id))
    tutor = await planned.connect("tutor", "Tutor")
    await told(tutor, "Tutor", True)
    async with planned.server.database.transaction() as tx:
        await PeopleStore().set_blocked(tx, user_id, planned.clock())
    await planned.server.control.presence.tick()
    await planned.server.control.presence.sweep()
    await socket.wait("(disconnected)")
