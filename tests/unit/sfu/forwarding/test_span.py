"""A session on two workers: what crosses, how often, and that nobody notices."""

from __future__ import annotations

import itertools

import pytest

from sfu.forwarding.session import TICK_S
from sfu.messages import LayersWanted, Reception, SlotState, Source, SpeakerChanged, Wish
from sfu.rtp.rtcp import Nack, PictureLossIndication, SenderReport
from tests.support.virtual_class import Person, Sender
from tests.support.virtual_span import VirtualSpan

CAMERA = frozenset({Source.CAMERA})
MIC = frozenset({Source.MIC})
BOTH = CAMERA | MIC


def shown(span: VirtualSpan, person: Person) -> set[tuple[str | None, Source | None]]:
    where = span.home if span.home.people.get(person.id) is person else span.away
    span.run(2 * TICK_S)
    states: list[SlotState] = where.slots_of(person)
    return {(state.participant_id, state.source) for state in states if state.participant_id}


def keyframes_asked(person: Person) -> int:
    return sum(isinstance(packet, PictureLossIndication) for packet in person.rtcp)


@pytest.mark.parametrize("order", list(itertools.permutations(["tutor", "student", "link"])))
def test_a_student_sees_and_hears_the_tutor_of_the_other_worker_in_whatever_order_they_come(
    order: tuple[str, ...],
) -> None:
    span = VirtualSpan(linked=False)
    for step in order:
        if step == "tutor":
            span.join(span.home, "tutor", lead=True, publishing=BOTH)
        elif step == "student":
            span.join(span.away, "student")
        else:
            span.link()
    tutor, student = span.home.people["tutor"], span.away.people["student"]
    assert shown(span, student) == {("tutor", Source.CAMERA), ("tutor", Source.MIC)}
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 5, keyframe=True)
    span.talk(span.home, tutor, 0.1)
    assert len(student.rtp(student.slot(0))) == 5
    assert len(student.rtp(student.slot(2))) == 10


def test_a_track_crosses_once_however_many_watch_and_not_at_all_when_nobody_does() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=BOTH)
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    assert not span.from_home.media
    students = [span.join(span.away, f"student-{i}") for i in range(10)]
    span.run(0.2)
    span.from_home.media.clear()
    span.play(span.home, tutor, Source.CAMERA, 10, keyframe=True)
    assert sum(span.from_home.media.values()) == 20
    assert all(len(student.rtp(student.slot(2))) >= 20 for student in students)
    for student in students:
        span.leave(span.away, student)
    span.run(1.5)
    span.from_home.media.clear()
    span.play(span.home, tutor, Source.CAMERA, 10)
    assert not span.from_home.media


def test_who_comes_late_sees_the_cached_keyframe_at_once_and_the_publisher_is_not_asked() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    span.join(span.home, "neighbour")
    span.play(span.home, tutor, Source.CAMERA, 10, keyframe=True)
    span.run(0.5)
    asked = keyframes_asked(tutor)
    student = span.join(span.away, "student")
    packets = student.rtp(student.slot(2))
    assert len(packets) == 20
    assert keyframes_asked(tutor) == asked
    span.play(span.home, tutor, Source.CAMERA, 5)
    packets = student.rtp(student.slot(2))
    assert [p.sequence_number for p in packets] == [packets[0].sequence_number + i & 0xFFFF for i in range(30)]
    # What was replayed is shown at once: its frames are a millisecond apart.
    assert (packets[18].timestamp - packets[0].timestamp) & 0xFFFFFFFF == 9 * 90


