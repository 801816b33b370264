"""Polls and quizzes in a session."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from signaling.protocol.base import Cursor, Id, Limit, Wire
from signaling.protocol.rest import Route

PollKind = Literal["single", "multiple"]
ShowResults = Literal["live", "after-close", "never"]
"""When those who are no tutors see the results."""
Question = Annotated[str, Meta(min_length=1, max_length=500)]
Option = Annotated[str, Meta(min_length=1, max_length=200)]
Choices = Annotated[list[Annotated[int, Meta(ge=0, le=19)]], Meta(max_length=20)]
"""Places of options, from 0."""


class Poll(Wire, frozen=True, kw_only=True):
    """A poll as everyone sees it. ``isQuiz``: there is a right answer; ``correct`` and ``explanation`` are told
    once it is closed, to tutors always."""

    id: str
    question: str
    kind: PollKind
    options: list[str]
    is_anonymous: bool
    is_quiz: bool
    show_results: ShowResults
    may_change: bool
    opened_at: datetime | None
    closed_at: datetime | None
    correct: list[int] | None
    explanation: str | None


class PollResults(Wire, frozen=True, kw_only=True):
    """``counts`` are people per option, ``voters`` people in all; ``right`` are those who answered a quiz right,
    told to tutors, and to others once it is closed. Not numbered as an event: the next one replaces it."""

    poll_id: str
    voters: int
    counts: list[int]
    right: int | None


class PollVote(Wire, frozen=True, kw_only=True):
    """To one user: this poll has one's vote. ``choices`` is null in an anonymous poll: nobody keeps them."""

    poll_id: str
    choices: list[int] | None


class PollAnswer(Wire, frozen=True, kw_only=True):
    """What somebody chose in a poll that is not anonymous."""

    user_id: str
    name: str
    choices: list[int]
    voted_at: datetime


class PollReport(Wire, frozen=True, kw_only=True):
    """To tutors: a poll with its right answers and results; not opened yet, it is a draft. ``answers`` are told by
    REST alone, and null in an anonymous poll."""

    session_id: str
    created_by: str
    created_at: datetime
    poll: Poll
    results: PollResults
    answers: list[PollAnswer] | None


class CreatePoll(Wire, frozen=True, kw_only=True):
    """Tutor only: ask something. ``correct`` makes it a quiz. An anonymous vote cannot be changed, since nobody
    keeps it. With ``launch`` it opens at once. A retry with the same ``id`` makes no second poll."""

    id: Id
    question: Question
    options: Annotated[list[Option], Meta(min_length=2, max_length=20)]
    kind: PollKind = "single"
    is_anonymous: bool = False
    may_change: bool = False
    show_results: ShowResults = "after-close"
    correct: Choices | None = None
    explanation: Annotated[str, Meta(max_length=2000)] | None = None
    launch: bool = True


class PollCreated(Wire, frozen=True, kw_only=True):
    report: PollReport


class LaunchPoll(Wire, frozen=True, kw_only=True):
    """Tutor only: open a draft for votes."""

    poll_id: Id


class VotePoll(Wire, frozen=True, kw_only=True):
    """Vote: one vote per user, whatever the devices. One choice of a ``single`` poll, one or more of a
    ``multiple``."""

    poll_id: Id
    choices: Annotated[Choices, Meta(min_length=1)]


class ClosePoll(Wire, frozen=True, kw_only=True):
    """Tutor only: no more votes."""

    poll_id: Id


class PollOpened(Wire, frozen=True, kw_only=True):
    seq: int
    poll: Poll


class PollClosed(Wire, frozen=True, kw_only=True):
    """``results`` is null when they are not shown."""

    seq: int
    poll: Poll
    results: PollResults | None


class PollChanged(Wire, frozen=True, kw_only=True):
    """To tutors: a poll was drafted, opened or closed."""

    report: PollReport


class PollQuery(Wire, frozen=True, kw_only=True):
    session_id: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class PollList(Wire, frozen=True, kw_only=True):
    """In the order in which they were made, newest first."""

    items: list[PollReport]
    next_cursor: str | None


ROUTES: tuple[Route, ...] = (
    Route(
        operation="list-polls",
        method="GET",
        path="/api/v1/live-classes/{id}/polls",
        who="tutor",
        doc="The polls of a live class with their results, over all its sessions or of one.",
        query=PollQuery,
        answer=PollList,
        errors=("forbidden", "not_found"),
    ),
)
