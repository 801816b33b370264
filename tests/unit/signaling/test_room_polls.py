"""Polls: one vote per user, who sees what and when, and that anonymous votes are joined to nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from signaling.errors import AlreadyExists, AlreadyVoted, BadRequest, Forbidden, NotFound, PollClosed
from signaling.protocol import polls as wire
from signaling.records import PollMade, PollVoted
from signaling.rooms import commands
from signaling.rooms.room import PACE
from signaling.rooms.seat import Seat
from tests.unit.signaling.rooms_support import Stage, person


class Asked(Stage):
    """A tutor, and a student with two devices."""

    def __init__(self) -> None:
        super().__init__()
        self.tutor = self.join(person("t", "tutor"), connection="tutor")
        self.ada = self.join(person("ada"), connection="ada")
        self.phone = self.join(person("ada"), "phone", connection="phone")
        self.bob = self.join(person("bob"), connection="bob")

    def ask(self, **fields: Any) -> None:
        fields = {"id": "q", "question": "Which?", "options": ["a", "b", "c"], **fields}
        self.apply(commands.create_poll(self.room, self.tutor, wire.CreatePoll(**fields), self.now))

    def vote(self, seat: Seat, *choices: int) -> None:
        command = wire.VotePoll(poll_id="q", choices=list(choices))
        self.apply(commands.vote_poll(self.room, seat, command, self.now))

    def close_poll(self) -> None:
        self.apply(commands.close_poll(self.room, self.tutor, "q", self.now))

    def counts(self) -> tuple[int, ...]:
        return self.room.state.polls["q"].counts


def test_two_devices_of_a_user_have_one_vote() -> None:
    stage = Asked()
    stage.ask(may_change=True)
    stage.vote(stage.ada, 0)
    assert stage.told("ada", wire.PollVote) == stage.told("phone", wire.PollVote)
    stage.vote(stage.phone, 2)
    stage.vote(stage.phone, 2)
    assert stage.counts() == (0, 0, 1)
    votes = stage.of(PollVoted)
    assert [(vote.is_new, vote.added, vote.removed) for vote in votes] == [(True, (0,), ()), (False, (2,), (0,))]


def test_a_poll_that_takes_no_second_thoughts() -> None:
    stage = Asked()
    stage.ask(kind="multiple")
    stage.vote(stage.ada, 2, 0)
    stage.vote(stage.phone, 0, 2)
    with pytest.raises(AlreadyVoted):
        stage.vote(stage.phone, 1)
    assert stage.counts() == (1, 0, 1)


@pytest.mark.parametrize("choices", [(), (3,), (0, 0), (0, 1), (-1,)])
def test_choices_that_are_none(choices: tuple[int, ...]) -> None:
    stage = Asked()
    stage.ask()
    with pytest.raises(BadRequest):
        stage.vote(stage.ada, *choices)


@pytest.mark.parametrize(
    "fields",
    [
        {"options": ["a", " a"]},
        {"options": ["a", "\u202ea"]},
        {"options": ["a", "  "]},
        {"question": "  "},
        {"correct": [0, 1]},
        {"correct": [5]},
        {"correct": []},
        {"is_anonymous": True, "may_change": True},
    ],
)
def test_polls_that_make_no_sense(fields: dict[str, Any]) -> None:
    stage = Asked()
    with pytest.raises(BadRequest):
        stage.ask(**fields)
    assert not stage.room.state.polls


def test_what_a_poll_says_is_cleaned_like_everything_else_that_people_write() -> None:
    stage = Asked()
    stage.ask(question=" Which\u202e?\r\n", options=["a\x07", "\u2066b"], explanation="So\u202e.")
    poll = stage.room.state.polls["q"]
    assert (poll.question, poll.options, poll.explanation) == ("Which?", ("a", "b"), "So.")


def test_a_draft_is_seen_by_tutors_only_until_it_is_launched() -> None:
    stage = Asked()
    stage.ask(launch=False)
    assert stage.told("tutor", wire.PollChanged)
    assert not stage.told("bob", wire.PollChanged)
    assert not stage.room.snapshot().polls
    with pytest.raises(NotFound):
        stage.vote(stage.ada, 0)
    with pytest.raises(BadRequest):
        stage.close_poll()
    for _ in range(2):
        stage.apply(commands.launch_poll(stage.room, stage.tutor, "q", stage.now))
    (opened,) = stage.of(wire.PollOpened)
    assert stage.room.snapshot().polls == [opened.poll]
    with pytest.raises(Forbidden):
        commands.launch_poll(stage.room, stage.ada, "q", stage.now)


def test_a_retry_makes_no_second_poll_and_nobody_takes_the_id_of_another() -> None:
    stage = Asked()
    stage.ask()
    stage.ask()
    assert len(stage.of(wire.PollOpened)) == len(stage.of(PollMade)) == 1
    stage.tutor = stage.join(person("u", "tutor"))
    with pytest.raises(AlreadyExists):
        stage.ask()
    stage.tutor = stage.bob
    with pytest.raises(Forbidden):
        stage.ask(id="other")


def test_an_anonymous_vote_is_joined_to_nobody_and_counts_once() -> None:
    stage = Asked()
    stage.ask(is_anonymous=True, show_results="live")
    stage.vote(stage.ada, 1)
    for seat, choice in ((stage.phone, 1), (stage.ada, 0)):
        with pytest.raises(AlreadyVoted):
            stage.vote(seat, choice)
    (vote,) = stage.of(PollVoted)
    assert (vote.choices, vote.at) == (None, None)
    poll = stage.room.state.polls["q"]
    assert (set(poll.voters), dict(poll.choices), poll.counts) == ({"ada"}, {}, (0, 1, 0))
    assert stage.room.own(stage.ada).votes == [wire.PollVote(poll_id="q", choices=None)]


def test_results_are_told_at_most_twice_a_second_and_the_last_are_right() -> None:
    stage = Asked()
    stage.ask(show_results="live")
    voters = [stage.join(person(f"s{n}")) for n in range(30)]
    for voter in voters:
        stage.vote(voter, 1)
        stage.run_until(0.05)
    stage.run_until(1)
    told = stage.of(wire.PollResults)
    assert told[-1].counts == [0, 30, 0]
    assert len(told) <= 5
    assert stage.room.state.results_pending == frozenset()


@pytest.mark.parametrize("show", ["live", "after-close", "never"])
def test_who_sees_results_when(show: str) -> None:
    stage = Asked()
    stage.ask(show_results=show)
    stage.vote(stage.ada, 1)
    live = wire.PollResults(poll_id="q", voters=1, counts=[0, 1, 0], right=None)
    assert stage.of(wire.PollResults) == ([live] if show == "live" else [])
    assert stage.told("tutor", wire.PollResults) == ([] if show == "live" else [live])
    assert not stage.told("bob", wire.PollResults)
    assert stage.room.own(stage.bob).results == ([live] if show == "live" else [])
    assert stage.room.own(stage.tutor).results == [live]
    stage.close_poll()
    (closed,) = stage.of(wire.PollClosed)
    assert closed.results == (None if show == "never" else live)
    assert stage.room.own(stage.bob).results == ([] if show == "never" else [live])
    assert stage.room.own(stage.tutor).results == [live]


def test_the_right_answer_of_a_quiz_is_told_to_students_only_when_it_is_closed() -> None:
    stage = Asked()
    stage.ask(correct=[1], explanation="because", show_results="live", may_change=True)
    stage.vote(stage.ada, 1)
    stage.advance(1)
    stage.vote(stage.bob, 0)
    to_all = [*stage.broadcasts(), *(n for n in stage.told("bob", msgspec.Struct))]
    assert "because" not in str(to_all)
    assert all(told.right is None for told in stage.of(wire.PollResults))
    (opened,) = stage.of(wire.PollOpened)
    assert opened.poll.is_quiz
    assert opened.poll.correct is None
    assert stage.told("tutor", wire.PollResults)[-1].right == 1
    stage.vote(stage.bob, 1)
    stage.close_poll()
    (closed,) = stage.of(wire.PollClosed)
    assert (closed.poll.correct, closed.poll.explanation) == ([1], "because")
    assert closed.results is not None
    assert closed.results.right == 2
    with pytest.raises(PollClosed):
        stage.vote(stage.bob, 0)
    assert stage.room.snapshot().polls == [closed.poll]


def test_a_pending_result_goes_with_the_closing() -> None:
    stage = Asked()
    stage.ask(show_results="live")
    for seat in (stage.ada, stage.bob):
        stage.vote(seat, 0)
    assert stage.room.next_due() == stage.now + PACE
    stage.close_poll()
    assert stage.room.state.results_pending == frozenset()
    (closed,) = stage.of(wire.PollClosed)
    assert closed.results is not None
    assert closed.results.voters == 2
    stage.run_until(2)
    assert len(stage.of(wire.PollResults)) == 1
    assert stage.room.state.polls["q"].closed_at == stage.now - timedelta(seconds=2)
