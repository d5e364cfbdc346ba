"""The back end as tests of the product itself look at it: mail goes by SMTP to the catcher, runs can be reset."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle

from activities.enrolling import Enrolled
from activities.routing import Happening, Routed
from activities.runs import RunsUnavailable
from store.contacts import Contacts
from store.decisions import Decisions
from store.effects import Effects, TrailEntry
from store.enrollments import Enrollments
from store.messages import Messages
from store.tables import Contact, Decision, Enrollment, Message
from worker.catcher import Catcher
from worker.connection import Runs
from worker.settings import Settings
from worker.testing import backend
from worker.testing.backend import CONSENT, Backend
from worker.testing.servers import Clock, chains, time_skipping
from workflows.contracts import State

__all__ = ["CONSENT", "Run", "Stack", "chains", "running", "time_skipping"]


@dataclass(frozen=True)
class Stack(Backend):
    """A back end with a mail catcher."""

    catcher: Catcher

    async def enroll(
        self,
        workflow: str,
        contact: Contact | None = None,
        *,
        params: dict[str, Any] | None = None,
        entry_key: str | None = None,
        rest: bool = True,
        **draft: Any,
    ) -> "Run":
        """`rest=False`: does not wait until the run comes to rest, which one whose mail is refused does not."""
        contact = contact or await self.contact(**draft)
        run = Run(self, await self.enter(workflow, contact, params, entry_key), contact)
        if rest:
            await run.quiet()
        return run


@dataclass
class Run:
    """One enrollment, as a test looks at it."""

    stack: Stack
    enrolled: Enrolled
    contact: Contact

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.stack.handle(self.enrolled.id)

    async def advance(self, duration: timedelta) -> None:
        """Lets time pass, and what falls due be done."""
        await self.stack.advance(self.enrolled.id, duration)

    async def event(self, name: str, message: Message | None = None, **options: Any) -> Routed:
        happening = Happening(
            id=options.pop("id", secrets.token_hex(8)),
            name=name,
            contact=self.contact.id,
            message_id=message.id if message else None,
            **options,
        )
        routed = await self.stack.composition.router.post(happening)
        await self.quiet()
        return routed

    async def update(self, name: str, *args: Any) -> None:
        await Runs(self.stack.client).update(self.enrolled.id, name, *args)
        await self.quiet()

    async def reset(self, before_event: int, **options: Any) -> None:
        """Resets the run as Temporal UI does, to the workflow task that completed with that event."""
        history = await self.handle.fetch_history()
        await self.stack.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self.stack.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=self.enrolled.id, run_id=history.run_id),
                reason="test",
                workflow_task_finish_event_id=before_event,
                request_id=secrets.token_hex(8),
                **options,
            )
        )
        await self.quiet()

    async def state(self) -> State:
        """A run is asked for 2 s; where the machine is busy, again."""
        async with asyncio.timeout(30):
            while True:
                try:
                    return await Runs(self.stack.client).state(self.enrolled.id)
                except RunsUnavailable:
                    continue

    async def outcome(self) -> str:
        result = await asyncio.wait_for(self.handle.result(), 20)
        outcome: str = result["outcome"]
        return outcome

    async def sent(self) -> list[str]:
        """Templates sent in this enrollment, in order."""
        return [message.template for message in await self.messages() if message.status == "sent"]

    async def messages(self) -> list[Message]:
        async with self.stack.composition.database.read() as session:
            messages, _ = await Messages(session).page(enrollment_id=self.enrolled.id, limit=500)
        return sorted(messages, key=lambda message: message.created_at)

    async def last_message(self) -> Message:
        return (await self.messages())[-1]

    async def decisions(self) -> list[Decision]:
        async with self.stack.composition.database.read() as session:
            decisions, _ = await Decisions(session).page(self.contact.id, 500, None)
        return list(decisions)

    async def row(self) -> Enrollment:
        async with self.stack.composition.database.read() as session:
            row = await Enrollments(session).get(self.enrolled.id)
        assert row is not None
        return row

    async def trail(self) -> list[TrailEntry]:
        async with self.stack.composition.database.read() as session:
            return await Effects(session).trail(self.enrolled.id)

    async def last_decision(self) -> tuple[str, str]:
        decision = (await self.decisions())[0]
        return decision.verdict, decision.reason

    async def contact_now(self) -> Contact:
        async with self.stack.composition.database.read() as session:
            contact = await Contacts(session).get(self.contact.id)
        assert contact is not None
        return contact

    async def mails(self) -> list[str]:
        """Subjects in the mail catcher, oldest first."""
        mails = await self.stack.catcher.messages()
        return [mail.subject for mail in reversed(mails) if mail.to == self.contact.email]

    async def quiet(self) -> None:
        """Until nothing is pending: no workflow task, no activity."""
        await self.stack.rest(self.enrolled.id)


@asynccontextmanager
async def running(
    client: Client, skip: Clock, folder: Path, *packages: str, **changes: Any
) -> AsyncIterator[Stack]:
    """A worker with the product's workflows, or those of the given packages, until the block is left. Settings may be
    changed."""
    async with Catcher.running(folder / "mail") as catcher:
        settings = Settings(
            home=folder,
            catcher_smtp_port=catcher.smtp_port,
            workflows=list(packages) or ["workflows"],
            **changes,
        )
        async with backend.running(client, skip, settings) as base:
            yield Stack(**vars(base), catcher=catcher)
