"""Who gets what in a session: wishes, lines, the ladder, and that nobody pays for another's weak line."""

from __future__ import annotations

from sfu.forwarding.session import TICK_S
from sfu.messages import (
    HealthChanged,
    LayersWanted,
    Quality,
    Reception,
    ReceptionCause,
    ReceptionChanged,
    SlotsChanged,
    SlotState,
    Source,
    View,
    Wish,
)
from sfu.rtp.rtcp import PictureLossIndication
from tests.support.virtual_class import Person, VirtualClass
from tests.support.virtual_encoder import Broadcast, set_line, settle

CAMERA, SCREEN, MIC = (frozenset({source}) for source in (Source.CAMERA, Source.SCREEN, Source.MIC))
RIDS = ("q", "h", "f")


def wish(name: str, height: int, source: Source = Source.CAMERA) -> Wish:
    return Wish(participant_id=name, source=source, height=height)


def layer_of(person: Person, slot: int) -> str | None:
    """The rid of the layer that a slot shows."""
    layer = person.participant.egress.slots[slot].layer
    return layer.rid if layer is not None else None


def states(room: VirtualClass, person: Person) -> dict[str, SlotState]:
    return {state.mid: state for state in room.session.slots(person.id)}


def classroom(*, screen: bool = False) -> tuple[VirtualClass, Broadcast, Person]:
    """A tutor with a camera in three layers and sound."""
    room = VirtualClass()
    tutor = room.join("tutor", lead=True, publishing=CAMERA | MIC | (SCREEN if screen else frozenset()), rids=RIDS)
    air = Broadcast(room)
    air.film(tutor, rids=RIDS)
    if screen:
        air.film(tutor, Source.SCREEN)
    air.speaking.append(tutor)
    return room, air, tutor


# --- wishes -----------------------------------------------------------------------------------------


def test_the_layer_follows_the_size_of_the_tile() -> None:
    room, air, _ = classroom()
    student = room.join("student", wishes=[wish("tutor", 120)])
    air.run(2)
    assert layer_of(student, 2) == "q"
    for height, rid in ((300, "h"), (1080, "f"), (180, "q")):
        room.session.set_wishes("student", [wish("tutor", height)], room.now)
        air.run(0.5)
        assert layer_of(student, 2) == rid
    room.session.set_wishes("student", [wish("tutor", 0)], room.now)
    assert layer_of(student, 2) is None
    state = states(room, student)["v0"]
    assert state.participant_id == "tutor" and not state.paused


def test_a_camera_that_nobody_looks_at_is_not_encoded() -> None:
    room, air, _ = classroom()
    room.join("student", wishes=[wish("tutor", 0)])
    air.run(7)
    told = [event.layers for event in room.events if isinstance(event, LayersWanted)]
    assert told[-1] == []
    room.session.set_wishes("student", [wish("tutor", 720)], room.now)
    air.run(0.4)
    assert [e.layers for e in room.events if isinstance(e, LayersWanted)][-1] == ["f"]


def test_somebody_who_is_named_gets_a_slot_before_those_who_are_not() -> None:
    room = VirtualClass()
    for i in range(5):
        room.join(f"s{i}", publishing=CAMERA)
    viewer = room.join("viewer", video=4, wishes=[wish("s4", 180), wish("s3", 180)])
    shown = states(room, viewer)
    assert (shown["v2"].participant_id, shown["v3"].participant_id) == ("s4", "s3")
    room.session.set_wishes("viewer", None, room.now)
    room.run(1)
    assert states(room, viewer)["v2"].participant_id == "s0"


def test_a_viewer_of_the_stage_sees_the_screen_while_there_is_one() -> None:
    room, air, _ = classroom()
    student = room.join("student", publishing=CAMERA | MIC)
    air.film(student)
    air.speaking.append(student)
    viewer = room.join("viewer", audio=2, video=1, view=View.STAGE)
    air.run(1)
    shown = states(room, viewer)
    assert (shown["v0"].participant_id, shown["v0"].source) == ("tutor", Source.CAMERA)
    assert (shown["a0"].participant_id, shown["a1"].participant_id) == ("tutor", None)
    room.session.set_publishing("tutor", CAMERA | MIC | SCREEN, room.now)
    settle(room)
    assert states(room, viewer)["v0"].source is Source.SCREEN


def test_who_sends_and_receives_nothing_is_seen_by_the_others() -> None:
    room, air, tutor = classroom()
    student = room.join("student", publishing=CAMERA, reception=Reception.TEXT)
    air.film(student)
    air.run(1)
    assert not student.rtp()
    assert len(tutor.rtp(tutor.slot(4))) > 30
    assert all(state.paused for state in states(room, student).values() if state.participant_id)


# --- the line ---------------------------------------------------------------------------------------


