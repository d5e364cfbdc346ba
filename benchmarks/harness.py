"""Measures contestants in turns (A B A B …, after a warm-up of each), so that whatever slows the machine slows all."""

import asyncio
import os
import platform
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Contestant:
    """`turn` does its work once and returns how many units a second it did."""

    name: str
    turn: Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Race:
    """Rates by contestant, one for each turn; the last contestant is the reference. `aim` is for the ratio."""

    title: str
    unit: str
    rates: dict[str, list[float]]
    aim: float | None = None

    @property
    def reference(self) -> str:
        return list(self.rates)[-1]

    def median(self, name: str) -> float:
        return statistics.median(self.rates[name])

    def ratio(self, name: str) -> float:
        """The median beside that of the reference."""
        return self.median(name) / self.median(self.reference)


async def race(
    title: str, unit: str, contestants: Sequence[Contestant], *, turns: int = 5, aim: float | None = None
) -> Race:
    """Warms everybody up, then lets them take `turns` turns each, one after the other."""
    for contestant in contestants:
        await contestant.turn()
    rates: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for _ in range(turns):
        for contestant in contestants:
            rates[contestant.name].append(await contestant.turn())
    return Race(title, unit, rates, aim)


async def rate(units: int, work: Awaitable[object]) -> float:
    """Units a second, of work that does that many."""
    began = time.perf_counter()
    await work
    return units / (time.perf_counter() - began)


async def at_once(limit: int, count: int, call: Callable[[], Awaitable[None]]) -> None:
    """Makes a call `count` times, with never more than `limit` under way. The first error ends it."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await call()

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(work())


def table(result: Race) -> Table:
    shown = Table(title=result.title, title_justify="left", caption_justify="left", caption=_aim(result))
    shown.add_column("")
    for column in (result.unit, "min–max", "ratio"):
        shown.add_column(column, justify="right")
    for name, rates in result.rates.items():
        ratio = "1 (reference)" if name == result.reference else f"{result.ratio(name):.2f}"
        shown.add_row(name, f"{result.median(name):,.1f}", f"{min(rates):,.1f}–{max(rates):,.1f}", ratio)
    return shown


def show(shown: Table) -> None:
    """Prints a table, and what machine its figures are of."""
    console = Console()
    console.print(shown, machine(), "", sep="\n")


def machine() -> str:
    """Where, and how busy, so that a figure is not read without it."""
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {busy:.1f}"
    )


def _aim(result: Race) -> str:
    turns = len(result.rates[result.reference])
    aim = "" if result.aim is None else f"; aim: a ratio of {result.aim}"
    return f"median of {turns}, in turns{aim}"
