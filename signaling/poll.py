"""A poll: who may vote what, and what is shown to whom.

Of an anonymous poll it is known who has voted, so that nobody votes twice, and how often each option was chosen,
and nothing that joins the two: not in memory, not in the database. So such a vote cannot be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from signaling.errors import AlreadyVoted, BadRequest, PollClosed
from signaling.protocol import polls as wire
from signaling.protocol.text import clean_text


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """Changed by replacing it. Options are known by their place, from 0."""

    id: str
    question: str
    kind: wire.PollKind
    options: tuple[str, ...]
    is_anonymous: bool
    may_change: bool
    show_results: wire.ShowResults
    correct: tuple[int, ...] | None
    explanation: str | None
    created_by: str
    created_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    counts: tuple[int, ...]
    right: int = 0
    voters: frozenset[str] = frozenset()
    choices: Mapping[str, tuple[int, ...]] = {}
    """By user; empty in an anonymous poll."""

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """What a vote does to a poll."""

    poll: Poll
    is_new: bool
    added: tuple[int, ...]
    removed: tuple[int, ...]
    right: int
    """-1, 0 or 1 more right answers."""


def make(command: wire.CreatePoll, created_by: str, now: datetime) -> Poll:
    """A draft. Raises `BadRequest`."""
    question = clean_text(command.question).strip()
    options = tuple(clean_text(option).strip() for option in command.options)
    if not question or not all(options):
        raise BadRequest("the question and every option need text")
    if len(set(options)) != len(options):
        raise BadRequest("two options are the same")
    if command.is_anonymous and command.may_change:
        raise BadRequest("an anonymous vote cannot be changed: nobody keeps it")
    correct = None if command.correct is None else _places(command.correct, len(options), command.kind)
    return Poll(
        id=command.id,
        question=question,
        kind=command.kind,
        options=options,
        is_anonymous=command.is_anonymous,
        may_change=command.may_change,
        show_results=command.show_results,
        correct=correct,
        explanation=None if command.explanation is None else clean_text(command.explanation),
        created_by=created_by,
        created_at=now,
        counts=(0,) * len(options),
    )


def vote(poll: Poll, user_id: str, wanted: list[int]) -> Vote | None:
    """The vote of a user; None when it is there already. Raises `BadRequest`, `PollClosed`, `AlreadyVoted`."""
    if not poll.is_open:
        raise PollClosed("the poll is not open")
    choices = _places(wanted, len(poll.options), poll.kind)
    before = poll.choices.get(user_id, ())
    if choices == before:
        return None
    if user_id in poll.voters and not poll.may_change:
        raise AlreadyVoted("you have voted already")
    added = tuple(place for place in choices if place not in before)
    removed = tuple(place for place in before if place not in choices)
    right = (choices == poll.correct) - (bool(before) and before == poll.correct)
    counts = tuple(n + (place in added) - (place in removed) for place, n in enumerate(poll.counts))
    voted = msgspec.structs.replace(
        poll,
        counts=counts,
        right=poll.right + right,
        voters=poll.voters | {user_id},
        choices=poll.choices if poll.is_anonymous else {**poll.choices, user_id: choices},
    )
    return Vote(poll=voted, is_new=user_id not in poll.voters, added=added, removed=removed, right=right)


def _places(wanted: list[int], options: int, kind: wire.PollKind) -> tuple[int, ...]:
    places = tuple(sorted(set(wanted)))
    is_possible = len(places) == len(wanted) and all(0 <= place < options for place in places)
    if not places or not is_possible or (kind == "single" and len(places) > 1):
        raise BadRequest(f"choose {'one' if kind == 'single' else 'some'} of the {options} options")
    return places


# --- as others see it -----------------------------------------------------------------------------------


def shown(poll: Poll, *, to_tutor: bool = False) -> wire.Poll:
    tells = to_tutor or poll.closed_at is not None
    return wire.Poll(
        id=poll.id,
        question=poll.question,
        kind=poll.kind,
        options=list(poll.options),
        is_anonymous=poll.is_anonymous,
        is_quiz=poll.correct is not None,
        show_results=poll.show_results,
        may_change=poll.may_change,
        opened_at=poll.opened_at,
        closed_at=poll.closed_at,
        correct=list(poll.correct) if tells and poll.correct is not None else None,
        explanation=poll.explanation if tells else None,
    )


def results(poll: Poll, *, to_tutor: bool = False) -> wire.PollResults | None:
    """None when they are not shown, or not yet."""
    is_closed = poll.closed_at is not None
    is_shown = poll.show_results == "live" or (poll.show_results == "after-close" and is_closed)
    if poll.opened_at is None or not (to_tutor or is_shown):
        return None
    is_told = poll.correct is not None and (to_tutor or is_closed)
    return wire.PollResults(
        poll_id=poll.id, voters=len(poll.voters), counts=list(poll.counts), right=poll.right if is_told else None
    )


def own_vote(poll: Poll, user_id: str) -> wire.PollVote | None:
    if user_id not in poll.voters:
        return None
    choices = poll.choices.get(user_id)
    return wire.PollVote(poll_id=poll.id, choices=None if choices is None else list(choices))


def report(poll: Poll, session_id: str) -> wire.PollReport:
    """As tutors see it in the room."""
    counted = results(poll, to_tutor=True)
    return wire.PollReport(
        session_id=session_id,
        created_by=poll.created_by,
        created_at=poll.created_at,
        poll=shown(poll, to_tutor=True),
        results=counted or wire.PollResults(poll_id=poll.id, voters=0, counts=list(poll.counts), right=None),
        answers=None,
    )