def test_numbers_go_on_without_a_jump_when_a_slot_goes_from_one_workers_track_to_the_others() -> None:
    span = VirtualSpan()
    here = span.join(span.away, "here", publishing=CAMERA)
    there = span.join(span.home, "there", publishing=frozenset())
    student = span.join(span.away, "student", video=1)
    span.play(span.away, here, Source.CAMERA, 5, keyframe=True)
    span.publish(span.away, here)
    span.publish(span.home, there, Source.CAMERA)
    span.run(0.1)
    span.play(span.home, there, Source.CAMERA, 5, keyframe=True)
    span.publish(span.home, there)
    span.run(1.2)
    span.publish(span.away, here, Source.CAMERA)
    span.run(0.1)
    span.play(span.away, here, Source.CAMERA, 5, keyframe=True)
    packets = student.rtp(student.slot(2))
    assert len(packets) == 30
    numbers = [packet.sequence_number for packet in packets]
    assert numbers == [numbers[0] + i & 0xFFFF for i in range(30)]
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(packets)]
    assert all(step < 2 * 90_000 for step in steps)


def test_a_wish_for_a_keyframe_crosses_once_for_all() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    students = [span.join(span.away, f"student-{i}") for i in range(5)]
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    span.run(2)
    asked, crossed = keyframes_asked(tutor), span.from_away.said["KeyframeWanted"]
    for student in students:
        span.away.feed_back(student, PictureLossIndication(1, student.slot(2)))
    span.pump()
    assert keyframes_asked(tutor) == asked + 1
    assert span.from_away.said["KeyframeWanted"] == crossed + 1


def test_a_keyframe_that_does_not_come_is_asked_for_again() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    span.send(span.home, tutor, *tutor.senders[Source.CAMERA].frame())
    span.join(span.away, "student")
    span.run(5)
    assert keyframes_asked(tutor) >= 3


def test_losses_of_students_are_answered_where_they_are() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    student = span.join(span.away, "student")
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 5, keyframe=True)
    packets = student.rtp(student.slot(2))
    before, said = len(student.received), span.from_away.said.total()
    span.away.feed_back(student, Nack(1, student.slot(2), (packets[3].sequence_number,)))
    assert len(student.received) == before + 1
    assert span.from_away.said.total() == said


def test_the_home_says_who_speaks_and_both_workers_give_them_a_slot() -> None:
    span = VirtualSpan()
    people = [span.join(span.away, f"away-{i}", publishing=MIC, audio=3) for i in range(6)]
    listener = span.join(span.home, "listener", audio=3)
    span.run(0.5)
    span.talk(span.away, people[5], 2.0)
    span.run(0.5)
    home_says = [e for e in span.home.events if isinstance(e, SpeakerChanged)]
    assert home_says[-1].participant_id == "away-5"
    assert not any(isinstance(e, SpeakerChanged) for e in span.away.events)
    assert ("away-5", Source.MIC) in shown(span, listener)
    assert ("away-5", Source.MIC) in shown(span, people[0])
    ranked = span.home.session.speakers(), span.away.session.speakers()
    assert ranked[0][0] == ranked[1][0] == "away-5"
    assert ranked[0][1][:6] == ranked[1][1][:6]


def test_only_voices_that_somebody_over_there_hears_cross() -> None:
    span = VirtualSpan()
    people = [span.join(span.away, f"away-{i}", publishing=MIC) for i in range(6)]
    span.join(span.home, "listener", audio=3)
    span.run(1.5)
    for _ in range(10):
        for person in people:
            span.send(span.away, person, person.senders[Source.MIC].speech())
        span.run(0.02)
    assert len(span.from_away.media) <= 3


def test_candidates_come_in_the_same_order_on_both_workers() -> None:
    span = VirtualSpan()
    for i in range(4):
        span.join(span.home if i % 2 else span.away, f"p{i}", publishing=CAMERA)
        span.run(0.1)
    span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    on_home, on_away = span.join(span.home, "x", video=2), span.join(span.away, "y", video=2)
    assert shown(span, on_home) == shown(span, on_away) == {("tutor", Source.CAMERA), ("p0", Source.CAMERA)}


