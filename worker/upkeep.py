"""What is done each minute: rows that a crash left behind are completed, and the projection is set right."""

from datetime import datetime, timedelta

import structlog
from temporalio import activity
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleSpec,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.service import RPCError, RPCStatusCode

from store import clock
from store.enrollments import Enrollments
from store.idempotency import IdempotencyKeys
from store.marks import Marks
from store.tables import Enrollment
from store.tasks import Tasks
from worker.composition import Composition
from worker.connection import WORKFLOWS_QUEUE
from worker.upkeep_workflow import UpkeepWorkflow

_GRACE = timedelta(minutes=1)
_OVERLAP = timedelta(minutes=2)
"""Visibility lags behind: each look starts this much before the end of the last."""
_BATCH = 2000
_WITHIN = 20.0  # seconds for the starts, and for the deliveries, of one sweep
_MARK = "reconciled"

_log = structlog.get_logger(__name__)


class Upkeep:
    def __init__(self, client: Client, composition: Composition) -> None:
        self._client = client
        self._composition = composition
        self._database = composition.database

    @activity.defn(name="sweep")
    async def sweep(self) -> None:
        """Starts enrollments and delivers events and answers whose caller never came back."""
        before = clock.at(clock.machine() - _GRACE)
        async with self._database.read() as session:
            rows = await Enrollments(session).unstarted(before, _BATCH)
            answered = await Tasks(session).undelivered(before, _BATCH)
        started = await self._composition.enroller.complete_all(rows, _WITHIN)
        delivered = await self._composition.router.deliver_left(before, _WITHIN)
        answers = await self._composition.answering.deliver_all(answered, _WITHIN)
        if rows or delivered or answered:
            _log.info(
                "swept",
                started=started,
                delivered=delivered,
                answers=answers,
                left=len(rows) + len(answered) - started - answers,
            )
        async with self._database.begin() as session:
            await IdempotencyKeys(session).sweep()

    @activity.defn(name="reconcile")
    async def reconcile(self) -> None:
        """Corrects what a terminate, cancel, failure or reset in Temporal UI left in the projection."""
        began = clock.machine()
        async with self._database.read() as session:
            mark = await Marks(session).get(_MARK)
        since = (mark or began - timedelta(days=1)) - _OVERLAP
        for row in await self._rows(f"CloseTime >= '{_rfc3339(since)}'", status="running"):
            await self._settle(row)
        running = f"StartTime >= '{_rfc3339(since)}' AND ExecutionStatus = 'Running'"
        for row in await self._rows(running, status="ended"):
            await self._reopen(row)
        async with self._database.begin() as session:
            await Marks(session).set(_MARK, began)

    async def _rows(self, query: str, *, status: str) -> list[Enrollment]:
        """The enrollments of the runs that visibility finds, as far as their rows have this status."""
        ids = {run.id async for run in self._client.list_workflows(query)}
        async with self._database.read() as session:
            return await Enrollments(session).among(sorted(ids), status)

    async def _settle(self, row: Enrollment) -> None:
        """Writes the outcome of a run that is closed; one that goes on (reset, continued) is left alone."""
        handle = self._client.get_workflow_handle(row.id)
        described = await handle.describe()
        outcome = _OUTCOMES.get(described.status) if described.status else None
        if described.status == WorkflowExecutionStatus.COMPLETED:
            outcome = await self._told(row.id)
        if outcome is not None:
            await self._end(row, outcome, clock.at(described.close_time or clock.machine()))

    async def _told(self, enrollment_id: str) -> tuple[str, str | None] | None:
        try:
            result = await self._client.get_workflow_handle(enrollment_id).result()
        except (WorkflowFailureError, RPCError):
            return None
        told = result if isinstance(result, dict) else {}  # a plain workflow may answer anything
        return str(told.get("outcome", "completed")), told.get("reason")

    async def _end(self, row: Enrollment, outcome: tuple[str, str | None], at: datetime) -> None:
        async with self._database.begin() as session:
            if await Enrollments(session).mark_ended(row.id, *outcome, at):
                await Tasks(session).withdraw([row.id])
                _log.info("reconciled", enrollment=row.id, outcome=outcome[0])

    async def _reopen(self, row: Enrollment) -> None:
        """A run that was reset goes on under its id."""
        try:
            described = await self._client.get_workflow_handle(row.id).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return
            raise
        if described.status == WorkflowExecutionStatus.RUNNING:
            async with self._database.begin() as session:
                await Enrollments(session).reopen(row.id)
                await Tasks(session).reopen(row.id)
            _log.info("reopened", enrollment=row.id)


async def schedule(client: Client) -> None:
    """Makes the schedule, once for a namespace."""
    try:
        await client.create_schedule(
            "cadencia-upkeep",
            Schedule(
                action=ScheduleActionStartWorkflow(
                    UpkeepWorkflow.run, id="cadencia-upkeep", task_queue=WORKFLOWS_QUEUE
                ),
                spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(minutes=1))]),
            ),
        )
    except ScheduleAlreadyRunningError:
        return


_OUTCOMES: dict[WorkflowExecutionStatus, tuple[str, str | None]] = {
    WorkflowExecutionStatus.TERMINATED: ("terminated", None),
    WorkflowExecutionStatus.CANCELED: ("exited", "cancelled"),
    WorkflowExecutionStatus.FAILED: ("failed", None),
    WorkflowExecutionStatus.TIMED_OUT: ("failed", "timed_out"),
}


def _rfc3339(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
