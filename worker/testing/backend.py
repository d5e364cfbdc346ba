"""A worker with everything behind it, for tests."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from activities.enrolling import Enrolled
from activities.providers.email.routing import Outbox
from store import clock
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.migrate import upgrade
from store.tables import Contact
from worker.catalogue import Installed, install
from worker.composition import Composition, compose
from worker.connection import Runs
from worker.runner import workers
from worker.settings import Settings
from worker.testing.servers import Clock

CONSENT = {"marketing": ConsentGrant(granted=True, source="test form")}
PATIENCE = timedelta(seconds=20)
_APART = timedelta(seconds=10)
_SLACK = timedelta(minutes=10)  # real time passes too, while a test waits


_BEFORE_A_TASK = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
    EventType.EVENT_TYPE_TIMER_FIRED,
}


class Restless(AssertionError):
    """A run does not come to rest: something in it is tried again and again."""


@dataclass(frozen=True)
class Backend:
    """Enrolls contacts of its own making, so that tests need not clean up after each other."""

    client: Client
    clock: Clock
    composition: Composition
    installed: Installed
    settings: Settings

    def handle(self, enrollment_id: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(enrollment_id)

    async def contact(self, draft: ContactDraft | None = None, **fields: Any) -> Contact:
        """A contact that agreed to marketing, unless it is said otherwise."""
        made = {"email": f"{secrets.token_hex(6)}@example.com", "consent": CONSENT, **fields}
        async with self.composition.database.begin() as session:
            return (await Contacts(session).upsert(draft or ContactDraft(**made)))[0]

    async def enter(
        self,
        workflow: str,
        contact: Contact,
        params: Mapping[str, Any] | None = None,
        entry_key: str | None = None,
    ) -> Enrolled:
        return await self.composition.enroller.enroll(workflow, contact.id, params, entry_key)

    async def advance(self, enrollment_id: str, duration: timedelta, attempts: int | None = None) -> None:
        """Lets time pass, and ten seconds more, and what falls due be done. A run that has ended is left alone.

        Where a skip ends just as something falls due, the server may skip on to what comes next (its clock is checked):
        the seconds keep the two apart.
        """
        if not await self._running(enrollment_id):
            return
        handle = self.handle(enrollment_id)
        until = await self.clock.now(handle) + duration + _APART
        await self.clock.advance(handle, duration + _APART)
        await self.rest(enrollment_id, attempts)
        now = await self.clock.now(handle)
        right = abs(now - until) < _SLACK or not await self._running(enrollment_id)
        assert right, f"the test server's clock went wrong: it shows {now}, not {until}"

    async def _running(self, enrollment_id: str) -> bool:
        return (await self.handle(enrollment_id).describe()).status == WorkflowExecutionStatus.RUNNING

    async def rest(self, enrollment_id: str, attempts: int | None = None) -> None:
        """Until nothing is pending: no workflow task, no activity. Skipping returns before the wake-up is done.

        Raises Restless after 20 s, or after so many attempts at one thing.
        """
        still = 0
        deadline = clock.machine() + PATIENCE
        while still < 2:
            description = (await self.handle(enrollment_id).describe()).raw_description
            still = 0 if _pending(description) or await self._between(enrollment_id) else still + 1
            if clock.machine() > deadline or (attempts and _attempts(description) >= attempts):
                raise Restless(f"{enrollment_id} does not come to rest: {description}")
            await asyncio.sleep(0.02)

    async def _between(self, enrollment_id: str) -> bool:
        """Whether a workflow task is due, on the server whose descriptions do not tell."""
        if not self.clock.shared:
            return False
        history = await self.handle(enrollment_id).fetch_history()
        return history.events[-1].event_type in _BEFORE_A_TASK


def _pending(description: DescribeWorkflowExecutionResponse) -> bool:
    # The server lets a moment pass between two runs of one id: the new one has only its first event then.
    begun = description.workflow_execution_info.history_length > 1
    return (
        not begun
        or description.HasField("pending_workflow_task")
        or bool(description.pending_activities)
        or int(description.workflow_execution_info.status) == WorkflowExecutionStatus.CONTINUED_AS_NEW
    )


def _attempts(description: DescribeWorkflowExecutionResponse) -> int:
    tried = [activity.attempt for activity in description.pending_activities]
    return max([description.pending_workflow_task.attempt, *tried])


@asynccontextmanager
async def running(
    client: Client, skip: Clock, settings: Settings, outbox: Outbox | None = None
) -> AsyncIterator[Backend]:
    """A worker with the workflows that the settings name, until the block is left."""
    async with AsyncExitStack() as stack:
        await upgrade(settings.database_url)
        installed = install(settings)
        composition = compose(settings, installed.catalogue, Runs(client), outbox)
        stack.push_async_callback(composition.close)
        for worker in workers(client, installed, composition):
            await stack.enter_async_context(worker)
        yield Backend(client, skip, composition, installed, settings)
