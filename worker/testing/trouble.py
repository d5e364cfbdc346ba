"""Why a run does not come to rest, in words that its author can act on."""

from sqlmodel import col, select
from temporalio.api.enums.v1 import EventType

from store.tables import Failure
from worker.testing.backend import Backend


async def explained(backend: Backend, enrollment_id: str) -> str:
    """What fails in it, again and again: an activity, with the text that the database keeps, or the path itself."""
    description = (await backend.handle(enrollment_id).describe()).raw_description
    if description.pending_activities:
        pending = description.pending_activities[0]
        text = await _last_failure(backend, enrollment_id)
        return f"{pending.activity_id} fails, and is tried again: {text or pending.last_failure.message}"
    return f"{enrollment_id} cannot go on: {await _in_the_path(backend, enrollment_id)}"


async def _last_failure(backend: Backend, enrollment_id: str) -> str | None:
    async with backend.composition.database.read() as session:
        query = (
            select(Failure)
            .where(col(Failure.enrollment_id) == enrollment_id)
            .order_by(col(Failure.at).desc())
        )
        failure = (await session.scalars(query.limit(1))).first()
    return f"{failure.code}: {failure.text}" if failure else None


async def _in_the_path(backend: Backend, enrollment_id: str) -> str:
    history = await backend.handle(enrollment_id).fetch_history()
    failed = [
        event.workflow_task_failed_event_attributes.failure
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    return f"{failed[-1].message}\n{failed[-1].stack_trace}" if failed else "it is never quiet"
