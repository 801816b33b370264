"""The attendance of a whole class, with reconnects, several devices and a crash, against what really happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from signaling.protocol.base import Role
from tests.integration.signaling.harness import CLASS, Client, Clock, Data, Harness, config, serving

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEAT_S = 120
TUTOR = "Hypatia"


class FrozenClock(Clock):
    """A time that stands still unless it is moved, so that every second is known."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


class Class:
    """A class in virtual time, and the truth about who was in it."""

    def __init__(self, harness: Harness, clock: FrozenClock) -> None:
        self._harness = harness
        self._clock = clock
        self.tutor: Client | None = None

    async def at(self, second: int) -> None:
        """Let the time pass until then, doing on the way what the server does every second."""
        self._clock.seconds = second
        for _, job in self._harness.server.control.jobs():
            await job()

    async def comes(self, name: str, device: str = "laptop") -> Client:
        role: Role = "tutor" if name == TUTOR else "student"
        client = await self._harness.connect(role, token=self._harness.token(role, name))
        client.seat_key = f"seat-of-{name}-at-the-{device}"
        await client.join()
        if name == TUTOR:
            self.tutor = client
        return client

    async def goes(self, client: Client) -> None:
        await client.must("leave-session")

    async def is_cut_off(self, client: Client) -> None:
        """Without a word; what the others see of it is waited for."""
        await client.vanish()

        def is_gone(data: Data) -> bool:
            return bool(data["user"]["id"] == client.id and data["user"]["isReconnecting"])

        assert self.tutor is not None
        await self.tutor.wait("user-updated", is_gone)
        self.tutor.clear()

    def crash(self) -> None:
        """From here on this server writes nothing any more, as after kill -9."""

        def gone(_: object) -> None:
            raise OperationalError("", {}, OSError("the server is gone"))

        event.listen(self._harness.server.database.engine.sync_engine, "begin", gone)

    async def attendance(self) -> dict[str, Any]:
        path = f"/api/v1/live-classes/{CLASS}/attendance"
        status, body = await self._harness.rest("GET", path, self._harness.token("tutor", TUTOR))
        assert status == 200, body
        return body


def intervals(session: dict[str, Any]) -> dict[str, list[tuple[int, int]]]:
    """Who was there, in seconds of the class."""

    def second(moment: str) -> int:
        return round((datetime.fromisoformat(moment) - START).total_seconds())

    return {
        person["name"]: [(second(part["joinedAt"]), second(part["leftAt"])) for part in person["intervals"]]
        for person in session["people"]
    }


async def test_attendance_equals_the_truth(tmp_path: Path, database_url: str) -> None:
    clock = FrozenClock()
    settings = config(tmp_path, database_url, seat_seconds=SEAT_S)
    async with serving(settings, clock) as harness:
        await harness.plan()
        # in the course, and never in the class
        harness.token("student", "Zoe")
        await harness.rest("GET", f"/api/v1/live-classes/{CLASS}", harness.token("student", "Zoe"))
        await harness.start()
        room = Class(harness, clock)
        await room.at(5)
        await room.comes(TUTOR)
        ada = await room.comes("Ada")
        cho = await room.comes("Cho")
        dan = await room.comes("Dan")
        await room.at(60)
        ben = await room.comes("Ben")
        eve = await room.comes("Eve")
        await room.comes("Fay")
        await ben.must("raise-hand")
        await ben.must("lower-hand")
        await ben.must("raise-hand")
        await ben.must("send-message", id="m1", text="What is a half?", type="question")
        await eve.must("send-message", id="m2", text="Hello")
        await room.at(100)
        phone = await room.comes("Ben", "phone")
        await room.at(130)
        await room.goes(ben)
        await room.is_cut_off(cho)
        await room.goes(dan)
        await room.at(180)
        await room.is_cut_off(eve)
        await room.at(200)
        await room.comes("Dan")
        await room.at(130 + SEAT_S - 1)
        await room.comes("Cho")
        await room.at(180 + SEAT_S)
        await room.at(400)
        await room.goes(phone)
        # Ada's tab is cut off; she opens another before the seat of the first is given up
        await room.is_cut_off(ada)
        await room.at(450)
        await room.comes("Ada", "new-tab")
        await room.at(600)
        await room.at(601)
        room.crash()
    clock.seconds = 640
    async with serving(settings, clock) as harness:
        room = Class(harness, clock)
        await room.at(650)
        for name in (TUTOR, "Cho", "Dan"):
            await room.comes(name)
        await room.comes("Ada", "new-tab")
        await room.at(640 + SEAT_S)
        await room.comes("Gus")
        await room.at(900)
        tutor = await room.comes(TUTOR)
        await tutor.must("end-session")
        await room.at(2000)
        found = await room.attendance()
        analytics = await harness.rest(
            "GET", f"/api/v1/live-classes/{CLASS}/analytics", harness.token("tutor", TUTOR)
        )

    (session,) = found["sessions"]
    assert intervals(session) == {
        TUTOR: [(5, 900)],
        "Ada": [(5, 900)],  # two tabs, bridged
        "Cho": [(5, 900)],  # came back a second before the seat was given up, and after the crash
        "Dan": [(5, 130), (200, 900)],  # left by choice
        "Ben": [(60, 400)],  # two devices
        "Eve": [(60, 180)],  # was cut off and stayed away
        "Fay": [(60, 601)],  # was there when the server crashed, and did not come back
        "Gus": [(640 + SEAT_S, 900)],
    }
    assert [absent["name"] for absent in session["absent"]] == ["Zoe"]
    assert session["durationSeconds"] == 900
    assert session["peakParticipants"] == 7
    people = {person["name"]: person for person in session["people"]}
    assert people["Gus"]["lateSeconds"] == 640 + SEAT_S
    assert people["Ben"]["leftEarlySeconds"] == 500
    assert people["Ben"]["connections"] == 2
    assert [people["Ben"][what] for what in ("handsRaised", "messages", "questions")] == [2, 1, 1]
    assert [people["Eve"][what] for what in ("handsRaised", "messages", "questions")] == [0, 1, 0]
    assert people["Dan"]["presentSeconds"] == 825
    truth = sum(end - start for parts in intervals(session).values() for start, end in parts)
    assert analytics[1]["participantSeconds"] == truth
