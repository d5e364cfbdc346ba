"""A walk's clock: how far it has come at the least, and what was decided about the times it told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from workflows.analysis.explore_forks import Number, Oracle

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Where every walk begins. No path can tell."""


class Reading(NamedTuple):
    """When a clock was read: after how many steps, and how far the walk had come at the least."""

    steps: int
    gone: timedelta


class Clock:
    """How far a walk has come: `gone` at the least, `most` if each wait takes all its time. Pauses, retries and slow
    workers may make it more."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.gone = timedelta(0)
        self.most = timedelta(0)
        self.steps = 0
        self.numbers: dict[object, Number] = {}
        self._between: dict[tuple[Reading, float], dict[Reading, Number]] = {}

    def now(self) -> datetime:
        return EPOCH + self.gone

    def spend(self, lasts: timedelta | None, whole: bool) -> None:
        """A wait is over, after all of its time or earlier."""
        if lasts is not None:
            self.most += lasts
            self.gone += lasts if whole else timedelta(0)

    def times(self) -> tuple[timedelta, timedelta]:
        return self.gone, self.most

    def set(self, *times: tuple[timedelta, timedelta]) -> None:
        """Takes the latest of several times."""
        self.gone = max(gone for gone, _ in times)
        self.most = max(most for _, most in times)

    def read(self) -> Reading:
        return Reading(self.steps, self.gone)

    def number(self, key: object, make: Callable[[], Number]) -> Number:
        """What is known of one quantity, kept so that it stays known."""
        if key not in self.numbers:
            self.numbers[key] = make()
        return self.numbers[key]

    def between(self, earlier: Reading, later: Reading, unit: float) -> Number:
        """The time between two readings, in seconds or whole days: it passes at least as the waits do."""
        known = self._between.setdefault((earlier, unit), {})
        if later not in known:
            least = [(later.gone - earlier.gone).total_seconds() // unit]
            least += [
                one.low + (later.gone - at.gone).total_seconds() // unit
                for at, one in known.items()
                if at.steps < later.steps
            ]
            known[later] = Number(self.oracle, "a time", max(least), whole=unit > 1)
        return known[later]
