"""The way through the code that a run has taken: its path is walked once more, with the results that it got."""

from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from activities.calls import Entry
from workflows.analysis.explore_arcs import Arcs
from workflows.contracts import Enrollment
from workflows.kit.closing import close
from workflows.kit.declaration import path_on
from workflows.kit.ends import Ended, Ending
from workflows.kit.rounds import NextRound
from workflows.kit.runtimes import drive, drive_all
from workflows.kit.steps import Compensation, Done, Keys, R, Step, StepFailed
from workflows.kit.waits import SOME_TIME
from workflows.kit.workflow import MarketingWorkflow


def retrace(
    arcs: Arcs,
    cls: type[MarketingWorkflow],
    enrollment: Enrollment,
    trail: Sequence[Entry],
    ending: Ending | None,
) -> None:
    """Walks the path once more with the results that the run got, watched by `arcs`; nothing is executed."""
    entries = {entry.key: entry for entry in trail}
    round, params = 1, dict(enrollment.params)
    while True:
        walk = Retraced(entries, round, arcs)
        path = path_on(cls, enrollment.model_copy(update={"params": params}), walk)
        try:
            with arcs.watching():
                _walk(path, walk, ending)
            return
        except NextRound as turn:
            round, params = round + 1, {**params, **turn.params}


class Unfinished(BaseException):
    """The run has not come further than here."""


def _walk(path: MarketingWorkflow, walk: "Retraced", ending: Ending | None) -> None:
    with suppress(Unfinished, Ended, StepFailed):
        drive(path.path())
    if ending is not None:
        with suppress(Unfinished):
            drive(close(walk, path, ending))


class Retraced:
    """Answers steps from a trail, and stops each branch at its first step that is not over: see `beyond`."""

    def __init__(self, entries: Mapping[str, Entry], round: int, arcs: Arcs | None = None) -> None:
        self.undo: list[Compensation] = []
        self._entries = entries
        self._keys = Keys(round)
        self._arcs = arcs
        self._now = min((entry.at for entry in entries.values()), default=SOME_TIME)

    async def perform(self, step: Step[R]) -> Done[R]:
        if self._arcs:
            self._arcs.since_last()
        key = self._keys.next(step)
        entry = self._entries.get(key)
        if isinstance(step, Compensation):
            self.undo.append(step)
        if entry is None:
            return self.beyond(step, key)
        if entry.failed is not None:
            raise StepFailed(key, entry.failed)
        self._now = entry.at
        return Done(key, step.load(entry.result), entry.at)

    def beyond(self, step: Step[R], key: str) -> Done[R]:
        """The answer of a step that is not over. Raises Unfinished where there is none."""
        raise Unfinished

    def now(self) -> datetime:
        return self._now

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        return drive_all(branches, Unfinished)

    def log(self, text: str) -> None:
        """It was said when it happened."""
