"""Slot layout as pure functions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.forwarding.layout import Candidate, Key, audio_slots, video_slots
from sfu.messages import Source

MIC, CAMERA, SCREEN = Source.MIC, Source.CAMERA, Source.SCREEN


def candidate(name: str, *sources: Source, lead: bool = False) -> Candidate:
    return Candidate(name, lead, frozenset(sources))


def test_nobody_publishes() -> None:
    assert video_slots([], [None] * 4) == [None] * 4
    assert audio_slots([], [None] * 2) == [None] * 2
    assert audio_slots([], []) == video_slots([], []) == []


def test_the_first_two_slots_are_kept_for_the_lead() -> None:
    students = [candidate(f"s{i}", CAMERA) for i in range(5)]
    assert video_slots(students, [None] * 4) == [None, None, ("s0", CAMERA), ("s1", CAMERA)]
    tutor = candidate("t", CAMERA, SCREEN, lead=True)
    assert video_slots([tutor, *students], [None] * 4)[:2] == [("t", CAMERA), ("t", SCREEN)]


def test_a_small_pool_goes_by_rank() -> None:
    people = [candidate("t", CAMERA, SCREEN, lead=True), candidate("s", CAMERA)]
    assert video_slots(people, [None]) == [("t", SCREEN)]
    assert video_slots(people, [None, None]) == [("t", SCREEN), ("t", CAMERA)]


def test_what_is_shown_and_wanted_stays_where_it_is() -> None:
    people = [candidate(name, CAMERA) for name in ("a", "b", "c")]
    current: list[Key | None] = [None, None, ("c", CAMERA), None, ("a", CAMERA)]
    assert video_slots(people, current) == [None, None, ("c", CAMERA), ("b", CAMERA), ("a", CAMERA)]


def test_the_lead_is_heard_in_the_first_audio_slot_whoever_speaks() -> None:
    people = [candidate("loud", MIC), candidate("t", MIC, lead=True), candidate("b", MIC)]
    assert audio_slots(people, [None, None]) == [("t", MIC), ("loud", MIC)]


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Candidate], list[Key | None]]:
    people = [
        Candidate(f"p{i}", draw(st.booleans()), frozenset(draw(st.sets(st.sampled_from(list(Source))))))
        for i in range(draw(st.integers(0, 8)))
    ]
    keys = [(person.participant_id, source) for person in people for source in (CAMERA, SCREEN)]
    current: list[Key | None] = [None] * draw(st.integers(0, 9))
    for i, key in enumerate(
        draw(st.lists(st.sampled_from(keys), unique=True, max_size=len(current))) if keys else []
    ):
        current[i] = key
    return people, current


@given(situations())
def test_each_track_is_shown_once_only_when_published_and_the_pool_is_used(
    situation: tuple[list[Candidate], list[Key | None]],
) -> None:
    people, current = situation
    slots = video_slots(people, current)
    published = {(p.participant_id, source) for p in people for source in p.sources if source is not MIC}
    shown = [key for key in slots if key is not None]
    assert len(slots) == len(current)
    assert len(set(shown)) == len(shown)
    assert set(shown) <= published
    reserved = 2 if len(current) >= 3 else 0
    assert len(shown) >= min(len(published), len(current) - reserved)
    assert video_slots(people, slots) == slots, "arranging again moves nothing"
