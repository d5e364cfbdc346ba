"""Runs whose workflow tasks fail: Temporal reports them, and their failure is kept with those of activities."""

import asyncio
import re

from temporalio.api.common.v1 import WorkflowExecution as RunName
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.common import SearchAttributeKey

from activities.errors import snake
from store.database import Database
from store.task_failures import TaskFailures
from worker.search_attributes import REPORTED
from worker.upkeep.reconciling import describe

_REPORTED = SearchAttributeKey.for_keyword_list(REPORTED)
_QUERY = f"{_REPORTED.name} IS NOT NULL AND ExecutionStatus = 'Running'"
_MOST = 1_000  # runs described in one pass; those without a row yet come first
_AT_ONCE = 16
_EVENTS = 20  # the last ones of a history: a failed task is among them, as nothing follows it


class FailingTasks:
    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._database = database
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Brings the failures of workflow tasks up to what Temporal reports now."""
        reported = {run.id: run async for run in self._client.list_workflows(_QUERY)}
        async with self._database.begin() as session:
            known = await TaskFailures(session).forget_others(reported)
        chosen = sorted(reported, key=lambda id: (id in known, id))[:_MOST]
        await asyncio.gather(*(self._tell(reported[id]) for id in chosen))

    async def _tell(self, run: WorkflowExecution) -> None:
        async with self._turn:
            described = await describe(self._client, run.id)
            text = await self._text(run)
        if described is None:
            return
        attempt = described.raw_description.pending_workflow_task.attempt
        code = _code(run.typed_search_attributes.get(_REPORTED, ()))
        async with self._database.begin() as session:
            await TaskFailures(session).tell(run.id, code, text or code, max(attempt, 1))

    async def _text(self, run: WorkflowExecution) -> str:
        """The message of the last workflow task that failed; only the first of several attempts is an event."""
        request = GetWorkflowExecutionHistoryReverseRequest(
            namespace=self._client.namespace,
            execution=RunName(workflow_id=run.id, run_id=run.run_id),
            maximum_page_size=_EVENTS,
        )
        answer = await self._client.workflow_service.get_workflow_execution_history_reverse(request)
        for event in answer.history.events:
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                return str(event.workflow_task_failed_event_attributes.failure.message)
        return ""


def _code(reported: object) -> str:
    """`workflow_worker_unhandled_failure` of `cause=WorkflowTaskFailedCauseWorkflowWorkerUnhandledFailure`."""
    causes = [str(one) for one in reported if str(one).startswith("cause=")]  # type: ignore[attr-defined]
    name = re.sub(r"^cause=(WorkflowTask(Failed|TimedOut)Cause)?", "", causes[0]) if causes else "failed"
    return snake(name)
