"""Does a ledger fit the code? The path is walked with recorded results; nothing is executed."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from activities.calls import Entry
from workflows.contracts import Ledger
from workflows.kit.ends import Ended
from workflows.kit.faults import NOT_OURS, Parking, fault_in
from workflows.kit.rounds import NextRound
from workflows.kit.runtimes import Runtime, drive, drive_all
from workflows.kit.steps import Compensation, Done, Keys, R, Step, StepFailed

PathOn = Callable[[Runtime], Coroutine[Any, Any, None]]
"""Makes the path on a runtime."""

CLOSING = re.compile(r"(r\d+/)?(undo|end)/")
"""Steps of a run's close, which its path does not ask for."""


@dataclass(frozen=True)
class Fit:
    """`parking`: why a run cannot go on from the ledger, and `step` at which step it parts; None when it fits.

    `compensations` are those that the walk came to, in order.
    """

    parking: Parking | None
    step: str | None
    compensations: tuple[Compensation, ...]


def fit(path: PathOn, ledger: Ledger) -> Fit:
    """It fits when the path asks for every entry, each with the terms it was recorded under, and each recorded result
    is one that the step can still give. Code that raises on the way does not fit either."""
    walk = _Walk(ledger)
    parking, step = _parting(path, walk)
    return Fit(parking, step, tuple(walk.compensations))


def _parting(path: PathOn, walk: "_Walk") -> tuple[Parking | None, str | None]:
    try:
        drive(path(walk))
    except _Changed as changed:
        return Parking(f"{changed.key} changed: {changed.how}"), changed.key
    except Parking as parking:
        return parking, None
    except (_Live, Ended, NextRound, StepFailed):
        pass
    except NOT_OURS:
        raise
    except (Exception, asyncio.CancelledError) as error:
        return fault_in(error), None
    if not walk.unasked:
        return None, None
    first = next(iter(walk.unasked))
    asks = " and ".join(walk.live) or "nothing more"
    return Parking(f"{first} was done, but the code never asks for it: it asks for {asks}"), first


class _Live(BaseException):
    """The path has come to a step that the ledger does not know."""


class _Changed(BaseException):
    """A step is asked under its old key but is no longer the same step."""

    def __init__(self, key: str, how: str) -> None:
        super().__init__(key)
        self.key = key
        self.how = how


class _Walk:
    """Answers steps from a ledger, and stops each branch at its first live step."""

    def __init__(self, ledger: Ledger) -> None:
        self._entries = {entry.key: entry for entry in ledger.entries}
        self._keys = Keys(ledger.round)
        self._now = ledger.started
        self.unasked = dict.fromkeys(
            key for key in self._entries if not (ledger.ending and CLOSING.match(key))
        )
        self.live: list[str] = []
        self.compensations: list[Compensation] = []

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        entry = self._entries.get(key)
        if entry is None:
            self.live.append(key)
            raise _Live
        self.unasked.pop(key, None)
        if isinstance(step, Compensation):
            self.compensations.append(step)
        if any(name not in step.terms or step.terms[name] != term for name, term in entry.terms.items()):
            # Terms that are not recorded (a history does not tell them all) are no reason to part.
            raise _Changed(key, f"recorded with {entry.terms}, the code asks with {dict(step.terms)}")
        if entry.failed is not None:
            raise StepFailed(key, entry.failed)
        self._now = entry.at
        return Done(key, self._load(step, key, entry), entry.at)

    def _load(self, step: Step[R], key: str, entry: Entry) -> R:
        try:
            if step.accepts(entry.result):
                return step.load(entry.result)
        except ValidationError:
            pass
        raise _Changed(key, f"it can no longer end with {entry.result!r}")

    def now(self) -> datetime:
        return self._now

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        return drive_all(branches, _Live)

    def log(self, text: str) -> None:
        """Walking a ledger says nothing."""
