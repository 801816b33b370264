"""What one subscriber gets: from its wishes, its step of the ladder and what its line carries to its slots.

What is decided here touches the slots of this subscriber alone. That a publisher encodes a layer because of it is
the one thing others can notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sfu.allocation.allocator import PAUSED, Allocation, Choice, Options, Rank, least_bps
from sfu.allocation.audio import AudioForm, form_bps
from sfu.allocation.ladder import Ladder
from sfu.allocation.steady import SteadyAllocator
from sfu.forwarding.arranging import layout
from sfu.forwarding.arranging.layout import Key, Wishes
from sfu.forwarding.incoming.audio_forms import OPUS_KEY, RED_KEY, TYPICAL_VOICE_BPS
from sfu.forwarding.outgoing import router
from sfu.forwarding.outgoing.selection import Aim
from sfu.messages import Reception, SlotState, Source, View, Wish

if TYPE_CHECKING:
    from sfu.forwarding.arranging.scene import Scene
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.incoming.track import Track
    from sfu.forwarding.outgoing.slot import Slot
    from sfu.forwarding.participant import Participant

VOICES: Final = 2
"""So many speak at a time, however many slots there are for them."""
SAVER_BPS: Final = 300_000
UNNAMED_HEIGHT: Final = 180
"""A track that the subscriber has in a slot and did not say how large it shows."""
MAX_WISHES: Final = 128
SLIDE_HEIGHT: Final = 540
"""Slides are taken from the first layer of the screen in which they can be read."""
NEED_BPS: Final = {Reception.SAVER: 200_000, Reception.SLIDES: 90_000, Reception.AUDIO: 30_000, Reception.TEXT: 0}
"""What somebody needs to get all of the step it chose; of `FULL` that depends on what there is."""

WantKeyframe = Callable[["Layer", float], None]


class Arrangement:
    """Public: ``ladder``, ``view``; ``form`` of the sound, and ``voice_bps`` of the Opus in it; ``slides``: the
    layer of which this subscriber gets keyframes only, None mostly; ``allocation``: what was decided last;
    ``need_bps``: what a line has to carry for all that the subscriber chose to see and hear, the lead's camera in
    a middle size; ``least_bps``: for the lead's pictures in their lowest layers, and sound; None below `SAVER`."""

    __slots__ = (
        "_allocator",
        "_audio",
        "_choices",
        "_heights",
        "_lost",
        "_main",
        "_order",
        "_participant",
        "_paused",
        "_renewals",
        "_video",
        "_want_keyframe",
        "_wishes",
        "form",
        "ladder",
        "least_bps",
        "need_bps",
        "slides",
        "stepped_down",
        "view",
        "voice_bps",
    )

    def __init__(
        self,
        participant: Participant,
        ladder: Ladder,
        *,
        wishes: Sequence[Wish] | None,
        view: View,
        want_keyframe: WantKeyframe,
    ) -> None:
        self.ladder = ladder
        merged = ladder.step in (Reception.SLIDES, Reception.AUDIO)
        self.form = AudioForm.MERGED if merged else AudioForm.PLAIN
        self.voice_bps = TYPICAL_VOICE_BPS
        self.view = view
        self.slides: Layer | None = None
        self.need_bps = 0
        self.least_bps: int | None = None
        self.stepped_down = False
        """The line was too weak for the step before: what is too much stops at once."""
        self._participant = participant
        self._want_keyframe = want_keyframe
        self._allocator = SteadyAllocator()
        self._audio: list[Key | None] = [None] * len(participant.egress.audio)
        self._video: list[Key | None] = [None] * len(participant.egress.video)
        self._choices: list[Choice] = [PAUSED] * len(self._video)
        self._paused: list[bool] = [False] * (len(self._audio) + len(self._video))
        self._main: int | None = None
        self._renewals = 0
        self._lost: tuple[Layer, int] | None = None
        self.wish(wishes)

    def wish(self, wishes: Sequence[Wish] | None) -> None:
        """What the subscriber shows, and how large. `arrange` puts it into practice."""
        self._wishes: Wishes | None = None
        self._heights: dict[Key, int] = {}
        self._order: dict[Key | None, int] = {}
        if wishes is not None:
            kept = wishes[:MAX_WISHES]
            self._heights = {(wish.participant_id, wish.source): max(wish.height, 0) for wish in kept}
            named = tuple(key for key, height in self._heights.items() if height)
            hidden = frozenset(key for key, height in self._heights.items() if not height)
            self._wishes = Wishes(tuple(key for key in named if key[1] is not Source.MIC), hidden)
            self._order = {key: i for i, key in enumerate(named)}

    @property
    def allocation(self) -> Allocation:
        return self._allocator.last

    def due(self, now: float) -> bool:
        """Whether the line asks for another arrangement."""
        line = self._participant.line
        if line is None:
            return False
        if line.downlink.renewals != self._renewals:
            self._renewals = line.downlink.renewals
            self._allocator.forgive()
        return self._allocator.due(self._budget(line.downlink.estimate_bps), now)

    def arrange(self, scene: Scene, now: float) -> bool:
        """Point the slots at what they should show now. True when what they show changed."""
        participant, cast, egress = self._participant, scene.cast, self._participant.egress
        audio = layout.audio_slots(cast, participant.id, self._audio, self.view)
        video = layout.video_slots(cast, participant.id, self._video, self._wishes, self.view)
        changed = audio != self._audio or video != self._video
        self._audio, self._video = audio, video
        silent = self.ladder.step is Reception.TEXT
        self.voice_bps = max(
            (track.forms.voice_bps for key in audio if key and (track := scene.track(key)) and track.forms),
            default=TYPICAL_VOICE_BPS,
        )
        for slot, key in zip(egress.audio, audio, strict=True):
            track = scene.track(key) if key is not None and not silent else None
            self._aim(slot, None if track is None else Aim(self._sound(slot, track)), now)
        self._allocate(scene, now)
        self.slides = None
        lowered = self._allocator.last.lowered
        for slot, key, choice in zip(egress.video, video, self._choices, strict=True):
            track = scene.track(key) if key is not None and choice.rid is not None else None
            layer = track.layer(choice.rid or "") if track is not None else None
            aim = None if layer is None else Aim(layer, choice.temporal, choice.keyframes_only)
            if choice.keyframes_only:
                self.slides = layer
            self._aim(slot, aim, now, at_once=self.stepped_down or key in lowered)
        self.stepped_down = False
        paused = [silent] * len(audio) + [
            choice.rid is None and self._heights.get(key, 1) > 0 if key is not None else False
            for key, choice in zip(video, self._choices, strict=True)
        ]
        changed = changed or paused != self._paused
        self._paused = paused
        return changed

    def states(self) -> list[SlotState]:
        """What each slot shows, in the order of the offer."""
        egress = self._participant.egress
        shown = {
            slot.mid: (key, paused)
            for slot, key, paused in zip(
                [*egress.audio, *egress.video], [*self._audio, *self._video], self._paused, strict=True
            )
            if key is not None
        }
        return [
            SlotState(mid=slot.mid, kind=slot.kind)
            if (found := shown.get(slot.mid)) is None
            else SlotState(
                mid=slot.mid, kind=slot.kind, participant_id=found[0][0], source=found[0][1], paused=found[1]
            )
            for slot in egress.slots
        ]

    def is_frozen(self, scene: Scene) -> bool:
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
        shown = self._participant.egress.video[i].layer
        if self._choices[i].rid is None or shown is None:
            return True
        return self._lost is not None and self._lost == (shown, shown.keyframe_timestamp)

    def picture_lost(self, layer: Layer) -> None:
        """The subscriber cannot decode what it gets of this layer before its next keyframe."""
        self._lost = layer, layer.keyframe_timestamp

    @property
    def voices(self) -> int:
        """How many are taken to speak at a time."""
        return min(len(self._audio) - self._audio.count(None), VOICES)

    def audio_bps(self) -> int:
        """What is kept for sound, in its present form."""
        voices = self.voices
        return voices * form_bps(self.form, self.voice_bps)

    # --- pictures -----------------------------------------------------------------------------------

    def _allocate(self, scene: Scene, now: float) -> None:
        """Fill in what is sent of the track in each video slot."""
        step, line = self.ladder.step, self._participant.line
        shown, self._main = self._ranked(scene)
        self._choices = [PAUSED] * len(self._video)
        requests: list[tuple[Key, Rank, Options]] = []
        if step is Reception.SLIDES:
            for i, key, rank in shown:
                if rank is Rank.SCREEN:
                    self._choices[i] = self._slide(scene, key, now)
            shown = []
        elif step is Reception.SAVER:
            shown = [min(shown, key=lambda entry: entry[2])] if shown else []
        elif step is not Reception.FULL:
            shown = []
        for _, key, rank in shown:
            requests.append((key, rank, self._options(scene, key, rank, now)))
        estimate = None if line is None else line.downlink.estimate_bps
        audio_bps = self.audio_bps()
        hopeful = line is not None and line.downlink.untold(now)
        allocation = self._allocator.allocate(self._budget(estimate), audio_bps, requests, now, hopeful=hopeful)
        for (i, _, _), choice in zip(shown, allocation.choices, strict=True):
            self._choices[i] = choice
        self.least_bps = None
        if step is Reception.FULL:
            self.least_bps = audio_bps + sum(least_bps(rank, options) for _, rank, options in requests)
            self.need_bps = audio_bps + sum(options.decent_bps for _, _, options in requests)
        elif self.ladder.chosen is not Reception.FULL:
            self.need_bps = NEED_BPS[self.ladder.chosen]
        else:
            self.need_bps = max(self.need_bps, NEED_BPS[Reception.SAVER])
        if step is Reception.SAVER:
            thinnest = (options.choices[0].bps for _, _, options in requests if options.choices)
            self.least_bps = audio_bps + sum(thinnest)

    def _ranked(self, scene: Scene) -> tuple[list[tuple[int, Key, Rank]], int | None]:
        """The slots in use with track and rank, in the order of the layout, and which holds the main picture."""
        screen, camera, _ = scene.cast.stage_for(self._participant.id)
        dominant = scene.dominant
        shown: list[tuple[int, Key, Rank]] = []
        main: int | None = None
        for i, key in enumerate(self._video):
            if key is None:
                continue
            if key == screen:
                rank, main = Rank.SCREEN, i
            elif key == camera:
                rank = Rank.STAGE
                if main is None or self._video[main] != screen:
                    main = i
            else:
                rank = Rank.SPEAKER if key[0] == dominant else Rank.OTHER
            shown.append((i, key, rank))
        if self._order:
            order, last = self._order, len(self._order)
            shown.sort(key=lambda entry: order.get(entry[1], last))
        return shown, main

    def _options(self, scene: Scene, key: Key, rank: Rank, now: float) -> Options:
        height = self._heights.get(key)
        if height is None and self._wishes is not None and rank is not Rank.SCREEN:
            height = UNNAMED_HEIGHT
        return scene.options(key, rank, height, now, least=self.ladder.step is Reception.SAVER)

    def _slide(self, scene: Scene, key: Key, now: float) -> Choice:
        """Keyframes of the smallest layer in which slides can be read."""
        options = scene.options(key, Rank.SCREEN, SLIDE_HEIGHT, now)
        if not options.choices or self._heights.get(key) == 0:
            return PAUSED
        return Choice(options.choices[-1].rid, keyframes_only=True)

    def _budget(self, estimate_bps: int | None) -> int | None:
        if self.ladder.step is Reception.SAVER:
            return SAVER_BPS if estimate_bps is None else min(estimate_bps, SAVER_BPS)
        return estimate_bps

    # --- slots --------------------------------------------------------------------------------------

    def _aim(self, slot: Slot, aim: Aim | None, now: float, *, at_once: bool = False) -> None:
        """``at_once``: a larger layer than this is too much for the line and must not go on until a keyframe."""
        if aim == slot.aim and not at_once:
            return
        wanted = router.aim(slot, aim, now, at_once=at_once)
        if wanted is not None:
            self._want_keyframe(wanted, now)

    def _sound(self, slot: Slot, track: Track) -> Layer:
        """The layer of a microphone in the form that this line gets."""
        if track.forms is None:
            return track.layers[0]
        opus = slot.payload_types.get(OPUS_KEY) if RED_KEY in slot.payload_types else None
        return track.forms.layer(self.form, opus.media if opus is not None else None)
