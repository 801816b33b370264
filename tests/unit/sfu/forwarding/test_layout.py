"""Slot layout as pure functions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfu.forwarding.arranging import layout
from sfu.forwarding.arranging.layout import Candidate, Cast, Key, Wishes
from sfu.messages import Source, View

MIC, CAMERA, SCREEN = Source.MIC, Source.CAMERA, Source.SCREEN


def candidate(name: str, *sources: Source, lead: bool = False) -> Candidate:
    return Candidate(name, lead, frozenset(sources))


def video_slots(
    people: list[Candidate], current: list[Key | None], wishes: Wishes | None = None, view: View = View.CLASS
) -> list[Key | None]:
    return layout.video_slots(Cast.of(people), "me", current, wishes, view)


def audio_slots(people: list[Candidate], current: list[Key | None], view: View = View.CLASS) -> list[Key | None]:
    return layout.audio_slots(Cast.of(people), "me", current, view)


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


def test_nobody_gets_what_is_their_own() -> None:
    people = [candidate("me", MIC, CAMERA, SCREEN, lead=True), candidate("a", MIC, CAMERA)]
    assert video_slots(people, [None] * 4) == [None, None, ("a", CAMERA), None]
    assert audio_slots(people, [None] * 2) == [None, ("a", MIC)]
    own = Wishes((("me", CAMERA), ("a", CAMERA)))
    assert video_slots(people, [None], own) == [("a", CAMERA)]


def test_two_leads_share_the_stage() -> None:
    people = [candidate("talks", MIC, lead=True), candidate("films", CAMERA, SCREEN, lead=True)]
    assert video_slots(people, [None] * 3) == [("films", CAMERA), ("films", SCREEN), None]
    assert audio_slots(people, [None] * 2) == [("talks", MIC), None]


def test_what_is_named_comes_first_and_what_is_hidden_last() -> None:
    people = [candidate("t", CAMERA, lead=True), *(candidate(f"s{i}", CAMERA) for i in range(6))]
    named = Wishes((("s5", CAMERA), ("s3", CAMERA), ("gone", CAMERA)), frozenset({("s0", CAMERA)}))
    assert video_slots(people, [None] * 5, named)[2:] == [("s5", CAMERA), ("s3", CAMERA), ("s1", CAMERA)]
    assert video_slots(people, [None] * 2, named) == [("s5", CAMERA), ("s3", CAMERA)]
    wide = video_slots(people, [None] * 9, named)
    assert wide[-2:] == [("s0", CAMERA), None]


def test_a_viewer_of_the_stage_gets_the_leads_alone() -> None:
    people = [candidate("t", MIC, CAMERA, lead=True), candidate("s", MIC, CAMERA, SCREEN)]
    assert video_slots(people, [None], view=View.STAGE) == [("t", CAMERA)]
    assert audio_slots(people, [None], View.STAGE) == [("t", MIC)]
    people[0] = candidate("t", MIC, CAMERA, SCREEN, lead=True)
    assert video_slots(people, [("t", CAMERA)], view=View.STAGE) == [("t", SCREEN)]
    assert video_slots(people[1:], [None], view=View.STAGE) == [None]
    assert audio_slots(people[1:], [None, None], View.STAGE) == [None, None]


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


keys = st.tuples(st.sampled_from([f"p{i}" for i in range(8)]), st.sampled_from([CAMERA, SCREEN]))
wishes = st.none() | st.builds(
    Wishes, st.lists(keys, max_size=6, unique=True).map(tuple), st.frozensets(keys, max_size=3)
)


@given(situations(), wishes)
def test_each_track_is_shown_once_only_when_published_and_the_pool_is_used(
    situation: tuple[list[Candidate], list[Key | None]], wishes: Wishes | None
) -> None:
    people, current = situation
    slots = video_slots(people, current, wishes)
    published = {(p.participant_id, source) for p in people for source in p.sources if source is not MIC}
    shown = [key for key in slots if key is not None]
    assert len(slots) == len(current)
    assert len(set(shown)) == len(shown)
    assert set(shown) <= published
    reserved = 2 if len(current) >= 3 else 0
    assert len(shown) >= min(len(published), len(current) - reserved)
    assert video_slots(people, slots, wishes) == slots, "arranging again moves nothing"
