"""Sharing out what a line carries, as a pure function."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from sfu.allocation.allocator import (
    GROW,
    KEEP,
    PAUSED,
    Choice,
    LayerOffer,
    Options,
    Rank,
    Wanted,
    allocate,
    options_of,
)

CAMERA = (
    LayerOffer("q", 180, (80_000, 110_000, 150_000), True),
    LayerOffer("h", 360, (300_000, 400_000, 500_000), True),
    LayerOffer("f", 720, (900_000, 1_200_000, 1_500_000), True),
)
SCREEN = (LayerOffer("", 1080, (300_000, 600_000, 1_000_000), True),)
AUDIO_BPS = 50_000


def options(rank: Rank, height: int | None = None) -> Options:
    return options_of(rank, SCREEN if rank is Rank.SCREEN else CAMERA, height)


def wanted(key: str, rank: Rank, height: int | None = None) -> Wanted:
    return Wanted(key, rank, options(rank, height))


def classroom(*, students: int = 3) -> list[Wanted]:
    return [
        wanted("screen", Rank.SCREEN),
        wanted("camera", Rank.STAGE),
        *(wanted(f"s{i}", Rank.OTHER) for i in range(students)),
    ]


def shown(estimate_bps: int | None, tracks: list[Wanted]) -> list[tuple[str | None, int | None]]:
    return [(choice.rid, choice.temporal) for choice in allocate(estimate_bps, AUDIO_BPS, tracks).choices]


def test_a_wide_line_gets_everything_as_large_as_it_is_shown() -> None:
    assert shown(None, classroom()) == [("", None), ("f", None), ("q", None), ("q", None), ("q", None)]
    assert allocate(None, AUDIO_BPS, classroom()).wanted_bps == 0


def test_no_layer_is_larger_than_the_next_above_the_size_it_is_shown_in() -> None:
    rids = {height: options(Rank.OTHER, height).choices[-1].rid for height in (1, 180, 181, 360, 361, 720, 2160)}
    assert rids == {1: "q", 180: "q", 181: "h", 360: "h", 361: "f", 720: "f", 2160: "f"}
    assert options(Rank.OTHER, 0).choices == options(Rank.SCREEN, 0).choices == ()


def test_the_screen_loses_frames_before_pixels_and_is_never_black() -> None:
    layers = (LayerOffer("q", 540, (100_000, 200_000), True), LayerOffer("f", 1080, (300_000, 600_000), True))
    screen = [Wanted("screen", Rank.SCREEN, options_of(Rank.SCREEN, layers, 1080))]
    found = {kbps: allocate(kbps * 1000, 0, screen).choices[0] for kbps in (900, 600, 300, 200, 60, 10, 0)}
    assert [(c.rid, c.temporal, c.keyframes_only) for c in found.values()] == [
        ("f", None, False),
        ("f", 0, False),
        ("q", None, False),
        ("q", 0, False),
        ("q", None, True),
        ("q", None, True),
        ("q", None, True),
    ]


def test_a_face_keeps_its_frame_rate_before_its_size() -> None:
    camera = [wanted("camera", Rank.STAGE)]
    assert shown(700_000, camera) == [("h", None)]
    assert shown(550_000, camera) == [("q", None)]
    assert shown(200_000, camera) == [("q", 1)]
    assert shown(130_000, camera) == [(None, None)]


def test_a_camera_in_one_large_layer_pauses_where_it_does_not_fit() -> None:
    large = options_of(Rank.STAGE, (LayerOffer("", 720, (2_500_000,), True),), None)
    assert allocate(1_000_000, AUDIO_BPS, [Wanted("t", Rank.STAGE, large)]).choices == (PAUSED,)


def test_order_of_who_gets_what_as_the_line_grows() -> None:
    steps = {kbps: shown(kbps * 1000, classroom()) for kbps in (450, 650, 1500, 2150, 2600, 3800)}
    none = (None, None)
    assert steps[450] == [("", 0), none, none, none, none]
    assert steps[650] == [("", 0), ("q", None), none, none, none]
    assert steps[1500] == [("", None), ("q", None), none, none, none]
    assert steps[2150] == [("", None), ("h", None), ("q", None), ("q", 1), none]
    assert steps[2600] == [("", None), ("h", None), ("q", None), ("q", None), ("q", None)]
    assert steps[3800] == [("", None), ("f", None), ("q", None), ("q", None), ("q", None)]


def test_who_speaks_comes_before_those_above_in_the_layout() -> None:
    people = [wanted("first", Rank.OTHER), wanted("speaker", Rank.SPEAKER)]
    assert shown(250_000, people) == [(None, None), ("q", None)]


def test_thumbnails_all_have_their_least_before_one_grows() -> None:
    people = [wanted(f"s{i}", Rank.OTHER, 360) for i in range(3)]
    assert shown(700_000, people) == [("q", None)] * 3
    assert shown(1_100_000, people) == [("h", None), ("q", None), ("q", None)]


def test_a_layer_that_is_off_at_the_publisher_may_be_chosen() -> None:
    off = tuple(replace(layer, active=False) for layer in CAMERA)
    assert allocate(None, 0, [Wanted("t", Rank.STAGE, options_of(Rank.STAGE, off, 720))]).choices[0].rid == "f"


def test_what_is_shown_is_kept_within_the_slack_and_told_when_it_had_to_shrink() -> None:
    top = options(Rank.STAGE).choices[-1]
    camera = [replace(wanted("t", Rank.STAGE), shown=top)]
    total = top.bps + AUDIO_BPS
    kept = allocate(int(total / KEEP) + 1, AUDIO_BPS, camera)
    assert kept.choices == (top,) and not kept.lowered
    shrunk = allocate(int(total / KEEP) - 10, AUDIO_BPS, camera)
    assert shrunk.choices[0].rid == "h" and shrunk.lowered == {"t"}


def test_a_tile_made_smaller_is_not_taken_for_a_weak_line() -> None:
    small = Wanted("t", Rank.STAGE, options(Rank.STAGE, 180), shown=options(Rank.STAGE).choices[-1])
    allocation = allocate(5_000_000, AUDIO_BPS, [small])
    assert allocation.choices[0].rid == "q" and not allocation.lowered


def test_where_nothing_speaks_against_it_the_leads_picture_is_shown_at_once() -> None:
    tracks = [wanted("t", Rank.STAGE), wanted("a", Rank.OTHER)]
    assert [choice.rid for choice in allocate(60_000, AUDIO_BPS, tracks).choices] == [None, None]
    hopeful = allocate(60_000, AUDIO_BPS, tracks, hopeful=True)
    assert hopeful.choices == (tracks[0].options.choices[0], PAUSED)
    beside_a_screen = [*tracks, wanted("s", Rank.SCREEN)]
    assert allocate(60_000, AUDIO_BPS, beside_a_screen, hopeful=True).choices[0] is PAUSED


def test_what_is_held_does_not_grow() -> None:
    lowest = options(Rank.STAGE).choices[2]
    camera = replace(wanted("t", Rank.STAGE), shown=lowest, held=True)
    held = allocate(5_000_000, AUDIO_BPS, [camera])
    assert held.choices == (lowest,)
    assert allocate(5_000_000, AUDIO_BPS, [replace(camera, held=False)]).choices[0].rid == "f"


def test_the_wanted_rate_is_the_one_at_which_something_grows() -> None:
    tracks = classroom()
    estimate = 100_000
    for _ in range(20):
        before = allocate(estimate, AUDIO_BPS, tracks)
        if not before.wanted_bps:
            break
        assert before.wanted_bps > estimate
        estimate = before.wanted_bps
        assert allocate(estimate, AUDIO_BPS, tracks).bps > before.bps
    else:
        raise AssertionError("never satisfied")
    assert shown(estimate, tracks)[1] == ("f", None)


# --- properties -----------------------------------------------------------------------------------------


@st.composite
def tracks(draw: st.DrawFn) -> list[Wanted]:
    found = []
    for i in range(draw(st.integers(0, 8))):
        rank = draw(st.sampled_from(list(Rank)))
        layers = []
        for j in range(draw(st.integers(1, 3))):
            rates = draw(st.lists(st.integers(5_000, 3_000_000), min_size=1, max_size=3))
            layers.append(LayerOffer("qhf"[j], 180 << j, tuple(sorted(rates)), draw(st.booleans())))
        offered = options_of(rank, layers, draw(st.none() | st.sampled_from([0, 90, 180, 360, 720, 4000])))
        before = draw(st.sampled_from([PAUSED, *offered.choices]))
        found.append(Wanted(i, rank, offered, before, draw(st.booleans())))
    return found


estimates = st.none() | st.integers(0, 20_000_000)


@given(tracks(), estimates)
def test_it_stays_within_the_line_but_for_the_still_screens(wanted: list[Wanted], estimate: int | None) -> None:
    allocation = allocate(estimate, AUDIO_BPS, wanted)
    assert len(allocation.choices) == len(wanted)
    video = sum(choice.bps for choice in allocation.choices)
    assert allocation.bps == video + AUDIO_BPS
    for want, choice in zip(wanted, allocation.choices, strict=True):
        assert choice is PAUSED or choice in want.options.choices
        if want.rank is Rank.SCREEN and want.options.choices:
            assert choice.rid is not None, "never black"
    least = sum(w.options.choices[0].bps for w in wanted if w.rank is Rank.SCREEN and w.options.choices)
    if estimate is not None:
        assert video <= max(least, int(estimate * KEEP) - AUDIO_BPS)


@given(tracks(), estimates)
def test_deciding_again_changes_nothing(wanted: list[Wanted], estimate: int | None) -> None:
    first = allocate(estimate, AUDIO_BPS, wanted)
    again = allocate(
        estimate,
        AUDIO_BPS,
        [replace(w, shown=choice) for w, choice in zip(wanted, first.choices, strict=True)],
    )
    assert [c.bps for c in again.choices] == [c.bps for c in first.choices]
    assert not again.lowered


@given(
    tracks(),
    st.integers(10_000, 10_000_000),
    st.lists(st.floats(1 / (KEEP * GROW) + 0.01, 1.0), max_size=8),
)
def test_noise_within_the_slack_moves_nothing(wanted: list[Wanted], peak: int, noise: list[float]) -> None:
    wanted = [replace(want, held=False, shown=PAUSED) for want in wanted]
    decided = allocate(peak, 0, wanted)
    least = sum(w.options.choices[0].bps for w in wanted if w.rank is Rank.SCREEN and w.options.choices)
    assume(least * GROW < peak)
    for factor in noise:
        settled = [replace(w, shown=choice) for w, choice in zip(wanted, decided.choices, strict=True)]
        assert allocate(int(peak * factor), 0, settled).choices == decided.choices


@given(tracks())
def test_options_take_more_and_more(wanted: list[Wanted]) -> None:
    for want in wanted:
        rates = [choice.bps for choice in want.options.choices]
        assert rates == sorted(rates)
        if rates:
            assert -1 < want.options.base <= want.options.preferred < len(rates)


def test_choices_are_the_same_whatever_they_take() -> None:
    assert Choice("q", bps=1).same(Choice("q", bps=2))
    assert not Choice("q").same(Choice("h"))
