"""Work for people on the team: tasks, and questions that are asked of them."""

from datetime import timedelta
from typing import TypeVar, cast

from activities.calls import ChaseTask, CreateTask, Notified, TaskMade
from activities.tasks import Tasks
from workflows.kit.steps import Effect, Misuse
from workflows.kit.tickets import Task
from workflows.kit.toolkit import positive
from workflows.kit.waits import Waits

Answer = TypeVar("Answer", bound=str)


class People(Waits):
    async def create_task(
        self,
        label: str,
        *,
        role: str,
        text: str = "",
        answers: tuple[str, ...] = (),
        due: timedelta | None = None,
    ) -> Task:
        """Gives a role something to do, and mails it a signed link to say that it is done.

        The path goes on at once; `wait_for(task.done, within=…)` waits for it. Tasks that are still open when the
        enrollment ends are withdrawn. With `answers`, being done means choosing one: `choice` of the event.
        """
        if due is not None:
            positive(due, f"create_task({label!r}) due")
        order = CreateTask(
            label=label, role=role, text=text, answers=answers,
            due_seconds=int(due.total_seconds()) if due else None,
        )  # fmt: skip
        done = await self._runtime.perform(Effect(
            method="create_task", label=label, returns=TaskMade, samples=(TaskMade(task_id="task"),),
            activity=Tasks.create, order=order, queue="email",
        ))  # fmt: skip
        return Task(label, done.result.task_id, done.at, answers)

    async def ask(
        self,
        label: str,
        *,
        role: str,
        answers: tuple[Answer, ...],
        within: timedelta,
        text: str = "",
        escalate_to: str | None = None,
    ) -> Answer | None:
        """One of the answers, given by somebody with this role; None when nobody gave one.

        They are reminded after half of the time. At its end the task goes to the role `escalate_to`, which has as long
        again; without one, that was all. What people write beside their answer stays in the database.
        """
        if len(set(answers)) < 2:
            raise Misuse(f"ask({label!r}) needs at least two different answers; for one, use create_task")
        task = await self.create_task(label, role=role, text=text, answers=answers, due=within)
        choice = await self._answered(task, within / 2)
        if choice is None:
            await self._chase(task, "remind")
            choice = await self._answered(task, within / 2)
        if choice is None and escalate_to is not None:
            await self._chase(task, "escalate", escalate_to)
            choice = await self._answered(task, within)
        return cast("Answer | None", choice)

    async def _answered(self, task: Task, within: timedelta) -> str | None:
        received = await self.wait_for(task.done, within=within)
        return received.choice if received else None

    async def _chase(self, task: Task, method: str, escalate_to: str | None = None) -> None:
        await self._perform(Effect(
            method=method, label=task.label, returns=Notified, samples=(Notified(),),
            activity=Tasks.chase, order=ChaseTask(task_id=task.id, escalate_to=escalate_to), queue="email",
        ))  # fmt: skip
