"""A run's ledger, rebuilt from its history: the path is walked again, and the history answers its steps.

What no event tells (decisions, compensations, which event ended a wait that nothing followed yet), the code tells. It
may be newer code than the run's own: what the history knows is kept, whether or not the code still asks for it.
"""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import ValidationError

from activities.calls import Entry
from workflows.analysis.branches import Again, Branch, together
from workflows.analysis.recorded import Recorded
from workflows.analysis.told import Told
from workflows.analysis.waking import Waking
from workflows.contracts import Ledger, Next, OpenWait
from workflows.kit.faults import Parking
from workflows.kit.fit import PathOn
from workflows.kit.standing import Standing
from workflows.kit.steps import Asked, Compensation, Decision, Done, Effect, Keys, R, Step, StepFailed, Wait


@dataclass(frozen=True)
class Rebuilt:
    """`ledger` is what a run that goes on from here begins with; `standing` are the steps that the code is at.

    `withdrawn` are effects under way that the code does not ask for, `begun` waits that it begins and the run had not.
    """

    ledger: Ledger
    standing: tuple[Next, ...]
    withdrawn: tuple[str, ...]
    begun: tuple[OpenWait, ...]


def rebuild(path: PathOn, recorded: Recorded, goals: frozenset[str]) -> Rebuilt:
    """`goals` are names of events. A run that is parked has asked for nothing since it was. Where the code raises an
    error, the history alone tells what is known; that the ledger does not fit then, `fit` finds."""
    runtime = HistoryRuntime(recorded, goals)
    try:
        walk = None if recorded.parked else path(runtime)
    except Parking:
        walk = None
    runtime.follow(walk)
    return runtime.rebuilt()


class HistoryRuntime:
    """Answers each step at the time at which the run had its answer; a step that has none yet is where it stands."""

    def __init__(self, recorded: Recorded, goals: frozenset[str]) -> None:
        self._recorded = recorded
        before = recorded.enrollment.ledger or Ledger(started=recorded.began)
        self._before = before
        self._told = Told(before, goals)
        self._journal = self._told.journal
        self._keys = Keys(before.round)
        self._known = {**self._journal.entries, **recorded.entries}
        self._standing = Standing(lambda: None)
        self._waking = Waking(self._told, before.started)
        self._begins = {key: turn.task for turn in reversed(recorded.turns) for key in turn.began}
        self._task = 0
        self._moved = False
        self._asked: set[str] = set()
        self._at: tuple[Next, ...] = ()

    def follow(self, path: Coroutine[Any, Any, None] | None) -> None:
        """Goes through the history; without a path only what was told is taken in."""
        body = Branch(path) if path else None
        for turn in self._recorded.turns:
            self._task, self._waking.now, self._waking.leaving = turn.task, turn.at, turn.leaving
            for news in turn.news:
                self._told.hear(news, turn.at)
            self._settle(body, turn.fired)
            for key in turn.began:
                self._journal.begin(key, {}, turn.at)  # the code may ask for it later, or not any more
        if body is None:
            return
        self._waking.now = max([self._now, *(entry.at for entry in self._known.values())])
        self._settle(body, set())
        self._at = self._standing.steps(self._journal)
        body.held = False
        body.withdraw()

    def rebuilt(self) -> Rebuilt:
        if "cancel" in self._recorded.unheard:  # nothing of the path may be done before it is heard of
            self._told.hear("cancel", self._now)
        waited = {key: one for key, one in self._recorded.waited.items() if key not in self._asked}
        entries = {**waited, **self._known, **self._journal.entries}
        for entry in entries.values():
            self._told.spend(entry)
        ours = entries.keys() - {entry.key for entry in self._before.entries} - self._recorded.effects
        unstored = set() if self._recorded.over else {*self._before.unstored, *ours} - self._recorded.stored
        shown = self._journal.snapshot()
        timed = self._recorded.timed | {wait.key for wait in self._before.open}
        ledger = shown.model_copy(
            update={
                "entries": tuple(sorted(entries.values(), key=lambda entry: entry.at)),
                "unstored": tuple(key for key in entries if key in unstored),
                "earlier": tuple(one for one in shown.earlier if one.key not in self._recorded.stored),
                "open": tuple(one for one in shown.open if one.key in timed and one.key not in entries),
                "ending": (self._told.ending.outcome, self._told.ending.reason)
                if self._told.ending
                else None,
            }
        )
        withdrawn = tuple(key for key in self._recorded.pending if key not in self._asked)
        begun = tuple(wait for wait in shown.open if wait.key not in timed and wait.key not in entries)
        return Rebuilt(ledger, self._at, withdrawn, begun)

    # What a path asks of its runtime.

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        self._asked.add(key)
        known = self._known.get(key)
        if known is None and not isinstance(step, Compensation):
            await self._waking.gate()
        if isinstance(step, Wait) and key not in self._journal.entries:
            await self._until_begun(key)
            self._journal.begin(key, step.terms, self._now)
        self._standing.begin(key, step, self._now)
        try:
            return await (self._answer(step, key) if known is None else self._recall(step, key, known))
        finally:
            self._standing.end(key)

    def now(self) -> datetime:
        return self._now

    @property
    def _now(self) -> datetime:
        return self._waking.now

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        return await together(branches)

    def log(self, text: str) -> None:
        """What was said once is not said again."""

    # How it answers.

    async def _recall(self, step: Step[R], key: str, known: Entry) -> Done[R]:
        while known.at > self._now:
            await Again(held=isinstance(step, Effect))
        self._moved = True
        self._journal.open.pop(key, None)
        self._journal.entries[key] = known.model_copy(update={"terms": known.terms or dict(step.terms)})
        self._told.spend(known)
        if known.failed is not None:
            raise StepFailed(key, known.failed)
        try:
            return Done(key, step.load(known.result), known.at)
        except ValidationError:
            return cast(Done[R], await self._never())

    async def _until_begun(self, key: str) -> None:
        """Newer code may come to a wait sooner than the run did."""
        while key not in self._journal.open and self._task < self._begins.get(key, 0):
            await Again()

    async def _answer(self, step: Step[R], key: str) -> Done[R]:
        match step:
            case Wait():
                result: Any = await self._waking.wait(step, key)
            case Decision():
                enrollment = self._recorded.enrollment
                result = step.decide(Asked(enrollment.id, enrollment.subject_id, key, self._now))
            case Compensation():
                result = None
            case _:
                result = await self._never(held=key in self._recorded.pending)
        self._moved = True
        self._journal.record(step, key, self._now, result=result, stored=False)
        return Done(key, result, self._now)

    async def _never(self, *, held: bool = False) -> Any:
        while True:
            await Again(held=held)

    def _settle(self, body: Branch | None, fired: set[str]) -> None:
        """Lets every branch go as far as there are answers."""
        if body is None:
            return
        self._moved = True
        while self._moved:
            self._moved = False
            body.poll()
            self._moved |= self._waking.wake(fired)
