"""The close of a run: what was done is undone, what must still happen happens, and the outcome is recorded."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from workflows.kit.ends import Ending, end_hooks
from workflows.kit.faults import NOT_OURS, AuthorsError
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


async def close(runtime: Undoing, author: Authored, ending: Ending) -> list[AuthorsError]:
    """Undoes in reverse order, then runs the `@on_end` methods. What fails for good leaves the rest to happen; errors
    in the author's code are given back."""
    doing: list[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]] = []
    if ending.outcome in UNDONE:
        doing += [("undo/", partial(runtime.perform, one.undo)) for one in reversed(runtime.undo)]
    doing += [("end/", partial(hook, ending)) for hook in end_hooks(author)]
    found = [await _attempt(runtime, prefix, act) for prefix, act in doing]
    return [error for error in found if error]


async def _attempt(
    runtime: Runtime, prefix: str, act: Callable[[], Coroutine[Any, Any, Any]]
) -> AuthorsError | None:
    try:
        with _prefix(prefix):
            await act()
    except StepFailed as failed:
        runtime.log(f"at the end: {failed}")
    except NOT_OURS:
        raise
    except (Exception, asyncio.CancelledError) as error:
        return error
    return None


@contextmanager
def _prefix(name: str) -> Iterator[None]:
    token = branch.set(name)
    try:
        yield
    finally:
        branch.reset(token)
