"""Numbers stay right whatever is pruned, and what is never acknowledged is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from sfu.congestion.history import MAX_AGE_S, MAX_RECORDS, SentHistory


def test_the_first_number_is_one() -> None:
    history = SentHistory()
    assert history.last_number == 0
    history.append((100, 1.0))
    assert history.last_number == 1
    assert history.number_of(1) == 1


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(0, 100)), max_size=30))
def test_numbers_stay_right_when_records_are_pruned(steps: list[tuple[int, int]]) -> None:
    history = SentHistory()
    count = 0
    for appended, pruned in steps:
        for _ in range(appended):
            count += 1
            history.append((count, 0.0))
        history.prune_to(history.pruned + pruned)
        assert history.last_number == count
        assert [size for size, _ in history] == list(range(history.pruned + 1, count + 1))


def test_pruning_beyond_the_newest_forgets_all_and_no_more() -> None:
    history = SentHistory()
    history.extend([(1, 0.0)] * 3)
    history.prune_to(10)
    assert (history.pruned, history.last_number, len(history)) == (3, 3, 0)


@given(st.integers(1, 300_000), st.integers(0, 0xFFFF))
def test_sixteen_bits_name_the_newest_number_that_has_them(last: int, sequence: int) -> None:
    history = SentHistory()
    history.pruned = last
    number = history.number_of(sequence)
    assert number & 0xFFFF == sequence
    assert last - 0xFFFF <= number <= last


def test_a_subscriber_that_never_acknowledges_costs_bounded_memory() -> None:
    history = SentHistory()
    for i in range(20_000):
        history.append((1200, i / 1000))
        if i % 60 == 0:
            history.prune(i / 1000)
    history.prune(20.0)
    assert len(history) == MAX_RECORDS
    assert history.last_number == 20_000
    history.prune(20.0 + MAX_AGE_S)
    assert len(history) == 0
    assert history.last_number == 20_000
