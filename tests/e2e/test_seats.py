"""A seat is kept through a refresh and given up by leaving."""

from tests.support.classroom import Classroom, together


async def test_a_refresh_keeps_the_seat_and_leaves_no_ghost(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await together(tutor.turn("camera", on=True), ada.turn("hand", on=True))
    await together(tutor.lists(ada, hand="true"), ada.sees(tutor))
    seat = ada.id
    await ada.refresh()
    assert ada.id == seat
    assert await ada.is_on("hand")
    await together(
        ada.sees(tutor),
        tutor.lists(ada, hand="true", role="student"),
        *(person.counts(3) for person in (tutor, ada, ben)),
    )
    rows = "() => document.querySelectorAll('[data-testid=participant-row]').length"
    assert await tutor.tab.evaluate(rows) == 3


async def test_a_tutor_who_refreshes_is_still_the_tutor(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    seat = tutor.id
    await tutor.refresh()
    assert tutor.id == seat
    await tutor.turn("camera", on=True)
    await together(ada.lists(tutor, role="tutor"), ada.sees(tutor))


async def test_leaving_gives_up_the_seat_and_stops_the_media(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await ada.turn("camera", on=True)
    await tutor.sees(ada)
    seat = ada.id
    await ada.leave()
    await together(
        tutor.no_longer_lists(ada), ben.no_longer_lists(ada), tutor.no_longer_sees(ada), tutor.counts(2)
    )
    assert await ada.tab.evaluate("() => window.__podium.pc?.connectionState ?? 'closed'") == "closed"
    await ada.click('[data-testid="rejoin-button"]')
    await ada.enter()
    await ada.is_in_the_room()
    assert ada.id != seat
    await tutor.counts(3)


async def test_the_tutor_takes_somebody_out(classroom: Classroom) -> None:
    tutor, ada, ben = await classroom.full("Ada", "Ben")
    await tutor.lists(ada)
    await tutor.click(f'[data-testid=participant-row][data-participant-id="{ada.id}"] [data-testid=person-more]')
    await tutor.click("[data-testid=remove-user]")
    await ada.shows("left-page")
    await together(tutor.no_longer_lists(ada), ben.no_longer_lists(ada), ben.counts(2))


async def test_attendance_knows_who_left_and_who_is_there(classroom: Classroom) -> None:
    tutor, ada = await classroom.full("Ada")
    await tutor.leave()
    await ada.counts(1)
    attendance = await classroom.server.call(
        "GET", f"/live-classes/{classroom.id}/attendance/stays", classroom.server.token("tutor", "Planner")
    )
    assert {(row["name"], row["leftAt"] is None) for row in attendance["items"]} == {
        ("Noether", False),
        ("Ada", True),
    }
