"""The limit follows what answers take, on a clock that the tests move."""

from dataclasses import dataclass

import pytest

from api.limit import FLOOR, START, TARGET, Limit


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def answer(limit: Limit, clock: Clock, took: float, *, well: bool = True, used: bool = True) -> None:
    """One call, from its beginning to its answer."""
    began = clock.now
    clock.now += took
    limit.answered(began, well=well, used=used)


def test_answers_in_time_let_it_grow_by_one_for_each_limitful(clock: Clock) -> None:
    limit = Limit(100, clock)
    answer(limit, clock, TARGET * 2)
    shrunk = limit.units
    for _ in range(shrunk):
        answer(limit, clock, 0.01)
    assert limit.units == shrunk
    answer(limit, clock, 0.01)
    assert limit.units == shrunk + 1


def test_until_an_answer_is_late_it_grows_with_each_call(clock: Clock) -> None:
    limit = Limit(100, clock)
    answer(limit, clock, 0.01)
    assert limit.units == START + 1
    for _ in range(1000):
        answer(limit, clock, 0.01)
    assert limit.units == 100


def test_it_does_not_grow_without_need_nor_by_failures(clock: Clock) -> None:
    limit = Limit(100, clock)
    for _ in range(1000):
        answer(limit, clock, 0.01, used=False)
        answer(limit, clock, 0.01, well=False)
    assert limit.units == START


def test_a_late_answer_shrinks_it_by_how_late_it_was(clock: Clock) -> None:
    for took, left in ((TARGET * 1.01, 0.9), (TARGET / 0.75, 0.75), (TARGET * 20, 0.5)):
        limit = Limit(100, clock)
        answer(limit, clock, took, well=took < 1)
        assert limit.units == int(START * left)


def test_answers_that_are_late_together_shrink_it_once(clock: Clock) -> None:
    limit = Limit(100, clock)
    began = clock.now
    clock.now += 2 * TARGET
    for _ in range(20):
        limit.answered(began, well=True, used=True)
    assert limit.units == START // 2


def test_it_never_leaves_its_bounds(clock: Clock) -> None:
    limit, small = Limit(100, clock), Limit(3, clock)
    for _ in range(20):
        answer(limit, clock, 10)
        answer(small, clock, 10)
    assert (limit.units, small.units) == (FLOOR, 3)


def test_it_stays_small_for_nobody_whose_calls_are_not_measured(clock: Clock) -> None:
    limit = Limit(100, clock)
    for _ in range(20):
        answer(limit, clock, 1)
    clock.now += 9
    assert limit.units == FLOOR
    clock.now += 2
    assert limit.units == START


@pytest.mark.parametrize("carried", [20, 200, 2000])
def test_it_settles_where_answers_come_in_time(clock: Clock, carried: int) -> None:
    """A machine that carries so many calls a second, and callers who always want more."""
    limit, settled = Limit(128, clock), []
    for _ in range(300):
        began, in_hand = clock.now, limit.units
        clock.now += in_hand / carried
        for _ in range(in_hand):
            limit.answered(began, well=True, used=True)
        settled.append(in_hand)
    fits = min(128, max(FLOOR, carried * TARGET))
    assert all(0.85 * fits <= units <= fits + 2 for units in settled[200:]), settled[200:]
