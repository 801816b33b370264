"""Asking, voting, and telling the results."""

from __future__ import annotations

from datetime import datetime

import msgspec

from signaling import poll as polls
from signaling.errors import AlreadyExists, BadRequest, NotFound
from signaling.permissions import require
from signaling.poll import Poll
from signaling.protocol import polls as wire
from signaling.records import PollClosed, PollMade, PollOpened, PollVoted
from signaling.rooms.draft import Draft
from signaling.rooms.room import PACE, Change, Room
from signaling.rooms.seat import Seat

MOST_POLLS = 200
"""Of one session."""


def create_poll(room: Room, by: Seat, command: wire.CreatePoll, now: datetime) -> Change:
    """A draft, or with ``launch`` an open poll. The same again by the same user changes nothing."""
    require(by.role, "ask-poll")
    draft = Draft(room, now)
    known = room.state.polls.get(command.id)
    if known is not None:
        if known.created_by != by.user_id:
            raise AlreadyExists("another poll has this id")
        return draft.change()
    if len(room.state.polls) >= MOST_POLLS:
        raise BadRequest(f"a session has at most {MOST_POLLS} polls")
    made = polls.make(command, by.user_id, now)
    draft.record(PollMade(poll=made))
    _put(draft, made)
    if command.launch:
        _open(draft, made)
    else:
        _tell_report(draft, made)
    return draft.change()


def launch_poll(room: Room, by: Seat, poll_id: str, now: datetime) -> Change:
    require(by.role, "ask-poll")
    poll = _poll(room, poll_id)
    draft = Draft(room, now)
    if poll.opened_at is None:
        _open(draft, poll)
    return draft.change()


def close_poll(room: Room, by: Seat, poll_id: str, now: datetime) -> Change:
    require(by.role, "ask-poll")
    poll = _poll(room, poll_id)
    if poll.opened_at is None:
        raise BadRequest("the poll was not opened yet")
    draft = Draft(room, now)
    if poll.is_open:
        _close(draft, poll)
    return draft.change()


def vote_poll(room: Room, seat: Seat, command: wire.VotePoll, now: datetime) -> Change:
    """One vote per user; see `signaling.poll.vote`."""
    require(seat.role, "answer-poll")
    poll = _poll(room, command.poll_id)
    if poll.opened_at is None:
        raise NotFound("there is no such poll")
    draft = Draft(room, now)
    vote = polls.vote(poll, seat.user_id, command.choices)
    if vote is None:
        return draft.change()
    _put(draft, vote.poll)
    draft.record(
        PollVoted(
            poll_id=poll.id,
            user_id=seat.user_id,
            is_new=vote.is_new,
            choices=vote.poll.choices.get(seat.user_id),
            at=None if poll.is_anonymous else now,
            added=vote.added,
            removed=vote.removed,
            right=vote.right,
        )
    )
    own = polls.own_vote(vote.poll, seat.user_id)
    for device in room.seats.values():
        if own is not None and device.user_id == seat.user_id:
            draft.tell_seat(device, own)
    draft.set(results_pending=draft.state.results_pending | {poll.id})
    send_results(draft)
    return draft.change()


def send_results(draft: Draft) -> None:
    """Tell the results that changed since the last time, unless that was just now."""
    state = draft.state
    if not state.results_pending or (
        state.results_sent_at is not None and draft.now < state.results_sent_at + PACE
    ):
        return
    for poll_id in sorted(state.results_pending):
        _tell_results(draft, state.polls[poll_id])
    draft.set(results_pending=frozenset(), results_sent_at=draft.now)


def close_open_polls(draft: Draft) -> None:
    """At the end of the session."""
    for poll in draft.state.polls.values():
        if poll.is_open:
            draft.record(PollClosed(poll_id=poll.id, at=draft.now))


def _open(draft: Draft, poll: Poll) -> None:
    opened = _put(draft, msgspec.structs.replace(poll, opened_at=draft.now))
    draft.record(PollOpened(poll_id=poll.id, at=draft.now))
    draft.broadcast(wire.PollOpened(seq=draft.next(), poll=polls.shown(opened)))
    _tell_report(draft, opened)


def _close(draft: Draft, poll: Poll) -> None:
    closed = _put(draft, msgspec.structs.replace(poll, closed_at=draft.now))
    draft.set(results_pending=draft.state.results_pending - {poll.id})
    draft.record(PollClosed(poll_id=poll.id, at=draft.now))
    draft.broadcast(wire.PollClosed(seq=draft.next(), poll=polls.shown(closed), results=polls.results(closed)))
    _tell_report(draft, closed)


def _tell_report(draft: Draft, poll: Poll) -> None:
    draft.tell_tutors(wire.PollChanged(report=polls.report(poll, draft.room.session_id)))


def _tell_results(draft: Draft, poll: Poll) -> None:
    """To everyone what everyone may see; to tutors what only they may."""
    for_all, for_tutors = polls.results(poll), polls.results(poll, to_tutor=True)
    if for_all is not None:
        draft.shout(for_all)
    if for_tutors is not None and for_tutors != for_all:
        draft.tell_tutors(for_tutors)


def _put(draft: Draft, poll: Poll) -> Poll:
    draft.set(polls={**draft.state.polls, poll.id: poll})
    return poll


def _poll(room: Room, poll_id: str) -> Poll:
    poll = room.state.polls.get(poll_id)
    if poll is None:
        raise NotFound("there is no such poll")
    return poll