def test_a_line_that_narrows_gets_a_lower_layer_at_once_and_more_only_after_a_while() -> None:
    room, air, _ = classroom()
    student = room.join("student")
    air.run(3)
    assert layer_of(student, 2) == "f"
    set_line(student, 900_000)
    air.run(0.3)
    assert layer_of(student, 2) == "h"
    set_line(student, 5_000_000)
    air.run(9)
    assert layer_of(student, 2) == "h"
    air.run(3)
    assert layer_of(student, 2) == "f"


def test_the_screen_keeps_its_resolution_and_loses_frames() -> None:
    room, air, _ = classroom(screen=True)
    student = room.join("student")
    air.run(3)
    before = len(student.rtp(student.slot(3)))
    air.run(2)
    full = len(student.rtp(student.slot(3))) - before
    set_line(student, 480_000)
    air.run(1)
    before = len(student.rtp(student.slot(3)))
    air.run(2)
    thinned = len(student.rtp(student.slot(3))) - before
    assert 0 < thinned < 0.6 * full
    assert not states(room, student)["v1"].paused


def test_what_does_not_fit_is_told_to_be_paused() -> None:
    room, air, _ = classroom(screen=True)
    student = room.join("student")
    air.run(2)
    room.session.set_reception("student", Reception.FULL, room.now, pinned=True)
    set_line(student, 100_000)
    air.run(1)
    shown = states(room, student)
    assert shown["v0"].paused and not shown["v1"].paused and not shown["a0"].paused
    events = [e for e in room.events if isinstance(e, SlotsChanged) and e.participant_id == "student"]
    assert events[-1].slots == room.session.slots("student")


def test_a_weak_student_costs_nobody_else_anything() -> None:
    """The others get the same packets, byte for byte, whether one student's line is weak or not."""

    def others(weak_bps: int) -> tuple[list[bytes], list[bytes]]:
        room, air, _ = classroom(screen=True)
        strong, weak, viewer = room.join("strong"), room.join("weak"), room.join("viewer")
        set_line(strong, 5_000_000)
        set_line(viewer, 1_400_000)
        air.run(2)
        set_line(weak, weak_bps, loss=0.09 if weak_bps < 1_000_000 else 0.0)
        air.run(6)
        assert len(weak.received) > 100
        return _media(strong), _media(viewer)

    def _media(person: Person) -> list[bytes]:
        return [packet.payload for packet in person.rtp()]

    assert others(60_000) == others(5_000_000)


# --- the ladder -------------------------------------------------------------------------------------


def steps(room: VirtualClass, name: str) -> list[tuple[Reception, ReceptionCause]]:
    return [
        (e.reception, e.cause) for e in room.events if isinstance(e, ReceptionChanged) and e.participant_id == name
    ]


def test_saver_is_one_small_picture() -> None:
    room, air, _ = classroom()
    other = room.join("other", publishing=CAMERA)
    air.film(other)
    student = room.join("student", reception=Reception.SAVER)
    air.run(2)
    shown = states(room, student)
    assert layer_of(student, 2) == "q"
    assert shown["v2"].participant_id == "other" and shown["v2"].paused
    assert not student.rtp(student.slot(4))


def test_slides_are_keyframes_alone() -> None:
    room, air, _ = classroom(screen=True)
    student = room.join("student", reception=Reception.SLIDES)
    air.run(0.5)
    encoder = air.encoders["tutor"][-1]
    air.run(30)
    got = student.rtp(student.slot(3))
    frames = {packet.timestamp for packet in got}
    assert 2 <= len(frames) <= encoder.keyframes
    assert not student.rtp(student.slot(2))
    assert student.rtp(student.slot(0))


def test_a_weak_line_steps_down_by_itself_and_recovers_after_a_clean_while() -> None:
    room, air, _ = classroom(screen=True)
    student = room.join("student")
    air.run(2)
    set_line(student, 70_000, loss=0.09)
    air.run(3)
    assert steps(room, "student") == [(Reception.AUDIO, ReceptionCause.WEAK_LINE)]
    assert all(states(room, student)[mid].paused for mid in ("v0", "v1"))
    before = len(student.rtp(student.slot(2))) + len(student.rtp(student.slot(3)))
    set_line(student, 5_000_000)
    air.run(40)
    assert len(student.rtp(student.slot(2))) + len(student.rtp(student.slot(3))) == before
    air.run(8)
    assert steps(room, "student")[1:] == [(Reception.SLIDES, ReceptionCause.RECOVERED)]


def test_a_fair_line_stays_full_and_a_poor_one_becomes_saver() -> None:
    room, air, _ = classroom(screen=True)
    fair, poor = room.join("fair"), room.join("poor")
    set_line(fair, 1_000_000, loss=0.01)
    set_line(poor, 330_000, loss=0.03, queue_s=0.05)
    air.run(5)
    assert steps(room, "fair") == []
    assert steps(room, "poor") == [(Reception.SAVER, ReceptionCause.WEAK_LINE)]


