"""Who in a session gets what, and when that is looked at again.

What happens to one subscriber is put into practice at once, what concerns many at the next tick: however much
happened by then, each is arranged once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from msgspec.structs import replace

from sfu.allocation.ladder import Ladder
from sfu.forwarding.arranging.arrangement import Arrangement
from sfu.forwarding.arranging.condition import Condition
from sfu.forwarding.arranging.scene import Prices, Scene
from sfu.forwarding.arranging.slides import SlideWatch
from sfu.messages import (
    Event,
    HealthChanged,
    ParticipantHealth,
    Reception,
    ReceptionCause,
    ReceptionChanged,
    SlotsChanged,
    SlotState,
    View,
    Wish,
)

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.participant import Participant
    from sfu.forwarding.spanning.remote import Publisher

AT_ONCE: Final = 100
"""So many are arranged in a tick at most; the others in the next."""
JUDGED_EVERY: Final = 5
"""Ticks between two looks at a line."""
HEALTH_EVERY: Final = 16
"""Ticks between two looks at somebody's health …"""
HEALTH_S: Final = 2.0
"""… and how often it is told."""


class Surroundings(Protocol):
    """What is needed of `sfu.forwarding.session.Session`."""

    @property
    def id(self) -> str: ...
    def publishers(self) -> Iterable[Publisher]: ...
    def speakers(self) -> tuple[str | None, tuple[str, ...]]: ...
    def want_keyframe(self, layer: Layer, now: float) -> None: ...


class _Member(NamedTuple):
    participant: Participant
    arrangement: Arrangement
    condition: Condition


