"""Effects as activities: named by their step key, retried for ever, awaited even when their branch is withdrawn."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, FailureError

from activities.calls import Call, End, Entry, EventsRead, Model, Nothing, ReadEvents, RunStatus
from activities.endings import Endings
from activities.reading import Reading
from activities.statuses import Statuses
from workflows.contracts import Enrollment
from workflows.kit.course import Course
from workflows.kit.ends import Ending
from workflows.kit.journal import Journal
from workflows.kit.steps import Effect, Question, Queue, R, StepFailed

_PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


GIVEN_UP = "given_up"
"""Code of an effect that was still to be tried again when the enrollment ended."""


class _Preset(TypedDict):
    task_queue: str
    start_to_close_timeout: timedelta
    heartbeat_timeout: timedelta | None


_PRESETS: dict[Queue, _Preset] = {
    "effects": _Preset(
        task_queue="cadencia-effects", start_to_close_timeout=timedelta(seconds=30), heartbeat_timeout=None
    ),
    # A mail may wait minutes for its server's answer (RFC 5321, 4.5.3.2.6); a dead worker is noticed by its heart.
    "email": _Preset(
        task_queue="cadencia-email",
        start_to_close_timeout=timedelta(minutes=12),
        heartbeat_timeout=timedelta(seconds=20),
    ),
}


class Dispatch:
    """Sends one enrollment's calls. `under_way` counts the activities that have not answered."""

    def __init__(self, enrollment: Enrollment, journal: Journal, course: Course) -> None:
        self._enrollment = enrollment
        self._journal = journal
        self._course = course
        self._round_stored = journal.round == 1
        self._giving_up: dict[str, asyncio.Task[None]] = {}
        self.under_way = 0

    async def perform(self, effect: Effect[R], key: str) -> R:
        """The effect's result. Raises StepFailed when the activity says that trying again cannot help."""
        call = self._call(effect, key, self._journal.unstored())
        result: R = await self._ordinary(effect, call)
        self._journal.stored(call.entries)
        self._round_stored = True
        return result

    async def ask(self, question: Question[R], key: str, entries: tuple[Entry, ...] = ()) -> R:
        """A local activity: one marker in the history. A slow database must not hold up the whole workflow task, so
        after two attempts of 2 s the same activity runs as an ordinary one."""
        call = self._call(question, key, entries)
        self.under_way += 1
        try:
            result: R = await workflow.execute_local_activity_method(
                question.activity,
                call,
                activity_id=key,
                summary=key,
                start_to_close_timeout=timedelta(seconds=2),
                retry_policy=RetryPolicy(maximum_attempts=2),
            )
        except FailureError:
            result = await self._ordinary(question, call)
        finally:
            self.under_way -= 1
        self._journal.stored(entries)
        return result

    async def close(self, ending: Ending, faults: Sequence[str]) -> None:
        """Writes the outcome, errors of the close, and the steps that no effect has carried to the database yet."""
        order = End(outcome=ending.outcome, reason=ending.reason, faults=tuple(faults))
        record = _question("end", Nothing, Endings.record, order)
        await self.ask(record, f"end:{ending.outcome}#1", self._journal.unstored())

    async def tell(self, status: RunStatus) -> None:
        """Writes how the run stands."""
        await self.ask(_question("status", Nothing, Statuses.record, status), f"status:{status.status}")

    async def read(self, unread: ReadEvents, key: str) -> EventsRead:
        """A page of events that the run was not told of, for the wait of that key."""
        return await self.ask(_question("read", EventsRead, Reading.read, unread), f"read:{key}")

    def _call(self, effect: Effect[Any], key: str, entries: tuple[Entry, ...]) -> Call[Any]:
        return Call(
            enrollment_id=self._enrollment.id,
            workflow=self._enrollment.workflow,
            subject_kind=self._enrollment.subject_kind,
            subject_id=self._enrollment.subject_id,
            release=self._enrollment.release,
            key=key,
            entries=entries,
            round=self._journal.round,
            params=None if self._round_stored else self._enrollment.params,
            order=effect.order,
        )

    async def _ordinary(self, effect: Effect[R], call: Call[Any]) -> R:
        handle = workflow.start_activity(
            effect.activity,
            call,
            activity_id=call.key,
            summary=call.key,
            retry_policy=_PATIENT,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            **_PRESETS[effect.queue],
        )
        if self._enrollment.habits > 1 and not self._course.closing:
            self._giving_up[call.key] = asyncio.create_task(self._give_up_at_end(handle))
        try:
            result: R = await self._settle(handle, call.key)
        finally:
            self._giving_up.pop(call.key, None)
        return result

    async def _give_up_at_end(self, handle: "asyncio.Task[Any]") -> None:
        """An effect that only waits to be tried again keeps nobody inside; one that is being done is finished."""
        await workflow.wait_condition(lambda: handle.done() or self._course.ended)
        if not handle.done():
            handle.cancel()

    async def _settle(self, handle: "asyncio.Task[Any]", key: str) -> Any:
        self.under_way += 1
        withdrawn = False
        try:
            while not handle.done():
                try:
                    await asyncio.shield(handle)
                except asyncio.CancelledError:
                    if handle.cancelled():
                        raise
                    withdrawn = True  # what is under way is still awaited, and its effect recorded
                except ActivityError:
                    break
            result = handle.result()
        except ActivityError as error:
            raise StepFailed(key, _code(error)) from None
        finally:
            self.under_way -= 1
        if withdrawn:
            asyncio.current_task().cancel()  # type: ignore[union-attr]  # a step always runs in a task
        return result


def _question(method: str, returns: type[R], activity: Callable[..., Any], order: Model) -> Question[R]:
    """One that the engine asks, not the path."""
    return Question(method=method, label="", returns=returns, samples=(), activity=activity, order=order)


def _code(error: ActivityError) -> str:
    cause = error.cause
    if isinstance(cause, CancelledError):
        return GIVEN_UP
    return cause.type if isinstance(cause, ApplicationError) and cause.type else "failed"
