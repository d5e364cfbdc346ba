"""Starting a run again under its id, from the ledger that its history gave. What it is told meanwhile is not lost."""

import json
import uuid

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.workflowservice.v1 import StartWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHistory

from workflows.analysis.reading import read_history, signals
from workflows.contracts import Enrollment
from workflows.kit.search import RELEASE

_MOVED_FROM = "CadenciaMovedFrom"


async def start_again(client: Client, history: WorkflowHistory, enrollment: Enrollment) -> None:
    """Ends the run and starts another in its place, in one call to the server: the id is never without a run.

    Two workers that start at the same time make the same request, which the server takes once.
    """
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
    request.memo.fields[_MOVED_FROM].CopyFrom(_json(history.run_id))
    request.search_attributes.indexed_fields[RELEASE.name].data = json.dumps(enrollment.release).encode()
    await client.workflow_service.start_workflow_execution(request)


async def tell_again(client: Client, history: WorkflowHistory) -> None:
    """Tells a run that was started again what its predecessor was told and had not yet taken in.

    May be repeated: an event counts once, by its id.
    """
    memo = history.events[0].workflow_execution_started_event_attributes.memo.fields
    if _MOVED_FROM not in memo:
        return
    ledger = read_history(history).enrollment.ledger
    known = {*ledger.used, *(one.id for one in ledger.inbox)} if ledger else set()
    predecessor = client.get_workflow_handle(history.workflow_id, run_id=json.loads(memo[_MOVED_FROM].data))
    before = await predecessor.fetch_history()
    handle = client.get_workflow_handle(history.workflow_id)
    for event in signals(before):
        if event.id not in known:
            await handle.signal("event", event)
    if "cancel" in read_history(before).unheard:
        await handle.cancel()


def _json(value: str) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())