class Arranger:
    """The arrangements of the participants of one session."""

    def __init__(self, session: Surroundings, emit: Callable[[Event], None]) -> None:
        self._session = session
        self._emit = emit
        self._members: dict[str, _Member] = {}
        self._scene: Scene | None = None
        self._prices = Prices()
        self._stale: dict[str, None] = {}
        self._changed = False
        self._ticks = 0
        self._slides: dict[Layer, tuple[SlideWatch, int]] = {}
        self._readers: dict[str, Layer] = {}
        """Who gets keyframes only, and of which screen."""
        self._healths: dict[str, ParticipantHealth] = {}
        self._next_health = 0.0

    # --- what happens -------------------------------------------------------------------------------

    def add(
        self,
        participant: Participant,
        *,
        pinned: bool = False,
        wishes: Sequence[Wish] | None = None,
        view: View = View.CLASS,
    ) -> None:
        """A participant came, with the step of the ladder that it chose."""
        arrangement = Arrangement(
            participant,
            Ladder(participant.reception, pinned=pinned),
            wishes=wishes,
            view=view,
            want_keyframe=self._session.want_keyframe,
        )
        self._members[participant.id] = _Member(participant, arrangement, Condition(participant, arrangement))

    def remove(self, participant_id: str) -> None:
        self._members.pop(participant_id, None)
        self._stale.pop(participant_id, None)
        self._readers.pop(participant_id, None)
        self._healths.pop(participant_id, None)

    def changed(self) -> None:
        """Something else is published, or somebody else speaks: everybody is arranged anew at the next tick."""
        self._scene = None
        self._changed = True

    def connected(self, participant_id: str, now: float) -> None:
        self._arrange(participant_id, now)

    def set_wishes(self, participant_id: str, wishes: Sequence[Wish] | None, now: float) -> None:
        self._members[participant_id].arrangement.wish(wishes)
        self._arrange(participant_id, now)

    def set_reception(self, participant_id: str, reception: Reception, pinned: bool, now: float) -> None:
        member = self._members[participant_id]
        ladder = member.arrangement.ladder
        before = ladder.step
        ladder.choose(reception, now, pinned=pinned)
        self._stepped(member, before, ReceptionCause.CHOSEN, now)

    def picture_lost(self, participant_id: str, layer: Layer) -> None:
        """A participant asked for a keyframe: its picture stands still until then."""
        member = self._members.get(participant_id)
        if member is not None:
            member.arrangement.picture_lost(layer)

    def states(self, participant_id: str) -> list[SlotState]:
        """What each slot of a participant shows, in the order of its offer."""
        return self._members[participant_id].arrangement.states()

    # --- time ---------------------------------------------------------------------------------------

    def tick(self, restless: Iterable[Participant], now: float) -> None:
        """Arrange those for whom something changed, and look at lines, slides and health in turns.

        ``restless``: those whose lines have to be looked at each time."""
        self._ticks += 1
        if self._changed:
            self._changed = False
            self._stale |= dict.fromkeys(self._members)  # who waits already stays in front
        for participant_id in list(islice(self._stale, AT_ONCE)):
            self._arrange(participant_id, now)
        for member in self._in_turn(JUDGED_EVERY):
            self._judge(member, now)
            self._follow_line(member, now)
        for participant in restless:
            self._follow_line(self._members[participant.id], now)
        for member in self._in_turn(HEALTH_EVERY):
            self._look_after(member, now)
        self._watch_slides(set(self._readers.values()), now)
        if now >= self._next_health:
            self._next_health = now + HEALTH_S
            self._tell_health()

    def _in_turn(self, every: int) -> list[_Member]:
        """The connected members whose turn it is in this tick, where each has one turn in ``every`` ticks."""
        found = islice(self._members.values(), self._ticks % every, None, every)
        return [member for member in found if member.participant.line is not None]

    def _follow_line(self, member: _Member, now: float) -> None:
        if member.arrangement.due(now):
            self._arrange(member.participant.id, now)

    def _judge(self, member: _Member, now: float) -> None:
        before = member.arrangement.ladder.step
        cause = member.condition.judge(now)
        if cause is not None:
            self._stepped(member, before, cause, now)
        elif member.condition.follow_sound():
            self._arrange(member.participant.id, now)

    def _stepped(self, member: _Member, before: Reception, cause: ReceptionCause, now: float) -> None:
        """A participant may be on another step of the ladder."""
        participant, step = member.participant, member.arrangement.ladder.step
        participant.reception = step
        member.condition.follow_sound()
        self._arrange(participant.id, now)
        if step is not before:
            line = participant.line
            self._emit(
                ReceptionChanged(
                    session_id=self._session.id,
                    participant_id=participant.id,
                    reception=step,
                    cause=cause,
                    estimate_bps=line.downlink.estimate_bps if line is not None else 0,
                )
            )

    def _arrange(self, participant_id: str, now: float) -> None:
        """Point the participant's slots at what it should get now, and say what changed."""
        self._stale.pop(participant_id, None)
        member = self._members[participant_id]
        if member.participant.line is None:
            return
        arrangement = member.arrangement
        changed = arrangement.arrange(self._look(), now)
        if arrangement.slides is not None:
            self._readers[participant_id] = arrangement.slides
        else:
            self._readers.pop(participant_id, None)
        member.condition.want(now)
        if changed:
            slots = arrangement.states()
            self._emit(SlotsChanged(session_id=self._session.id, participant_id=participant_id, slots=slots))

    def _look(self) -> Scene:
        if self._scene is None:
            self._scene = Scene(self._session.publishers(), *self._session.speakers(), self._prices)
        return self._scene

    # --- slides -------------------------------------------------------------------------------------

    def _watch_slides(self, layers: set[Layer], now: float) -> None:
        """Ask for keyframes of the screens of which somebody gets nothing else."""
        for layer in self._slides.keys() - layers:
            del self._slides[layer]
        for layer in layers:
            watch, seen = self._slides.get(layer) or (SlideWatch(layer.forwarded_octets, now), -1)
            keyframe = layer.keyframe_timestamp
            if keyframe != seen and (packets := layer.whole_keyframe()):
                seen = keyframe
                watch.keyframe(sum(len(packet.payload) for packet in packets), now)
            self._slides[layer] = watch, seen
            if watch.look(layer.forwarded_octets, now):
                self._session.want_keyframe(layer, now)

    # --- health -------------------------------------------------------------------------------------

    def _look_after(self, member: _Member, now: float) -> None:
        participant = member.participant
        listens = any(slot.layer is not None for slot in participant.egress.slots)
        silent_s = now - participant.heard_at if listens else 0.0
        health = member.condition.look_after(self._look(), silent_s, now)
        if health is not None:
            self._healths[participant.id] = health

    def _tell_health(self) -> None:
        if self._healths:
            # The step is that of now: it was told when it changed, and is not to be taken back.
            healths = [
                replace(health, reception=self._members[participant_id].participant.reception)
                for participant_id, health in self._healths.items()
            ]
            self._healths = {}
            self._emit(HealthChanged(session_id=self._session.id, participants=healths))