def test_a_step_down_can_be_undone_for_good() -> None:
    room, air, _ = classroom(screen=True)
    student = room.join("student")
    set_line(student, 100_000)
    air.run(4)
    room.session.set_reception("student", Reception.FULL, room.now, pinned=True)
    assert steps(room, "student")[-1] == (Reception.FULL, ReceptionCause.CHOSEN)
    air.run(10)
    assert steps(room, "student")[-1] == (Reception.FULL, ReceptionCause.CHOSEN)


def test_the_start_of_a_line_that_never_reports_is_no_reason_to_step_down() -> None:
    room = VirtualClass()
    room.join("tutor", lead=True, publishing=CAMERA | SCREEN)
    student = room.join("student")
    assert student.participant.line is not None
    student.participant.line.downlink.estimate_bps = 50_000
    room.run(20)
    assert steps(room, "student") == []


# --- health -----------------------------------------------------------------------------------------


def test_health_is_told_for_whom_it_changed_and_not_too_often() -> None:
    room, air, _ = classroom()
    good, weak = room.join("good"), room.join("weak")
    set_line(good, 5_000_000)
    set_line(weak, 5_000_000)
    air.run(12)
    told = [(room.now, e) for e in room.events if isinstance(e, HealthChanged)]
    assert 1 <= len(told) <= 6
    room.events.clear()
    good.participant.heard_at = weak.participant.heard_at = room.now
    set_line(weak, 100_000, loss=0.2)
    for _ in range(8):
        good.participant.heard_at = weak.participant.heard_at = room.now
        air.run(1)
    healths = [health for e in room.events if isinstance(e, HealthChanged) for health in e.participants]
    assert {health.participant_id for health in healths} >= {"weak"}
    last = [health for health in healths if health.participant_id == "weak"][-1]
    assert last.quality is Quality.POOR and last.reception is Reception.AUDIO and last.frozen > 0.5
    assert not [health for health in healths if health.participant_id == "good" and health.quality is Quality.POOR]


def test_a_picture_that_cannot_be_decoded_is_frozen_until_the_next_keyframe() -> None:
    room, air, _ = classroom()
    student = room.join("student")
    set_line(student, 5_000_000)
    air.run(3)
    room.events.clear()
    for encoder in air.encoders["tutor"]:
        encoder.keyframe_size = 0  # it does not answer
    air.encoders["tutor"], stubborn = [], air.encoders["tutor"]
    lost = PictureLossIndication(1, student.slot(2))
    for _ in range(4):
        room.feed_back(student, lost)
        room.run(1)
    healths = [h for e in room.events if isinstance(e, HealthChanged) for h in e.participants]
    assert [h for h in healths if h.participant_id == "student"][-1].frozen > 0.5
    air.encoders["tutor"] = stubborn
    for _ in range(12):
        student.participant.heard_at = room.now
        air.run(1)
    healths = [h for e in room.events if isinstance(e, HealthChanged) for h in e.participants]
    assert [h for h in healths if h.participant_id == "student"][-1].frozen < 0.1


def test_loss_on_the_tutors_uplink_is_the_tutors() -> None:
    room, air, tutor = classroom()
    student = room.join("student")
    set_line(student, 5_000_000)
    set_line(tutor, 5_000_000)
    encoder = air.encoders["tutor"][2]
    for _ in range(200):
        encoder.sequence += 1  # a packet that never arrives
        air.run(0.04)
        tutor.participant.heard_at = student.participant.heard_at = room.now
    health = {h.participant_id: h for e in room.events if isinstance(e, HealthChanged) for h in e.participants}
    assert (health["tutor"].loss_up or 0) > 0.04
    assert (health["student"].loss_down or 0) == 0


# --- many -------------------------------------------------------------------------------------------


def test_however_much_happens_in_a_tick_each_is_told_once() -> None:
    room = VirtualClass()
    student = room.join("student")
    for i in range(10):
        room.join(f"p{i}", publishing=CAMERA | MIC)
    room.run(TICK_S)
    assert len([e for e in room.events if isinstance(e, SlotsChanged) and e.participant_id == "student"]) == 1
    assert states(room, student)["v2"].participant_id == "p0"


def test_who_joins_without_publishing_moves_nobody() -> None:
    room = VirtualClass()
    room.join("tutor", lead=True, publishing=CAMERA)
    room.join("student")
    room.run(1)
    room.events.clear()
    room.join("late")
    room.session.remove("late", room.now)
    room.run(1)
    assert not [e for e in room.events if isinstance(e, SlotsChanged) and e.participant_id != "late"]
