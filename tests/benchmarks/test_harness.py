"""Contestants take turns, and figures come as data."""

import asyncio
from itertools import cycle

from rich.console import Console

from benchmarks.harness import Contestant, at_once, race, rate, table


async def test_everybody_is_warmed_up_then_they_take_turns() -> None:
    order: list[str] = []

    def contestant(name: str, *rates: float) -> Contestant:
        coming = cycle(rates)

        async def turn() -> float:
            order.append(name)
            return next(coming)

        return Contestant(name, turn)

    ours, bare = contestant("ours", 9000.0, 10.0, 30.0, 20.0), contestant("bare", 40.0)
    result = await race("A race", "per second", [ours, bare], turns=3, aim=0.8)
    assert order == ["ours", "bare"] * 4
    assert result.rates == {"ours": [10.0, 30.0, 20.0], "bare": [40.0] * 3}
    assert (result.median("ours"), result.reference, result.ratio("ours")) == (20.0, "bare", 0.5)

    console = Console(width=100)
    with console.capture() as shown:
        console.print(table(result))
    assert "10.0–30.0" in shown.get()
    assert "0.50" in shown.get()
    assert "aim: a ratio of 0.8" in shown.get()


async def test_a_rate_is_units_over_seconds() -> None:
    assert 100 < await rate(100, asyncio.sleep(0.1)) < 1001


async def test_no_more_calls_than_allowed_are_under_way() -> None:
    under_way, most, done = 0, 0, 0

    async def call() -> None:
        nonlocal under_way, most, done
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        done += 1

    await at_once(3, 10, call)
    assert (most, done) == (3, 10)
