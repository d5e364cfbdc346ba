"""Does a ledger fit the code? The path is walked with recorded results; nothing is executed."""

from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import ValidationError

from activities.calls import Entry
from workflows.contracts import Ledger
from workflows.kit.ends import Ended
from workflows.kit.runtimes import Runtime, drive
from workflows.kit.steps import Done, Keys, R, Step, StepFailed, branch


def misfit(path: Callable[[Runtime], Coroutine[Any, Any, None]], ledger: Ledger) -> str | None:
    """Why the ledger does not fit, naming the step; None when it fits.

    It fits when the path asks for every entry, each with the terms it was recorded under, and each recorded result is
    one that the step can still give.
    """
    walk = _Walk({entry.key: entry for entry in ledger.entries})
    try:
        drive(path(walk))
    except _Changed as changed:
        return str(changed)
    except (_Live, Ended, StepFailed):
        pass
    if not walk.unasked:
        return None
    asks = " and ".join(walk.live) or "nothing more"
    return f"{next(iter(walk.unasked))} was done, but the code never asks for it: it asks for {asks}"


class _Live(BaseException):
    """The path has come to a step that the ledger does not know."""


class _Changed(BaseException):
    """A step is asked under its old key but is no longer the same step."""


class _Walk:
    """Answers steps from a ledger, and stops each branch at its first live step."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self._entries = entries
        self._keys = Keys()
        self.unasked = dict.fromkeys(entries)
        self.live: list[str] = []

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        entry = self._entries.get(key)
        if entry is None:
            self.live.append(key)
            raise _Live
        self.unasked.pop(key, None)
        if entry.terms != dict(step.terms):
            raise _Changed(
                f"{key} changed: recorded with {entry.terms}, the code asks with {dict(step.terms)}"
            )
        if entry.failed is not None:
            raise StepFailed(key, entry.failed)
        return Done(key, self._load(step, key, entry), entry.at)

    def _load(self, step: Step[R], key: str, entry: Entry) -> R:
        try:
            if step.accepts(entry.result):
                return step.load(entry.result)
        except ValidationError:
            pass
        raise _Changed(f"{key} changed: it can no longer end with {entry.result!r}")

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        outer, results, live = branch.get(), {}, False
        for name, path in branches.items():
            token = branch.set(f"{outer}{name}/")
            try:
                results[name] = drive(path)
            except _Live:
                live = True
            finally:
                branch.reset(token)
        if live:
            raise _Live
        return results

    def log(self, text: str) -> None:
        """Walking a ledger says nothing."""
