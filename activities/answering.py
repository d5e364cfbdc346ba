"""Answers to tasks: the first one counts, and the run that waits for it is told."""

import asyncio
from collections.abc import Sequence

import structlog

from activities.calls import EventSignal
from activities.runs import Runs, RunsUnavailable
from activities.together import done_by
from store import clock
from store.database import Database
from store.tables import Task
from store.tasks import Tasks

DONE = "task.done"
_AT_ONCE = 32

log = structlog.get_logger()


class UnknownTask(Exception):
    """There is no such task."""


class NotOpen(Exception):
    """The task was answered before, or withdrawn: see its row."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"task {task.id} is {task.status}")
        self.task = task


class WrongChoice(Exception):
    """The choice is none of the task's answers."""

    def __init__(self, answers: Sequence[str]) -> None:
        super().__init__(
            f"choose one of: {', '.join(answers)}" if answers else "it has no answers: leave choice out"
        )
        self.answers = tuple(answers)


class Answering:
    """Takes answers in. What is written is told to the run later, if it cannot be now: only the choice, never the
    comment, which may hold anything."""

    def __init__(self, database: Database, runs: Runs) -> None:
        self._database = database
        self._runs = runs
        self._telling = asyncio.Semaphore(_AT_ONCE)

    async def answer(self, id: str, *, choice: str | None, comment: str | None, by: str | None) -> Task:
        """Writes the answer, if it is the first, and tells the run. Raises UnknownTask, WrongChoice, NotOpen."""
        task = await self.write(id, choice=choice, comment=comment, by=by)
        await self.deliver(task)
        return task

    async def write(self, id: str, *, choice: str | None, comment: str | None, by: str | None) -> Task:
        """The same without telling the run."""
        async with self._database.begin() as session:
            tasks = Tasks(session)
            task = await tasks.get(id)
            if task is None:
                raise UnknownTask(id)
            if task.status == "open" and not _may_be(choice, task.answers):
                raise WrongChoice(task.answers)
            if not await tasks.answer(id, choice, comment, by, clock.now()):
                await session.refresh(task)  # somebody else was faster
                session.expunge(task)  # the rollback must not empty it
                raise NotOpen(task)
            return task

    async def deliver(self, task: Task) -> bool:
        """Tells the run; False when that cannot be done now. A run that has ended needs to hear of nothing."""
        signal = EventSignal(id=f"{task.id}.done", name=DONE, about=task.id, choice=task.choice)
        try:
            async with self._telling:
                await self._runs.signal(task.enrollment_id, signal)
        except RunsUnavailable:
            log.warning("an answer is delivered later", task=task.id)
            return False
        async with self._database.begin() as session:
            await Tasks(session).mark_delivered([task.id])
        return True

    async def deliver_all(self, tasks: Sequence[Task], within: float) -> int:
        """The same for many, `within` seconds; gives how many were."""
        until = asyncio.get_running_loop().time() + within
        delivered: list[str] = []

        async def one(task: Task) -> None:
            if await self.deliver(task):
                delivered.append(task.id)

        await done_by(until, {task.id: one(task) for task in tasks})
        return len(delivered)


def _may_be(choice: str | None, answers: Sequence[str]) -> bool:
    return choice in answers if answers else choice is None
