"""Where a run stands, for operators."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from workflows.contracts import Next
from workflows.kit.journal import Journal
from workflows.kit.steps import Step, Wait


class Standing:
    """The steps a run is at, one for each branch, and since when. `moved` is called when it comes to another."""

    def __init__(self, moved: Callable[[], None]) -> None:
        self._moved = moved
        self._at: dict[str, tuple[Step[Any], datetime]] = {}

    def begin(self, key: str, step: Step[Any], now: datetime) -> None:
        self._at[key] = (step, now)
        self._moved()

    def end(self, key: str) -> None:
        self._at.pop(key, None)

    def steps(self, journal: Journal) -> tuple[Next, ...]:
        return tuple(_next(key, step, since, journal) for key, (step, since) in self._at.items())


def _next(key: str, step: Step[Any], since: datetime, journal: Journal) -> Next:
    opened = journal.open.get(key)
    if opened is None or not isinstance(step, Wait):
        return Next(key=key, since=since)
    return Next(key=key, since=opened.since, due=None if journal.paused else step.due(opened.clock))
