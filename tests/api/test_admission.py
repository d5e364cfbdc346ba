"""Admission: what fits and what does not, no key takes the room of another, and what is measured moves the limit."""

from contextlib import ExitStack

import pytest

from api.admission import BATCH, Admission, Room
from api.queueing import Refused


def fill(room: Room, stack: ExitStack, key: str, weight: int = 1) -> tuple[int, int | None]:
    """How many are let in until one is refused, and with which status."""
    for count in range(1000):
        try:
            stack.enter_context(room.held(key, weight))
        except Refused as refused:
            return count, refused.status
    return 1000, None


def test_keys_share_the_room() -> None:
    room = Room(lambda: 60)
    with ExitStack() as stack:
        assert fill(room, stack, "a") == (30, 429)
        assert fill(room, stack, "b") == (20, 429)
        assert fill(room, stack, "c") == (15, 429)
    with ExitStack() as stack:
        assert fill(room, stack, "c") == (30, 429)


def test_a_batch_takes_more_room() -> None:
    room = Room(lambda: 4 * BATCH)
    with ExitStack() as stack:
        assert fill(room, stack, "a", BATCH) == (2, 429)
        assert fill(room, stack, "b", BATCH) == (1, 429)


@pytest.mark.parametrize("units", [2, 8, 16])
def test_a_small_room_lets_a_batch_in_beside_the_calls_of_another(units: int) -> None:
    room = Room(lambda: units)
    with ExitStack() as stack:
        assert fill(room, stack, "calls") == (units // 2, 429)
        assert fill(room, stack, "batches", BATCH)[0] == 1


def test_what_a_key_has_too_much_since_the_room_shrank_is_not_held_against_others() -> None:
    units = 128
    room = Room(lambda: units)
    with ExitStack() as stack:
        assert fill(room, stack, "a", BATCH) == (4, 429)
        units = 8
        assert fill(room, stack, "a") == (0, 429)
        assert fill(room, stack, "b") == (2, 429)
        assert fill(room, stack, "c") == (2, 429)


def test_more_keys_than_there_is_room() -> None:
    room = Room(lambda: 8)
    with ExitStack() as stack:
        shares = [fill(room, stack, str(number)) for number in range(10)]
    assert shares[-1] == (0, 503)
    assert min(count for count, _ in shares[:8]) >= 1


def test_measured_answers_move_the_limit_and_others_do_not() -> None:
    now = 0.0
    admission = Admission(128, 4, lambda: now)
    before = admission.limit.units
    for measured in (False, True):
        turn = admission.working.turn_now("a", 1)
        assert turn
        turn.measured = measured
        now += 10
        admission.end(turn, well=True)
        admission.end(turn, well=True)
        assert (admission.limit.units < before) == measured
        assert not admission.working.is_full
