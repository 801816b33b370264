"""Whatever happens in a class, in whatever order: what slots are said to show is what they show."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.messages import Reception, SlotsChanged, Source, View, Wish
from tests.support.virtual_class import Person, VirtualClass
from tests.support.virtual_encoder import Broadcast, set_line, settle

NAMES = ("tutor", "assistant", "ann", "ben", "cas")
names = st.sampled_from(NAMES)
published = st.frozensets(st.sampled_from(list(Source)))
wishes = st.none() | st.lists(
    st.builds(
        Wish,
        participant_id=st.sampled_from([*NAMES, "nobody"]),
        source=st.sampled_from(list(Source)),
        height=st.sampled_from([-5, 0, 90, 180, 360, 1080, 1 << 40]),
    ),
    max_size=6,
)
events = st.one_of(
    st.tuples(st.just("join"), names, published, st.sampled_from(list(Reception)), st.sampled_from(list(View))),
    st.tuples(st.just("leave"), names),
    st.tuples(st.just("publish"), names, published),
    st.tuples(st.just("wish"), names, wishes),
    st.tuples(st.just("choose"), names, st.sampled_from(list(Reception)), st.booleans()),
    st.tuples(st.just("line"), names, st.sampled_from([20_000, 90_000, 300_000, 1_000_000, 9_000_000])),
    st.tuples(st.just("pass"), st.sampled_from([0.1, 0.5, 3.0])),
)


class Course:
    def __init__(self) -> None:
        self.room = VirtualClass()
        self.air = Broadcast(self.room)
        self.before: dict[str, int] = {}
        """How many events there were when each came: what was told before was told to its predecessor."""

    def do(self, what: str, *arguments: Any) -> None:
        room = self.room
        if what == "pass":
            self.air.run(arguments[0])
            return
        name = arguments[0]
        if what == "join":
            self._leave(name)
            lead = name in NAMES[:2]
            self.before[name] = len(room.events)
            person = room.join(
                name,
                lead=lead,
                publishing=arguments[1],
                reception=arguments[2],
                view=arguments[3],
                video=len(name),
                rids=("q", "h", "f"),
            )
            self.air.film(person, rids=("q", "h", "f"))
            self.air.film(person, Source.SCREEN)
            return
        if name not in room.people:
            return
        if what == "leave":
            self._leave(name)
        elif what == "publish":
            room.session.set_publishing(name, arguments[1], room.now)
        elif what == "wish":
            room.session.set_wishes(name, arguments[1], room.now)
        elif what == "choose":
            room.session.set_reception(name, arguments[1], room.now, pinned=arguments[2])
        else:
            set_line(room.people[name], arguments[1])

    def _leave(self, name: str) -> None:
        if self.room.people.pop(name, None) is not None:
            self.air.encoders.pop(name, None)
            self.room.session.remove(name, self.room.now)

    def check(self) -> None:
        settle(self.room)
        for person in self.room.people.values():
            self._check(person)

    def _check(self, person: Person) -> None:
        states = self.room.session.slots(person.id)
        since = self.room.events[self.before[person.id] :]
        told = [e for e in since if isinstance(e, SlotsChanged) and e.participant_id == person.id]
        if told:
            assert told[-1].slots == states
        shown = [(state.participant_id, state.source) for state in states if state.participant_id is not None]
        assert len(set(shown)) == len(shown), "each track once"
        for state, slot in zip(states, person.participant.egress.slots, strict=True):
            layer = slot.layer
            if state.participant_id is None or state.paused:
                assert layer is None and slot.aim is None
                continue
            assert state.participant_id != person.id
            publisher = self.room.people[state.participant_id].participant
            assert state.source in publisher.publishing
            aim = slot.aim
            if aim is not None:
                assert aim.layer.track is publisher.tracks[state.source]


@settings(max_examples=40, deadline=None)
@given(st.lists(events, max_size=25))
def test_what_slots_are_said_to_show_is_what_they_show(course: list[tuple[Any, ...]]) -> None:
    lesson = Course()
    lesson.do("join", "tutor", frozenset({Source.CAMERA, Source.MIC}), Reception.FULL, View.CLASS)
    lesson.do("join", "ann", frozenset(), Reception.FULL, View.CLASS)
    for event in course:
        lesson.do(*event)
    lesson.check()
