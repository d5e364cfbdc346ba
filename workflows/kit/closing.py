"""The close of a run: what was done is undone, what must still happen happens, and the outcome is recorded."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from workflows.kit.ends import Ending, end_hooks
from workflows.kit.runtimes import Runtime
from workflows.kit.steps import Compensation, StepFailed, branch

UNDONE = frozenset({"failed", "exited", "unsubscribed", "withdrawn"})
"""Outcomes after which compensations run."""


class Authored(Protocol):
    """What a workflow's author wrote: the path, and perhaps `@on_end` methods."""

    async def path(self) -> None: ...


class Undoing(Runtime, Protocol):
    """A runtime that has kept the compensations it came to, in order."""

    undo: list[Compensation]


async def close(runtime: Undoing, author: Authored, ending: Ending) -> None:
    """Undoes in reverse order, then runs the `@on_end` methods. What fails for good leaves the rest to happen."""
    if ending.outcome in UNDONE:
        with _prefix("undo/"):
            for compensation in reversed(runtime.undo):
                await _attempt(runtime, runtime.perform(compensation.undo))
    with _prefix("end/"):
        for hook in end_hooks(author):
            await _attempt(runtime, hook(ending))


async def _attempt(runtime: Runtime, doing: Coroutine[Any, Any, Any]) -> None:
    try:
        await doing
    except StepFailed as failed:
        runtime.log(f"at the end: {failed}")


@contextmanager
def _prefix(name: str) -> Iterator[None]:
    token = branch.set(name)
    try:
        yield
    finally:
        branch.reset(token)
