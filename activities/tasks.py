"""Work for people: the task, and the mails that ask for it. How it is answered is in `answering`."""

import hashlib
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import Call, ChaseTask, CreateTask, Notified, TaskMade
from activities.effects import recall
from activities.heartbeat import finished, heartbeats
from activities.links import Links
from activities.team_mail import Letter, TeamMail
from store import clock
from store.database import Database
from store.enrollments import Enrollments
from store.tables import Task, Team
from store.tasks import Tasks as TaskRows
from store.teams import Teams


class Tasks:
    """Mails go out at least once, within the bound of `TeamMail`; the task itself is made once."""

    def __init__(self, database: Database, mail: TeamMail, links: Links) -> None:
        self._database = database
        self._mail = mail
        self._links = links

    @activity.defn(name="create_task")
    async def create(self, call: Call[CreateTask]) -> TaskMade:
        """Makes the step's task and mails it to the role's team, when that has an address. The row comes first, so that
        the link in the mail leads somewhere; whoever has no address finds the task in the API."""
        async with heartbeats():
            return await finished(self._create(call))

    @activity.defn(name="chase_task")
    async def chase(self, call: Call[ChaseTask]) -> Notified:
        """Reminds the role of a task that is open; with `escalate_to`, the task becomes that role's, and it is told."""
        async with heartbeats():
            return await finished(self._chase(call))

    async def _create(self, call: Call[CreateTask]) -> TaskMade:
        async with self._database.begin() as session:
            done = await recall(session, call, TaskMade)
            if done is not None:
                return done
            enrollment = await Enrollments(session).get(call.enrollment_id)
            ended = enrollment is None or enrollment.status == "ended"
            task = await TaskRows(session).make(_row(call, "withdrawn" if ended else "open"))
            team = await Teams(session).get(task.role)
        if task.status == "open":
            await self._mail.send(call, team, self._letter(task, "team/task", task.id))

        async def work(_session: AsyncSession) -> TaskMade:
            return TaskMade(task_id=task.id)

        return await self._mail.record(call, TaskMade, work)

    async def _chase(self, call: Call[ChaseTask]) -> Notified:
        async with self._database.begin() as session:
            done = await recall(session, call, Notified)
            if done is not None:
                return done
            task = await TaskRows(session).get(call.order.task_id)
            is_open = task is not None and task.status == "open"
            team = await _responsible(session, task, call.order.escalate_to) if task and is_open else None
        skipped = await self._remind(call, task, team) if task and is_open else "not_open"

        async def work(session: AsyncSession) -> Notified:
            if skipped is None and task is not None:
                await TaskRows(session).mark_reminded(task.id, clock.now())
            return Notified(skipped=skipped)

        return await self._mail.record(call, Notified, work)

    async def _remind(self, call: Call[ChaseTask], task: Task, team: Team | None) -> str | None:
        template = "team/escalation" if call.order.escalate_to else "team/reminder"
        own = hashlib.sha256(call.key.encode()).hexdigest()[:12]
        return await self._mail.send(
            call, team, self._letter(task, template, f"{task.id}.{own}", about=task.id)
        )

    def _letter(self, task: Task, template: str, id: str, about: str | None = None) -> Letter:
        shown: dict[str, JsonValue] = {
            "label": task.label,
            "text": task.text,
            "answers": list(task.answers),
            "due": _shown(task.due_at),
            "since": _shown(task.created_at),
            "escalated_from": task.escalated_from,
            "url": self._links.task(task.id, task.role),
        }
        return Letter(id, template, {"task": shown}, about)


async def _responsible(session: AsyncSession, task: Task, escalate_to: str | None) -> Team | None:
    """The team that has the task now. A repeated escalation changes nothing."""
    if escalate_to is not None and escalate_to != task.role:
        await TaskRows(session).escalate(task.id, task.role, escalate_to)
    return await Teams(session).get(task.role)


def _row(call: Call[CreateTask], status: str) -> Task:
    order, now = call.order, clock.now()
    return Task(
        enrollment_id=call.enrollment_id,
        key=call.key,
        workflow=call.workflow,
        subject_kind=call.subject_kind,
        subject_id=call.subject_id,
        label=order.label,
        text=order.text,
        role=order.role,
        answers=list(order.answers),
        status=status,
        created_at=now,
        due_at=now + timedelta(seconds=order.due_seconds) if order.due_seconds else None,
    )


def _shown(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else None
