"""What an engineer writes around the SDK for workflows that can be told of events, converted, paused and resumed."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.calls import (
    AddScore,
    Call,
    EmailResult,
    End,
    EventSignal,
    Model,
    RunStatus,
    SendEmail,
    UpdateCrm,
)
from activities.crm import Crm
from activities.email import Email
from activities.endings import Endings
from activities.scoring import Scoring
from activities.statuses import Statuses
from workflows.contracts import Enrollment, Outcome, Resume
from workflows.kit.search import STATE

GOAL = "order.completed"
R = TypeVar("R")
Activity = Callable[[Any, Call[Any]], Coroutine[Any, Any, R]]


class Converted(Exception):
    """The goal was reached while the path waited."""


class ByHand:
    """Signals, updates, one wait and the calls that more than one of the workflows makes."""

    def __init__(self, enrollment: Enrollment) -> None:
        self.enrollment = enrollment
        self.heard: list[EventSignal] = []
        self.due: datetime | None = None
        self.paused_at: datetime | None = None
        self.converted = False
        self.reported = "running"
        self.reporting: asyncio.Task[None] | None = None

    @workflow.signal(name="event")
    def on_event(self, event: EventSignal) -> None:
        self.heard.append(event)
        self.converted = self.converted or event.name == GOAL

    @workflow.update(name="pause")
    def on_pause(self) -> None:
        self.paused_at = workflow.now()

    @workflow.update(name="resume")
    def on_resume(self, resume: Resume) -> None:
        if resume.policy == "active_time" and self.due and self.paused_at:
            self.due += workflow.now() - self.paused_at
        self.paused_at = None

    @property
    def status(self) -> Literal["running", "paused"]:
        return "running" if self.paused_at is None else "paused"

    async def report(self) -> None:
        """Writes whether it is paused to its row, for lists, and to a search attribute."""
        while True:
            await workflow.wait_condition(lambda: self.status != self.reported)
            self.reported, now = self.status, workflow.now()
            workflow.upsert_search_attributes([STATE.value_set(self.reported)])
            order = RunStatus(status=self.status, at=now, number=int(now.timestamp() * 1e6))
            await self.question(Statuses.record, f"status:{self.reported}", order)

    async def wait(self, duration: timedelta, *names: str, message_id: str | None = None) -> bool:
        """Whether one of the events came in time. A pause takes the timer away, and the goal ends the wait."""
        self.due = workflow.now() + duration
        self.reporting = self.reporting or asyncio.create_task(self.report())
        while True:
            if self.converted:
                raise Converted
            if self.paused_at is None:
                if self._came(names, message_id):
                    return True
                if self.due <= workflow.now():
                    return False
            await self._woken(names, message_id)

    async def _woken(self, names: tuple[str, ...], message_id: str | None) -> None:
        paused_at, due = self.paused_at, self.due
        left = due - workflow.now() if due and paused_at is None else None

        def woken() -> bool:
            return self.converted or self.paused_at != paused_at or self._came(names, message_id)

        with suppress(TimeoutError):
            await workflow.wait_condition(woken, timeout=left)

    def _came(self, names: tuple[str, ...], message_id: str | None) -> bool:
        return any(event.name in names and event.about in (None, message_id) for event in self.heard)

    async def send_email(self, template: str) -> str | None:
        """The message's id, or None when the arbiter kept it back."""
        sent: EmailResult = await workflow.execute_activity_method(
            Email.send,
            self.call(template, SendEmail(template=template)),
            task_queue="cadencia-email",
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )
        return sent.message_id

    async def score(self, points: int, reason: str) -> None:
        await self.effect(Scoring.add, reason, AddScore(points=points, reason=reason))

    async def update_crm(self, stage: str) -> None:
        await self.effect(Crm.set_stage, stage, UpdateCrm(stage=stage))

    async def effect(self, activity: Activity[R], key: str, order: Model, queue: str = "effects") -> R:
        return await workflow.execute_activity_method(
            activity,
            self.call(key, order),
            task_queue=f"cadencia-{queue}",
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )

    async def question(self, activity: Activity[R], key: str, order: Model) -> R:
        """A local activity: it answers at once, and costs one event."""
        return await workflow.execute_local_activity_method(
            activity, self.call(key, order), start_to_close_timeout=timedelta(seconds=2)
        )

    async def end(self, outcome: str) -> Outcome:
        await self.question(Endings.record, outcome, End(outcome=outcome))
        return Outcome(outcome=outcome)

    def call(self, key: str, order: Model) -> Call[Any]:
        """`key` names the effect within the enrollment: each is used once."""
        return Call(
            enrollment_id=self.enrollment.id,
            workflow=self.enrollment.workflow,
            subject_kind=self.enrollment.subject_kind,
            subject_id=self.enrollment.subject_id,
            release=self.enrollment.release,
            key=key,
            order=order,
        )
