"""The cases: a workflow, and what happens to one of its runs. Ours and its twin live through the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from store.tasks import Tasks
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


async def answered(run: Run) -> None:
    """Answered after the reminder."""
    await run.advance(days(1) + hours(1))
    composition = run.stack.composition
    async with composition.database.read() as session:
        ((task,), _) = await Tasks(session).page(enrollment_id=run.enrolled.id, limit=1)
    await composition.answering.answer(task.id, choice="yes", comment=None, by=None)


async def ordered(run: Run) -> None:
    """An order too small, one large enough, and the time."""
    await run.event("order.completed", properties={"amount": "20", "currency": "EUR"})
    await run.event("order.completed", properties={"amount": "80", "currency": "EUR"})
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
    Case("sleep until a local time", "sleeping-until", slept),
    Case("ask, remind, answer", "asking", answered),
    Case("notify, publish, start …", "telling", at_once),
    Case("call, withdraw, undo", "undoing", at_once),
    Case("now, random, control group", "deciding", at_once),
    Case("together, a condition", "side-by-side", ordered),
    Case("a second round", "turning", at_once),
)
