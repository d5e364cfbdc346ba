"""Starting a run again under its id, from the ledger that its history gave. What it is told meanwhile is not lost."""

import json
import sys
import uuid
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.workflowservice.v1 import StartWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from activities.calls import Cursor, EventSignal
from workflows.analysis.reading import came_after
from workflows.analysis.recorded import News
from workflows.contracts import Enrollment, Exit, HandedOver, Resume
from workflows.kit.search import RELEASE

_MOVED_FROM = "CadenciaMovedFrom"


async def start_again(client: Client, history: WorkflowHistory, heard: int, enrollment: Enrollment) -> bool:
    """Ends the run and starts another in its place, in one call to the server: the id is never without a run.

    `heard`: the event up to which the ledger knows what the run was told. Two workers that start at the same time make
    the same request, which the server takes once. False when the run has ended meanwhile.
    """
    described = await client.get_workflow_handle(history.workflow_id).describe()
    if described.status != WorkflowExecutionStatus.RUNNING:
        return False
    event = history.events[0]
    started = event.workflow_execution_started_event_attributes
    request = StartWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_id=history.workflow_id,
        workflow_type=started.workflow_type,
        task_queue=started.task_queue,
        identity=client.identity,
        request_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{history.run_id}/{enrollment.release}")),
        workflow_id_reuse_policy=WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
        workflow_id_conflict_policy=WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING,
        search_attributes=started.search_attributes,
        memo=started.memo,
        user_metadata=event.user_metadata,
    )
    request.input.payloads.extend(await client.data_converter.encode([enrollment]))
    place = {"run_id": history.run_id, "heard": heard, "read": history.events[-1].event_id}
    request.memo.fields[_MOVED_FROM].CopyFrom(_json(place))
    release = Payload(metadata={"encoding": b"json/plain", "type": b"Keyword"})
    release.data = json.dumps(enrollment.release).encode()
    request.search_attributes.indexed_fields[RELEASE.name].CopyFrom(release)
    try:
        await client.workflow_service.start_workflow_execution(request)
    except RPCError as error:
        if error.status == RPCStatusCode.ALREADY_EXISTS:
            return False
        raise
    return True


async def hand_over(client: Client, history: WorkflowHistory) -> None:
    """Tells a run that was started again what its predecessor was told and the ledger does not know, in order.

    May be repeated: each counts once, by its id.
    """
    memo = history.events[0].workflow_execution_started_event_attributes.memo.fields
    if _MOVED_FROM not in memo:
        return
    place = json.loads(memo[_MOVED_FROM].data)
    if isinstance(place, str):
        # A worker of the first habit noted the run alone, and told events alone.
        place = {"run_id": place, "heard": 0, "read": sys.maxsize}
    run_id, heard, read = place["run_id"], place["heard"], place["read"]
    handle = client.get_workflow_handle(history.workflow_id)
    while run_id and (before := await _history(client, history.workflow_id, run_id)):
        for event_id, news in came_after(before, heard, read):
            await _tell(handle, f"{run_id}/{event_id}", news)
        # It may have continued as new before it was replaced.
        run_id = before.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        heard = read = 0


async def _history(client: Client, id: str, run_id: str) -> WorkflowHistory | None:
    """None when it was closed longer ago than Temporal keeps runs."""
    try:
        return await client.get_workflow_handle(id, run_id=run_id).fetch_history()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _tell(handle: WorkflowHandle[Any, Any], id: str, news: News) -> None:
    """An update goes by signal: no worker is there yet to answer it."""
    match news:
        case EventSignal():
            await handle.signal("event", news)
        case Cursor():
            await handle.signal("unread", news)
        case HandedOver():
            await handle.signal("handed_over", news)
        case Resume() | Exit():
            await handle.signal("handed_over", HandedOver(id=id, update=news))
        case "pause":
            await handle.signal("handed_over", HandedOver(id=id))
        case "cancel":
            await handle.cancel()


def _json(value: Any) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())
