"""The cases: a workflow, and what happens to one of its runs. Ours and its twin live through the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.workflows.stack import Run
from workflows.contracts import Resume
from workflows.kit import days, hours


@dataclass(frozen=True)
class Case:
    name: str
    workflow: str
    life: Callable[[Run], Awaitable[None]]


async def longest(run: Run) -> None:
    """Greeting not seen, greeting again, gift clicked, reminder, hand-over."""
    await run.advance(days(2) + hours(1))
    await run.advance(days(3))
    await run.event("email.clicked", await run.last_message())
    await run.advance(days(4))


async def seen(run: Run) -> None:
    """An event answers a wait; the gift is ignored."""
    await run.event("email.opened", await run.last_message())
    await run.advance(days(3) + hours(1))
    await run.advance(days(4))


async def goal(run: Run) -> None:
    """The goal is reached in the middle of a wait."""
    await run.advance(days(1))
    await run.event("order.completed")


async def paused(run: Run) -> None:
    """Paused in the middle of a wait and resumed before it was due; then the goal."""
    await run.advance(days(1))
    await run.update("pause")
    await run.advance(hours(12))
    await run.update("resume", Resume(policy="active_time"))
    await run.event("order.completed")


async def paused_long(run: Run) -> None:
    """Paused until after the wait was due: it is worked off at once; then the goal."""
    await run.update("pause")
    await run.advance(days(5))
    await run.update("resume", Resume())
    await run.event("order.completed")


async def slept(run: Run) -> None:
    await run.advance(days(3))


async def at_once(run: Run) -> None:
    """Nothing has to happen."""


CASES = (
    Case("longest path", "welcome-series", longest),
    Case("greeting seen, gift ignored", "welcome-series", seen),
    Case("goal in mid-wait", "welcome-series", goal),
    Case("pause and resume in mid-wait", "welcome-series", paused),
    Case("pause beyond the due date", "welcome-series", paused_long),
    Case("sleep", "sleeping", slept),
    Case("matches", "matching", at_once),
    Case("split", "splitting", at_once),
)