def test_lips_stay_in_sync_across_workers() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=BOTH)
    near, far = span.join(span.home, "near"), span.join(span.away, "far")
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    span.talk(span.home, tutor, 0.1)
    ntp = 0xE0000000_00000000
    for source in (Source.CAMERA, Source.MIC):
        sender = tutor.senders[source]
        report = SenderReport(sender.ssrc, ntp, sender.timestamp & 0xFFFFFFFF, 1, 1, ())
        span.home.feed_back(tutor, report)
    for person in (near, far):
        person.rtcp.clear()
    span.run(6)

    def mapped(person: Person, slot: int) -> int:
        """The newest report's timestamp in the tutor's own clock, moved to the same instant."""
        report = [p for p in person.rtcp if isinstance(p, SenderReport) and p.ssrc == person.slot(slot)][-1]
        rate = 48_000 if slot == 0 else 90_000
        offset = person.participant.egress.slots[slot].timestamp_offset
        elapsed = (report.ntp / 2**32) * rate
        return round(report.rtp_timestamp - offset - elapsed) & 0xFFFFFFFF

    for slot in (0, 2):
        assert abs(mapped(near, slot) - mapped(far, slot)) < 20


def test_who_only_watches_is_of_no_interest_to_the_other_worker() -> None:
    span = VirtualSpan()
    student = span.join(span.home, "student")
    span.join(span.away, "other")
    assert span.from_home.said["Present"] == 0
    span.publish(span.home, student, Source.MIC)
    span.publish(span.home, student)
    assert span.from_home.said["Present"] == 2
    assert span.away.session.span.remotes["student"].publishing == frozenset()
    span.leave(span.home, student)
    assert not span.away.session.span.remotes


def test_leaving_and_being_replaced_are_seen_over_there() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=BOTH)
    student = span.join(span.away, "student")
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    again = span.join(span.home, "tutor", lead=True, publishing=BOTH)
    span.run(0.1)
    span.play(span.home, again, Source.CAMERA, 3, keyframe=True)
    numbers = [packet.sequence_number for packet in student.rtp(student.slot(2))]
    assert numbers == [numbers[0] + i & 0xFFFF for i in range(12)]
    span.leave(span.home, again)
    assert shown(span, student) == set()
    assert span.away.session.span.remotes == {}


def test_a_publisher_that_starts_anew_with_other_numbers_is_followed() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    student = span.join(span.away, "student")
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    sender = tutor.senders[Source.CAMERA]
    sender.ssrc, sender.sequence, sender.timestamp = 77, 40_000, 5
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    numbers = [packet.sequence_number for packet in student.rtp(student.slot(2))]
    assert numbers == [numbers[0] + i & 0xFFFF for i in range(12)]


def test_when_a_worker_is_lost_only_its_people_are_and_all_is_well_when_it_is_back() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    span.join(span.away, "assistant", publishing=CAMERA)
    student, far = span.join(span.home, "student"), span.join(span.away, "far")
    span.run(0.1)
    assert len(shown(span, student)) == 2
    span.part()
    assert shown(span, student) == {("tutor", Source.CAMERA)}
    assert shown(span, far) == {("assistant", Source.CAMERA)}
    layers = tutor.participant.ingress.layers()
    assert not any(layer.crossings for layer in layers)
    span.link()
    span.run(0.1)
    assert len(shown(span, student)) == len(shown(span, far)) == 2
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    assert len(far.rtp(far.slot(2))) >= 6


def test_what_is_dropped_at_a_full_pipe_is_a_gap_like_any_other() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=CAMERA)
    student = span.join(span.away, "student")
    span.run(0.1)
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    span.from_home.full = True
    span.play(span.home, tutor, Source.CAMERA, 3)
    span.from_home.full = False
    span.play(span.home, tutor, Source.CAMERA, 3, keyframe=True)
    numbers = [packet.sequence_number for packet in student.rtp(student.slot(2))]
    assert numbers == [numbers[0] + i & 0xFFFF for i in (*range(6), *range(12, 18))]


