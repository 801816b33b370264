"""How one subscriber's line is doing, and what follows: step of the ladder, form of the sound, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sfu.allocation.allocator import UNLIMITED_BPS
from sfu.allocation.audio import AudioForm, audio_form, form_bps, needed_bps
from sfu.allocation.health import Health, HealthSample
from sfu.allocation.ladder import Ladder, LineState
from sfu.messages import ParticipantHealth, Reception, ReceptionCause

if TYPE_CHECKING:
    from sfu.forwarding.arranging.arrangement import Arrangement
    from sfu.forwarding.arranging.scene import Scene
    from sfu.forwarding.participant import Participant


QUEUE_S: Final = 0.15
LOSS: Final = 0.06
PROBED: Final = 1.05


class Condition:
    """Of a participant and its arrangement, whose ladder it moves. Public: ``health``."""

    __slots__ = ("_arrangement", "_ladder", "_participant", "_sound_bps", "_uplink", "health")

    def __init__(self, participant: Participant, arrangement: Arrangement) -> None:
        self.health = Health()
        self._participant = participant
        self._arrangement = arrangement
        self._ladder: Ladder = arrangement.ladder
        self._uplink = (0, 0)
        self._sound_bps = 0
        """What the line is probed for to have room for redundancy."""

    def judge(self, now: float) -> ReceptionCause | None:
        """A few times a second: look at the line. The cause when the step of the ladder changed; then arrange."""
        line = self._participant.line
        if line is None:
            return None
        downlink = line.downlink
        estimate = downlink.estimate_bps
        known = downlink.carries_bps(now) if downlink.rtt_s is not None else None
        state = LineState(
            known,
            self._hungry(estimate),
            downlink.loss,
            downlink.queue_s,
            downlink.silent_s,
            self._arrangement.least_bps,
        )
        cause = self._ladder.judge(state, now)
        if cause is ReceptionCause.WEAK_LINE:
            self._arrangement.stepped_down = True
        self.want(now)
        return cause

    def want(self, now: float) -> None:
        """Say what the line should be probed for."""
        allocated = self._arrangement.allocation.wanted_bps
        self._participant.wanted_bps = max(allocated, self._ladder.wanted_bps(now), self._sound_bps)

    def follow_sound(self) -> bool:
        """Choose the form of the sound. True when it changed; then arrange."""
        line, arrangement = self._participant.line, self._arrangement
        if line is None:
            return False
        before, step, downlink = arrangement.form, self._ladder.step, line.downlink

        def best(estimate_bps: int) -> AudioForm:
            return audio_form(
                step,
                loss=downlink.loss,
                rtt_s=downlink.rtt_s,
                repeats=self._participant.egress.repeats_audio,
                estimate_bps=estimate_bps,
                voice_bps=arrangement.voice_bps,
                voices=arrangement.voices,
                current=before,
            )

        arrangement.form = best(downlink.estimate_bps)
        ideal = best(UNLIMITED_BPS)
        voices_bps = arrangement.voices * form_bps(ideal, arrangement.voice_bps)
        self._sound_bps = round(needed_bps(step, ideal, voices_bps) * PROBED)
        return arrangement.form is not before

    def look_after(self, scene: Scene, silent_s: float, now: float) -> ParticipantHealth | None:
        """About once a second. What there is to tell of its health, None when it is much as before."""
        participant = self._participant
        line = participant.line
        if line is None:
            return None
        downlink = line.downlink
        measured = downlink.rtt_s is not None
        sample = HealthSample(
            loss_down=downlink.loss if measured else None,
            loss_up=self._loss_up(),
            rtt_s=downlink.rtt_s,
            estimate_bps=downlink.estimate_bps if measured else None,
            need_bps=self._arrangement.need_bps,
            frozen=self._arrangement.is_frozen(scene),
            silent_s=silent_s,
            b_frames=participant.ingress.has_b_frames(now),
        )
        self.health.sample(sample, now)
        return self.health.report(participant.id, self._ladder.step)

    def _hungry(self, estimate_bps: int) -> bool:
        """Whether what this step gives does not fit, so that a low estimate is a shortage."""
        step, line = self._ladder.step, self._participant.line
        if line is None:
            return False
        downlink = line.downlink
        if step is Reception.SLIDES:
            # Mostly little is sent, and estimates fall with what is sent: ask whether anything has to wait.
            return line.pacer.queued > 0 or downlink.queue_s > QUEUE_S or downlink.loss > LOSS
        if step is Reception.AUDIO:
            return downlink.acked_bps >= estimate_bps // 2
        last = self._arrangement.allocation
        return last.wanted_bps > 0 or last.bps > estimate_bps

    def _loss_up(self) -> float | None:
        """Of what it sends, since the last time; before repair."""
        expected, received = self._participant.ingress.counted()
        newly, came = expected - self._uplink[0], received - self._uplink[1]
        self._uplink = expected, received
        return min(max(0.0, 1 - came / newly), 1.0) if newly > 0 else None
