"""Which layer of each wanted track a subscriber gets: one pure function, and what it is told.

Sound is taken off the top. Then, each while the line carries it: the lead's screen in full resolution at its
lowest frame rate, the lead's camera in its lowest layer, the screen's other frames, the camera up to a middle
size, the lowest layer of everybody else (who speaks first, then in the order of the layout), the camera as large
as it is shown, and last the others, a layer at a time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum

KEEP = 1.07
"""What is sent goes on while it exceeds the estimate by no more than this: estimates are noisy."""
GROW = 1.18
"""More is sent only when the estimate exceeds all of it by this."""
STAGE_HEIGHT, OTHER_HEIGHT = 720, 180
"""How large a track is taken to be shown when that was not said."""
PREFERRED_HEIGHT = 360
"""The lead's camera comes to this before anybody else is seen at all."""
KEYFRAMES_BPS = 40_000
"""What a track of which only keyframes are sent is taken to need; they are paced."""
UNLIMITED_BPS = 1 << 40


class Rank(IntEnum):
    """Who gives way to whom; the first gives way last."""

    SCREEN = 0
    """The lead's screen: keeps its resolution and loses frames, and is never black."""
    STAGE = 1
    """The lead's camera."""
    SPEAKER = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class LayerOffer:
    """One layer of a published track. ``height`` in pixels, 0 when it is not known yet.

    ``bps``: what it takes on the wire, cumulative by temporal layer: ``bps[t]`` is for those up to ``t``; a single
    entry when it has no temporal layers; measured, or a guess for a layer not seen yet. ``active``: packets flow
    now; one that is not active may be chosen too, it starts when somebody wants it.
    """

    rid: str
    height: int
    bps: tuple[int, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What is sent of a track. ``rid`` None: nothing, it is paused. ``temporal``: the highest temporal layer sent,
    None for all. ``keyframes_only``: nothing but keyframes. ``bps``: what that takes on the wire."""

    rid: str | None = None
    temporal: int | None = None
    keyframes_only: bool = False
    bps: int = 0

    def same(self, other: Choice) -> bool:
        """Whether the same packets are chosen, whatever they take."""
        return (
            self.rid == other.rid
            and self.temporal == other.temporal
            and self.keyframes_only == other.keyframes_only
        )


PAUSED = Choice()


@dataclass(frozen=True, slots=True)
class Options:
    """What may be sent of a track, the least first; each takes more than the one before.

    ``base``: index of what it gets in its first turn, ``preferred``: in its second, before others have theirs.
    ``decent_bps``: what it takes to be well served. ``shape``: the choices without what they take.
    """

    choices: tuple[Choice, ...]
    base: int
    preferred: int
    decent_bps: int = 0
    shape: tuple[tuple[str | None, int | None], ...] = ()


NOTHING = Options((), -1, -1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A track a subscriber has a slot for. ``shown``: what is sent of it now. ``held``: it may not grow now."""

    key: Hashable
    rank: Rank
    options: Options
    shown: Choice = PAUSED
    held: bool = False


@dataclass(frozen=True, slots=True)
class Allocation:
    """``choices`` in the order of what was wanted; ``lowered``: the keys of those that had to shrink.

    ``bps``: all of it with the sound. ``wanted_bps``: the estimate at which something would grow, 0 when nothing
    would: what is worth probing for.
    """

    choices: tuple[Choice, ...]
    lowered: frozenset[Hashable]
    bps: int
    wanted_bps: int


def layers_for(rank: Rank, layers: Sequence[LayerOffer], height: int | None) -> int:
    """How many of the layers, from the lowest on, are of use for a track that is shown ``height`` pixels high."""
    if height is None:
        height = OTHER_HEIGHT if rank > Rank.STAGE else STAGE_HEIGHT
    if height <= 0:
        return 0
    return next((i for i, layer in enumerate(layers, 1) if layer.height >= height), len(layers))


def options_of(rank: Rank, layers: Sequence[LayerOffer], height: int | None) -> Options:
    """What may be sent of a track with these ``layers`` (the lowest first) that is shown at ``height`` device
    pixels (0: not seen, None: not said): no layer larger than the first that is as high as it is shown."""
    count = layers_for(rank, layers, height)
    if count == 0:
        return NOTHING
    cap = count - 1
    options = _of_screen(layers[: cap + 1]) if rank is Rank.SCREEN else _of_camera(layers[: cap + 1])
    decent = options.preferred if rank is Rank.STAGE else options.base
    return Options(
        options.choices,
        options.base,
        options.preferred,
        options.choices[decent].bps,
        tuple((choice.rid, choice.temporal) for choice in options.choices),
    )


def least_bps(rank: Rank, options: Options) -> int:
    """What it takes that the lead's pictures are seen at all; others may be missing."""
    if rank > Rank.STAGE or not options.choices:
        return 0
    return options.choices[0 if rank is Rank.SCREEN else options.base].bps


def allocate(
    estimate_bps: int | None, audio_bps: int, wanted: Sequence[Wanted], *, hopeful: bool = False
) -> Allocation:
    """Share what a line carries among the tracks ``wanted``, in the order of the layout.

    ``estimate_bps``: what the line carries, None when that is not known and nothing limits. ``audio_bps``: what is
    kept for sound. What is shown is kept while the line carries it; more needs more room than that. ``hopeful``:
    nothing speaks against the line carrying more, so that the lead's picture is shown whether it fits or not.
    """
    line = UNLIMITED_BPS if estimate_bps is None else estimate_bps
    share = _Share(int(line * KEEP) - audio_bps, int(line / GROW) - audio_bps, wanted)
    ranks: tuple[list[int], ...] = ([], [], [], [])
    for i, want in enumerate(wanted):
        if want.options.choices:
            ranks[want.rank].append(i)
    screens, stage, speakers, others = ranks
    rest = speakers + others
    for i in screens:
        share.give_first(i)
    for i in screens:
        share.raise_to(i, wanted[i].options.base)
    for i in stage:
        if hopeful and not screens:
            share.give_first(i)
        share.raise_to(i, wanted[i].options.base)
    for i in screens:
        share.raise_to(i, len(wanted[i].options.choices) - 1)
    for i in stage:
        share.raise_to(i, wanted[i].options.preferred)
    for i in rest:
        share.raise_to(i, wanted[i].options.base)
    for i in stage:
        share.raise_to(i, len(wanted[i].options.choices) - 1)
    while rest:
        rest = [
            i
            for i in rest
            if share.level[i] + 1 < len(wanted[i].options.choices) and share.raise_to(i, share.level[i] + 1)
        ]
    choices = tuple(
        want.options.choices[level] if level >= 0 else PAUSED
        for want, level in zip(wanted, share.level, strict=True)
    )
    lowered = frozenset(
        want.key for want, level, shown in zip(wanted, share.level, share.shown, strict=True) if level < shown
    )
    bps = share.spent + audio_bps
    wanted_bps = int((bps + share.missing) * GROW) + 1 if share.missing else 0
    return Allocation(choices, lowered, bps, wanted_bps)


class _Share:
    """The sharing out: the level each track has come to, and what all of them take."""

    def __init__(self, keep: int, grow: int, wanted: Sequence[Wanted]) -> None:
        self._keep = keep
        self._grow = grow
        self._wanted = wanted
        self.level = [-1] * len(wanted)
        self.shown = [_level_of(want) for want in wanted]
        self.spent = 0
        self.missing = 0
        """What the first that was refused for want of room would have needed more."""

    def give_first(self, i: int) -> None:
        """Its least, whether there is room or not."""
        self.level[i] = 0
        self.spent += self._wanted[i].options.choices[0].bps

    def raise_to(self, i: int, target: int) -> bool:
        """Bring a track to ``target``, or as near to it as there is room. False when not all the way."""
        want = self._wanted[i]
        choices = want.options.choices
        level = self.level[i]
        has = choices[level].bps if level >= 0 else 0
        for aim in range(target, level, -1):
            more = choices[aim].bps - has
            kept = aim <= self.shown[i]
            if (kept or not want.held) and self.spent + more <= (self._keep if kept else self._grow):
                self.level[i] = aim
                self.spent += more
                has += more
                break
        if self.level[i] >= target:
            return True
        if not self.missing:
            self.missing = choices[self.level[i] + 1].bps - has
        return False


def _level_of(want: Wanted) -> int:
    """Which of the options is shown; when none of them is, the largest that takes no more."""
    choices, shown = want.options.choices, want.shown
    if shown.rid is None:
        return -1
    for i, choice in enumerate(choices):
        if choice.same(shown):
            return i
    return max((i for i, choice in enumerate(choices) if choice.bps <= shown.bps), default=-1)


def _of_camera(layers: Sequence[LayerOffer]) -> Options:
    """Larger pictures before smoother ones; only the lowest layer is thinned."""
    lowest = layers[0]
    choices = [*_thinned(lowest), *(Choice(layer.rid, bps=layer.bps[-1]) for layer in layers[1:])]
    heights = [lowest.height] * len(lowest.bps) + [layer.height for layer in layers[1:]]
    kept = _ascending(choices)
    base = max((i for i, index in enumerate(kept) if choices[index].rid == lowest.rid), default=0)
    enough = next((i for i, index in enumerate(kept) if heights[index] >= PREFERRED_HEIGHT), len(kept) - 1)
    return Options(tuple(choices[index] for index in kept), base, max(base, enough))


def _of_screen(layers: Sequence[LayerOffer]) -> Options:
    """Legible before smooth: a layer's frames are thinned before a smaller one is taken."""
    least = max(min(KEYFRAMES_BPS, *(layer.bps[0] - 1 for layer in layers)), 0)
    choices = [Choice(layers[0].rid, keyframes_only=True, bps=least)]
    for layer in layers:
        choices += _thinned(layer)
    kept = _ascending(choices)
    base = next((i for i, index in enumerate(kept) if choices[index].rid == layers[-1].rid and index), 0)
    return Options(tuple(choices[index] for index in kept), base, len(kept) - 1)


def _thinned(layer: LayerOffer) -> list[Choice]:
    """A layer with fewer and with all of its frames."""
    top = len(layer.bps) - 1
    return [
        Choice(layer.rid, temporal=None if temporal == top else temporal, bps=bps)
        for temporal, bps in enumerate(layer.bps)
    ]


def _ascending(choices: Sequence[Choice]) -> list[int]:
    """The indices of those worth choosing: none that takes as much as one that is better. Keyframes always are."""
    kept: list[int] = []
    for index in range(len(choices) - 1, -1, -1):
        if not kept or choices[index].bps < choices[kept[-1]].bps or choices[index].keyframes_only:
            kept.append(index)
    return kept[::-1]
