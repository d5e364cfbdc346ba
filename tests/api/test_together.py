"""Calls that meet share their work, and no failure."""

import asyncio
from collections.abc import Sequence

import pytest

from activities.together import Together, done_by


async def test_calls_that_meet_are_done_together() -> None:
    groups: list[list[int]] = []

    async def double(items: Sequence[int]) -> list[int]:
        groups.append(list(items))
        await asyncio.sleep(0)
        return [2 * item for item in items]

    together = Together(double, most=4)
    assert await asyncio.gather(*(together(item) for item in range(7))) == [0, 2, 4, 6, 8, 10, 12]
    assert groups == [[0, 1, 2, 3], [4, 5, 6]]
    assert await together(9) == 18


async def test_one_that_fails_spoils_no_other_and_one_that_left_holds_up_nobody() -> None:
    async def invert(items: Sequence[int]) -> list[float]:
        await asyncio.sleep(0.01)
        return [1 / item for item in items]

    together = Together(invert, most=10)
    calls = [asyncio.create_task(together(item)) for item in (1, 0, 2, 4)]
    await asyncio.sleep(0)
    calls[3].cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert (results[0], results[2]) == (1, 0.5)
    assert isinstance(results[1], ZeroDivisionError)
    assert isinstance(results[3], asyncio.CancelledError)


async def test_what_is_late_is_stopped() -> None:
    loop = asyncio.get_running_loop()

    async def take(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    results = await done_by(loop.time() + 0.1, {"soon": take(0.0), "late": take(60.0)})
    assert results["soon"] == 0
    assert isinstance(results["late"], asyncio.CancelledError)
    with pytest.raises(asyncio.CancelledError):
        raise results["late"]