def test_a_new_home_goes_on_finding_out_who_speaks() -> None:
    span = VirtualSpan()
    span.join(span.home, "gone", publishing=MIC)
    speaker = span.join(span.away, "speaker", publishing=MIC)
    span.part()
    span.away.session.set_home(None, span.away.now)
    span.talk(span.away, speaker, 2.0)
    says = [e for e in span.away.events if isinstance(e, SpeakerChanged)]
    assert says and says[-1].participant_id == "speaker"


def simulcast(span: VirtualSpan, *, seconds: float, senders: list[Sender], keyframes: bool = True) -> None:
    """The tutor at home sends all layers of its camera; those it need not send it sends, too."""
    tutor = span.home.people["tutor"]
    for i in range(round(seconds * 30)):
        for sender in senders:
            span.send(span.home, tutor, *sender.frame(keyframe=keyframes and i % 15 == 0))
        span.run(0.03)


def test_of_simulcast_only_the_layers_that_are_shown_cross_and_the_publisher_is_told_what_all_workers_want() -> (
    None
):
    span = VirtualSpan()
    span.join(span.home, "tutor", lead=True, publishing=CAMERA, rids=("q", "h", "f"))
    senders = [Sender("1", "video", 100 + n, 0, 0, rid=rid) for n, rid in enumerate(("q", "h", "f"))]
    student = span.join(span.away, "student")
    wish = Wish(participant_id="tutor", source=Source.CAMERA, height=90)
    span.away.session.set_wishes("student", [wish], span.away.now)
    simulcast(span, seconds=2, senders=senders)
    span.from_home.media.clear()
    simulcast(span, seconds=7, senders=senders)
    assert [layer for _, layer in span.from_home.media] == [1]
    wanted = [event for event in span.home.events if isinstance(event, LayersWanted)]
    assert wanted[-1].layers == ["q"]
    assert not any(isinstance(event, LayersWanted) for event in span.away.events)
    neighbour = span.join(span.home, "neighbour")
    simulcast(span, seconds=8, senders=senders)
    wanted = [event for event in span.home.events if isinstance(event, LayersWanted)]
    assert wanted[-1].layers[0] == "q" and len(wanted[-1].layers) == 2
    assert len(neighbour.rtp()) > 100 and len(student.rtp()) > 100
    for person, where in ((student, span.away), (neighbour, span.home)):
        span.leave(where, person)
    simulcast(span, seconds=8, senders=senders)
    wanted = [event for event in span.home.events if isinstance(event, LayersWanted)]
    assert wanted[-1].layers == []


def test_what_layers_bring_is_known_on_the_other_worker_before_they_cross() -> None:
    span = VirtualSpan()
    span.join(span.home, "tutor", lead=True, publishing=CAMERA, rids=("q", "h", "f"))
    senders = [Sender("1", "video", 100 + n, 0, 0, rid=rid) for n, rid in enumerate(("q", "h", "f"))]
    simulcast(span, seconds=2, senders=senders[:2])
    track = span.away.session.span.remotes["tutor"].tracks[Source.CAMERA]
    assert [layer.flowing for layer in track.layers] == [True, True, False]
    assert track.layers[1].height == 360
    there = span.home.people["tutor"].participant.tracks[Source.CAMERA]
    assert track.layers[1].last_bps[-1] == pytest.approx(there.layers[1].last_bps[-1], rel=0.1)


def test_sound_is_merged_where_it_is_wanted_so() -> None:
    span = VirtualSpan()
    tutor = span.join(span.home, "tutor", lead=True, publishing=MIC)
    weak = span.join(span.away, "weak", reception=Reception.AUDIO)
    span.run(0.1)
    span.talk(span.home, tutor, 0.6)
    span.run(0.2)
    assert 8 <= len(weak.rtp(weak.slot(0))) <= 12
    assert sum(span.from_home.media.values()) >= 29
