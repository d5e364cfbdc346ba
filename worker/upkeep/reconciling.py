"""What a terminate, cancel, failure or reset in Temporal UI left in the rows is corrected."""

from datetime import datetime, timedelta

import structlog
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.endings import withdraw
from store import clock
from store.database import Database
from store.enrollments import Enrollments
from store.marks import Marks
from store.tables import Enrollment
from store.tasks import Tasks

_OVERLAP = timedelta(minutes=2)
"""Visibility lags behind: each look starts this much before the end of the last."""
_MARK = "reconciled"

_log = structlog.get_logger(__name__)


class Reconciler:
    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._database = database

    async def run(self) -> None:
        """Looks at the runs that closed, and at those that began, since it looked last."""
        began = clock.machine()
        async with self._database.read() as session:
            mark = await Marks(session).get(_MARK)
        since = rfc3339((mark or began - timedelta(days=1)) - _OVERLAP)
        for row in await self._rows(f"CloseTime >= '{since}'", status="running"):
            if described := await describe(self._client, row.id):
                await self.settle(row.id, described)
        for row in await self._rows(
            f"StartTime >= '{since}' AND ExecutionStatus = 'Running'", status="ended"
        ):
            described = await describe(self._client, row.id)
            if described and described.status == WorkflowExecutionStatus.RUNNING:
                await self._reopen(row.id)
        async with self._database.begin() as session:
            await Marks(session).set(_MARK, began)

    async def settle(self, id: str, described: WorkflowExecutionDescription) -> None:
        """Writes the outcome of a run that is closed; one that goes on (reset, continued) is left alone."""
        outcome = _OUTCOMES.get(described.status) if described.status else None
        if described.status == WorkflowExecutionStatus.COMPLETED:
            outcome = await self._told(id)
        if outcome is not None:
            await self._end(id, outcome, clock.at(described.close_time or clock.machine()))

    async def _rows(self, query: str, *, status: str) -> list[Enrollment]:
        """The enrollments of the runs that visibility finds, as far as their rows have this status."""
        ids = {run.id async for run in self._client.list_workflows(query)}
        async with self._database.read() as session:
            return await Enrollments(session).among(sorted(ids), status)

    async def _told(self, enrollment_id: str) -> tuple[str, str | None] | None:
        try:
            result = await self._client.get_workflow_handle(enrollment_id).result()
        except (WorkflowFailureError, RPCError):
            return None
        told = result if isinstance(result, dict) else {}  # a plain workflow may answer anything
        return str(told.get("outcome", "completed")), told.get("reason")

    async def _end(self, id: str, outcome: tuple[str, str | None], at: datetime) -> None:
        async with self._database.begin() as session:
            if await Enrollments(session).mark_ended(id, *outcome, at):
                await withdraw(session, [id])
                _log.info("reconciled", enrollment=id, outcome=outcome[0])

    async def _reopen(self, id: str) -> None:
        """A run that was reset goes on under its id."""
        async with self._database.begin() as session:
            await Enrollments(session).reopen(id)
            await Tasks(session).reopen(id)
        _log.info("reopened", enrollment=id)


async def describe(client: Client, id: str) -> WorkflowExecutionDescription | None:
    """The latest run of this id; None when Temporal does not know any."""
    try:
        return await client.get_workflow_handle(id).describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise


def rfc3339(at: datetime) -> str:
    """A time as queries of visibility take it."""
    return at.isoformat()


_OUTCOMES: dict[WorkflowExecutionStatus, tuple[str, str | None]] = {
    WorkflowExecutionStatus.TERMINATED: ("terminated", None),
    WorkflowExecutionStatus.CANCELED: ("exited", "cancelled"),
    WorkflowExecutionStatus.FAILED: ("failed", None),
    WorkflowExecutionStatus.TIMED_OUT: ("failed", "timed_out"),
}
