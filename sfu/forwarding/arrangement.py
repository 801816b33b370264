"""What one subscriber gets: from its wishes, its step of the ladder and what its line carries to its slots.

What is decided here touches the slots of this subscriber alone. That a publisher encodes a layer because of it is
the one thing others can notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sfu.allocation.allocator import PAUSED, Choice, Options, Rank
from sfu.allocation.audio import AudioForm, audio_form
from sfu.allocation.health import Health, HealthSample
from sfu.allocation.ladder import Ladder, LineState
from sfu.allocation.steady import SteadyAllocator
from sfu.forwarding import layout, router
from sfu.forwarding.audio_forms import OPUS_KEY, RED_KEY
from sfu.forwarding.layout import Key, Wishes
from sfu.forwarding.selection import Aim
from sfu.messages import ParticipantHealth, Reception, ReceptionCause, SlotState, Source, View, Wish

if TYPE_CHECKING:
    from sfu.forwarding.layer import Layer
    from sfu.forwarding.participant import Participant
    from sfu.forwarding.scene import Scene
    from sfu.forwarding.slot import Slot
    from sfu.forwarding.track import Track

VOICE_BPS: Final = {
    AudioForm.PLAIN: 45_000,
    AudioForm.REDUNDANT: 90_000,
    AudioForm.MERGED: 30_000,
    AudioForm.MERGED_REDUNDANT: 45_000,
}
"""Kept for a voice, on the wire."""
VOICES: Final = 2
"""So many speak at a time, however many slots there are for them."""
SAVER_BPS: Final = 300_000
UNNAMED_HEIGHT: Final = 180
"""A track that the subscriber has in a slot and did not say how large it shows."""
SLIDE_HEIGHT: Final = 540
"""Slides are taken from the first layer of the screen in which they can be read."""
NEED_BPS: Final = {Reception.SAVER: 200_000, Reception.SLIDES: 90_000, Reception.AUDIO: 30_000, Reception.TEXT: 0}
"""What somebody needs to get all of the step it chose; of `FULL`, see `Arrangement`."""

WantKeyframe = Callable[["Layer", float], None]


class Arrangement:
    """Public: ``ladder``, ``health``, ``view``, ``states`` (what each slot shows, in the order of the offer),
    ``slides``: the layer of which this subscriber gets keyframes only, None mostly."""

    __slots__ = (
        "_allocator",
        "_audio",
        "_choices",
        "_form",
        "_heights",
        "_main",
        "_need_bps",
        "_order",
        "_participant",
        "_stepped_down",
        "_uplink",
        "_video",
        "_want_keyframe",
        "_wishes",
        "health",
        "ladder",
        "slides",
        "states",
        "view",
    )

    def __init__(
        self,
        participant: Participant,
        *,
        reception: Reception,
        pinned: bool,
        wishes: Sequence[Wish] | None,
        view: View,
        want_keyframe: WantKeyframe,
    ) -> None:
        self.ladder = Ladder(reception, pinned=pinned)
        self.health = Health()
        self.view = view
        self.slides: Layer | None = None
        self._participant = participant
        self._want_keyframe = want_keyframe
        self._allocator = SteadyAllocator()
        self._audio: list[Key | None] = [None] * len(participant.egress.audio)
        self._video: list[Key | None] = [None] * len(participant.egress.video)
        self._choices: list[Choice] = [PAUSED] * len(self._video)
        self._form = AudioForm.MERGED if reception is Reception.AUDIO else AudioForm.PLAIN
        self._main: int | None = None
        self._need_bps = 0
        self._uplink = (0, 0)
        self._stepped_down = False
        self.states = self._describe()
        self.wish(wishes)

    def wish(self, wishes: Sequence[Wish] | None) -> None:
        """What the subscriber shows, and how large. `arrange` puts it into practice."""
        self._wishes: Wishes | None = None
        self._heights: dict[Key, int] = {}
        self._order: dict[Key | None, int] = {}
        if wishes is not None:
            self._heights = {(wish.participant_id, wish.source): max(wish.height, 0) for wish in wishes}
            named = tuple(key for key, height in self._heights.items() if height)
            hidden = frozenset(key for key, height in self._heights.items() if not height)
            self._wishes = Wishes(tuple(key for key in named if key[1] is not Source.MIC), hidden)
            self._order = {key: i for i, key in enumerate(named)}

    # --- slots --------------------------------------------------------------------------------------

    def arrange(self, scene: Scene, now: float) -> bool:
        """Point the slots at what they should show now. True when what they show changed."""
        participant, cast = self._participant, scene.cast
        egress, me = participant.egress, participant.id
        self._audio = layout.audio_slots(cast, me, self._audio, self.view)
        self._video = layout.video_slots(cast, me, self._video, self._wishes, self.view)
        silent = self.ladder.step is Reception.TEXT
        for slot, key in zip(egress.audio, self._audio, strict=True):
            track = scene.track(key) if key is not None and not silent else None
            self._aim(slot, None if track is None else Aim(self._sound(slot, track)), now)
        self._allocate(scene, now)
        self.slides = None
        for slot, key, choice in zip(egress.video, self._video, self._choices, strict=True):
            track = scene.track(key) if key is not None and choice.rid is not None else None
            layer = track.layer(choice.rid or "") if track is not None else None
            aim = None if layer is None else Aim(layer, choice.temporal, choice.keyframes_only)
            if aim is not None and aim.keyframes_only:
                self.slides = layer
            urgent = key in self._allocator.last.lowered or self._stepped_down
            self._aim(slot, aim, now, at_once=urgent)
        self._stepped_down = False
        states = self._describe()
        changed, self.states = states != self.states, states
        return changed

    def due(self, now: float) -> bool:
        """Whether the line asks for another arrangement."""
        line = self._participant.line
        return line is not None and self._allocator.due(self._budget(line.downlink.estimate_bps), now)

    def _allocate(self, scene: Scene, now: float) -> None:
        """Fill in what is sent of the track in each video slot."""
        step, line = self.ladder.step, self._participant.line
        ranks = [self._rank(scene, key) if key is not None else Rank.OTHER for key in self._video]
        shown = [i for i, key in enumerate(self._video) if key is not None]
        self._main = min((i for i in shown if ranks[i] <= Rank.STAGE), key=ranks.__getitem__, default=None)
        shown.sort(key=lambda i: self._order.get(self._video[i], len(self._order)))
        self._choices = [PAUSED] * len(self._video)
        self._need_bps = self._needed(scene, shown, ranks, now)
        if step is Reception.SAVER:
            shown = [min(shown, key=ranks.__getitem__)] if shown else []
        elif step is not Reception.FULL:
            shown = [i for i in shown if step is Reception.SLIDES and ranks[i] is Rank.SCREEN]
        if step is Reception.SLIDES:
            for i in shown:
                self._choices[i] = self._slide(scene, i, now)
            shown = []
        requests = []
        for i in shown:
            key = self._video[i]
            assert key is not None
            requests.append((key, ranks[i], self._options(scene, key, ranks[i], now)))
        estimate = None if line is None else line.downlink.estimate_bps
        allocation = self._allocator.allocate(self._budget(estimate), self._audio_bps(), requests, now)
        for i, choice in zip(shown, allocation.choices, strict=True):
            self._choices[i] = choice
        self._want(now)

    def _options(self, scene: Scene, key: Key, rank: Rank, now: float) -> Options:
        height = self._heights.get(key)
        if height is None and self._wishes is not None and rank is not Rank.SCREEN:
            height = UNNAMED_HEIGHT
        return scene.options(key, rank, height, now, least=self.ladder.step is Reception.SAVER)

    def _needed(self, scene: Scene, shown: Sequence[int], ranks: Sequence[Rank], now: float) -> int:
        """What a line has to carry for a decent class: on `FULL` all pictures, the lead's in a middle size."""
        if self.ladder.chosen is not Reception.FULL:
            return NEED_BPS[self.ladder.chosen]
        need = self._audio_bps()
        for i in shown:
            key = self._video[i]
            options = self._options(scene, key, ranks[i], now) if key is not None else None
            if options is not None and options.choices:
                index = options.preferred if ranks[i] is Rank.STAGE else options.base
                need += options.choices[index].bps
        return need

    def _slide(self, scene: Scene, i: int, now: float) -> Choice:
        """Keyframes of the smallest layer in which slides can be read."""
        key = self._video[i]
        options = scene.options(key, Rank.SCREEN, SLIDE_HEIGHT, now) if key is not None else None
        if options is None or not options.choices or self._heights.get(key or ("", Source.SCREEN)) == 0:
            return PAUSED
        return Choice(options.choices[-1].rid, keyframes_only=True)

    def _rank(self, scene: Scene, key: Key) -> Rank:
        me = self._participant.id
        if key == scene.cast.of_lead(Source.SCREEN, me):
            return Rank.SCREEN
        if key == scene.cast.of_lead(Source.CAMERA, me):
            return Rank.STAGE
        return Rank.SPEAKER if key[0] == scene.dominant else Rank.OTHER

    def _budget(self, estimate_bps: int | None) -> int | None:
        if self.ladder.step is Reception.SAVER:
            return SAVER_BPS if estimate_bps is None else min(estimate_bps, SAVER_BPS)
        return estimate_bps

    def _audio_bps(self) -> int:
        voices = min(sum(key is not None for key in self._audio), VOICES)
        return voices * VOICE_BPS[self._form]

    def _aim(self, slot: Slot, aim: Aim | None, now: float, *, at_once: bool = False) -> None:
        """``at_once``: a larger layer than this is too much for the line and must not go on until a keyframe."""
        wanted = router.aim(slot, aim, now, at_once=at_once)
        if wanted is not None:
            self._want_keyframe(wanted, now)

    def _sound(self, slot: Slot, track: Track) -> Layer:
        """The layer of a microphone in the form that this line gets."""
        if track.forms is None:
            return track.layers[0]
        opus = slot.payload_types.get(OPUS_KEY) if RED_KEY in slot.payload_types else None
        return track.forms.layer(self._form, opus.media if opus is not None else None)

    def _describe(self) -> list[SlotState]:
        participant, step = self._participant, self.ladder.step
        shown: dict[str, tuple[Key | None, bool]] = {}
        for slot, key in zip(participant.egress.audio, self._audio, strict=True):
            shown[slot.mid] = key, step is Reception.TEXT
        for slot, key, choice in zip(participant.egress.video, self._video, self._choices, strict=True):
            hidden = key is not None and self._heights.get(key) == 0
            shown[slot.mid] = key, choice.rid is None and not hidden
        return [
            SlotState(mid=slot.mid, kind=slot.kind)
            if (key := shown[slot.mid][0]) is None
            else SlotState(
                mid=slot.mid, kind=slot.kind, participant_id=key[0], source=key[1], paused=shown[slot.mid][1]
            )
            for slot in participant.egress.slots
        ]

    # --- the line -----------------------------------------------------------------------------------

    def judge(self, now: float) -> ReceptionCause | None:
        """A few times a second: look at the line. The cause when the step of the ladder changed; then arrange."""
        line = self._participant.line
        if line is None:
            return None
        downlink = line.downlink
        measured = downlink.rtt_s is not None
        estimate = downlink.estimate_bps
        cause = self.ladder.judge(
            LineState(estimate if measured else None, self._hungry(estimate), downlink.loss, downlink.queue_s), now
        )
        self._stepped_down = self._stepped_down or cause is ReceptionCause.WEAK_LINE
        self._want(now)
        return cause

    def follow_sound(self) -> bool:
        """Choose the form of the sound. True when it changed; then arrange."""
        line = self._participant.line
        if line is None:
            return False
        before, downlink = self._form, line.downlink
        self._form = audio_form(
            self.ladder.step,
            loss=downlink.loss,
            rtt_s=downlink.rtt_s,
            repeats=self._participant.egress.repeats_audio,
            estimate_bps=downlink.estimate_bps,
            audio_bps=self._audio_bps() * VOICE_BPS[AudioForm.PLAIN] // VOICE_BPS[before],
            current=before,
        )
        return self._form is not before

    def _hungry(self, estimate_bps: int) -> bool:
        """Whether what this step gives does not fit, so that a low estimate is a shortage."""
        step, line = self.ladder.step, self._participant.line
        if step is Reception.SLIDES:
            return self.slides is not None
        if step is Reception.AUDIO:
            return line is not None and line.downlink.acked_bps >= estimate_bps // 2
        last = self._allocator.last
        return last.wanted_bps > 0 or last.bps > estimate_bps

    def _want(self, now: float) -> None:
        """Say what the line should be probed for."""
        self._participant.wanted_bps = max(self._allocator.last.wanted_bps, self.ladder.wanted_bps(now))

    # --- health -------------------------------------------------------------------------------------

    def check_health(self, scene: Scene, silent_s: float, now: float) -> ParticipantHealth | None:
        """About once a second. What there is to tell, None when it is much as before."""
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
            need_bps=self._need_bps,
            frozen=self._frozen(scene),
            silent_s=silent_s,
        )
        self.health.sample(sample, now)
        return self.health.report(participant.id, self.ladder.step)

    def _loss_up(self) -> float | None:
        """Of what it sends, since the last time; before repair."""
        expected, received = self._participant.ingress.counted()
        newly, came = expected - self._uplink[0], received - self._uplink[1]
        self._uplink = expected, received
        return min(max(0.0, 1 - came / newly), 1.0) if newly > 0 else None

    def _frozen(self, scene: Scene) -> bool:
        """Whether the lead's picture that the subscriber should see by its own choice stands still."""
        i, chosen = self._main, self.ladder.chosen
        key = self._video[i] if i is not None else None
        if i is None or key is None or chosen in (Reception.AUDIO, Reception.TEXT) or self._heights.get(key) == 0:
            return False
        if chosen is Reception.SLIDES and key[1] is not Source.SCREEN:
            return False
        track = scene.track(key)
        if track is None or not any(layer.flowing for layer in track.layers):
            return False
        return self._choices[i].rid is None or self._participant.egress.video[i].layer is None
