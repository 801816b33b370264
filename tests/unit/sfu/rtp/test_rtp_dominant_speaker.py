"""Dominant speaker identification in virtual time, 20 ms a frame."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtp.dominant_speaker import DECISION_INTERVAL_S, DominantSpeaker

Voice = Callable[[float], int | None]


def talk(seed: int, loudest: int = 12, at: tuple[float, float] = (0.0, 1e9)) -> Voice:
    """Words of 0.3 to 0.6 s around -``loudest`` dBov with pauses of 0.1 to 0.3 s at -65, within a period."""
    rng = random.Random(seed)
    words: list[tuple[float, float]] = []
    time = at[0]
    while time < min(at[1], 120.0):
        end = time + rng.uniform(0.3, 0.6)
        words.append((time, min(end, at[1])))
        time = end + rng.uniform(0.1, 0.3)

    def level(now: float) -> int:
        speaking = any(start <= now < end for start, end in words)
        return rng.randint(loudest - 4, loudest + 4) if speaking else rng.randint(62, 68)

    return level


def noise(seed: int, mean: int) -> Voice:
    rng = random.Random(seed)
    return lambda now: rng.randint(mean - 3, mean + 3)


def burst(start: float, duration: float, level: int = 8) -> Voice:
    return lambda now: level if start <= now < start + duration else 70


def silent(now: float) -> int | None:
    """Sends nothing, as with DTX or a muted track."""
    return None


def run(
    speaker: DominantSpeaker, voices: dict[str, Voice], seconds: float, start: float = 0.0
) -> list[str | None]:
    """The dominant speaker after each decision."""
    for id in voices:
        speaker.add(id)
    seen: list[str | None] = []
    decide_at = start + DECISION_INTERVAL_S
    for frame in range(round(seconds / 0.02)):
        now = start + frame * 0.02
        for id, voice in voices.items():
            level = voice(now)
            if level is not None:
                speaker.level(id, level, now)
        if now >= decide_at:
            decide_at += DECISION_INTERVAL_S
            before = speaker.dominant
            assert speaker.decide(now) == (speaker.dominant != before)
            seen.append(speaker.dominant)
    return seen


def changes(seen: Iterable[str | None]) -> list[str | None]:
    result: list[str | None] = []
    for dominant in seen:
        if not result or result[-1] != dominant:
            result.append(dominant)
    return result


def test_nobody_has_spoken() -> None:
    speaker = DominantSpeaker()
    assert not speaker.decide(0.0) and speaker.ranking() == []
    assert changes(run(speaker, {"a": noise(1, 70), "b": silent, "c": noise(2, 60)}, 5.0)) == [None]


def test_a_talking_person_wins_over_noise() -> None:
    for seed in range(5):
        seen = run(DominantSpeaker(), {"fan": noise(1, 55), "tutor": talk(seed), "quiet": silent}, 20.0)
        assert changes(seen) == [None, "tutor"]
        assert seen[4] == "tutor"  # within 1.5 s


def test_loud_steady_noise_becomes_floor_and_yields() -> None:
    seen = run(DominantSpeaker(), {"drill": noise(1, 20), "tutor": talk(3)}, 30.0)
    assert seen[-1] == "tutor" and changes(seen[-50:]) == ["tutor"]


def test_a_cough_does_not_take_over() -> None:
    for seed in range(5):
        voices = {"tutor": talk(seed), "cough": burst(6.0, 0.25), "door": burst(9.0, 0.1, 2)}
        assert changes(run(DominantSpeaker(), voices, 15.0)) == [None, "tutor"]


def test_hand_over_is_quick_and_does_not_flap() -> None:
    for seed in range(5):
        voices = {"a": talk(seed, at=(0.0, 10.0)), "b": talk(seed + 50, at=(10.0, 20.0)), "c": noise(3, 60)}
        seen = run(DominantSpeaker(), voices, 20.0)
        assert changes(seen) == [None, "a", "b"]
        assert seen.index("b") * DECISION_INTERVAL_S < 10.0 + 1.8


def test_a_quiet_voice_takes_over_once_the_dominant_left() -> None:
    voices = {"loud": talk(1, at=(0.0, 5.0)), "soft": talk(2, loudest=38, at=(6.0, 20.0))}
    seen = run(DominantSpeaker(), voices, 20.0)
    assert changes(seen) == [None, "loud", "soft"]
    assert seen.index("soft") * DECISION_INTERVAL_S < 9.0


def test_a_quiet_voice_does_not_interrupt() -> None:
    voices = {"loud": talk(1), "soft": talk(2, loudest=38)}
    assert changes(run(DominantSpeaker(), voices, 20.0)) in ([None, "loud"], [None, "soft", "loud"])


def test_dominance_outlasts_silence_and_ends_with_removal() -> None:
    speaker = DominantSpeaker()
    run(speaker, {"a": talk(1, at=(0.0, 5.0)), "b": silent}, 5.0)
    assert speaker.dominant == "a"
    assert changes(run(speaker, {"a": silent, "b": silent}, 10.0, start=5.0)) == ["a"]
    speaker.remove("a")
    speaker.remove("a")
    assert speaker.dominant is None and speaker.ranking() == ["b"]
    speaker.level("a", 5, 15.0)
    assert not speaker.decide(15.1)


def test_adding_again_keeps_the_history() -> None:
    speaker = DominantSpeaker()
    run(speaker, {"a": talk(1)}, 3.0)
    speaker.add("a")
    assert speaker.dominant == "a" and speaker.ranking() == ["a"]


def test_ranking_has_speakers_by_loudness_then_others_by_recency() -> None:
    speaker = DominantSpeaker()
    voices: dict[str, Voice] = {
        "never": noise(1, 75),
        "first": talk(1, at=(0.0, 2.0)),
        "later": talk(2, at=(2.0, 4.0)),
        "soft": talk(3, loudest=35, at=(4.0, 9.0)),
        "loud": talk(4, loudest=10, at=(4.0, 9.0)),
    }
    run(speaker, voices, 8.9)
    assert speaker.ranking() == ["loud", "soft", "later", "first", "never"]


def test_frames_of_60_ms_work_too() -> None:
    speaker = DominantSpeaker()
    speaker.add("a")
    voice = talk(1)
    for n in range(100):
        level = voice(n * 0.06)
        assert level is not None
        speaker.level("a", level, n * 0.06)
        if n % 5 == 0:
            speaker.decide(n * 0.06 + 0.05)
    assert speaker.dominant == "a"


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["add", "remove", "level", "decide"]),
            st.integers(-5, 300),
            st.floats(0, 1000),
        ),
        max_size=100,
    )
)
def test_any_order_of_calls(steps: list[tuple[str, str, int, float]]) -> None:
    speaker = DominantSpeaker()
    present: set[str] = set()
    now = 0.0
    for id, what, level, elapsed in steps:
        now += elapsed
        if what == "add":
            speaker.add(id)
            present.add(id)
        elif what == "remove":
            speaker.remove(id)
            present.discard(id)
        elif what == "level":
            speaker.level(id, level, now)
        else:
            speaker.decide(now)
        assert set(speaker.ranking()) == present
        assert speaker.dominant is None or speaker.dominant in present


@pytest.mark.parametrize("late_s", [0.06, 0.1, 0.2, 0.4])
def test_what_comes_late_and_at_once_is_no_silence(late_s: float) -> None:
    """On Wi-Fi, and from a busy machine, packets come many at a time."""

    def decisions_until_heard(arrival: Callable[[float], float]) -> int:
        speaker, voice = DominantSpeaker(), talk(3)
        speaker.add("a")
        sent = [(arrival(frame * 0.02), frame * 0.02) for frame in range(250)]
        for decision in range(1, 16):
            now = decision * DECISION_INTERVAL_S
            while sent and sent[0][0] <= now:
                at, when = sent.pop(0)
                speaker.level("a", voice(when) or 0, at)
            if speaker.decide(now):
                return decision
        raise AssertionError("never heard")

    def in_bursts(sent_at: float) -> float:
        return (math.floor(sent_at / late_s + 1e-9) + 1) * late_s

    soon = decisions_until_heard(lambda sent_at: sent_at)
    assert decisions_until_heard(in_bursts) <= soon + math.ceil(late_s / DECISION_INTERVAL_S)
