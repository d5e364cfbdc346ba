"""Nothing personal, and no error text, in anything that Temporal keeps."""

import asyncio
from dataclasses import replace
from typing import Any

from temporalio.client import WorkflowExecutionDescription

from tests.mail.conftest import FakeRelay, relay
from tests.workflows.stack import CONSENT, Run, Stack
from tests.workflows.test_sending import relayed
from workflows.contracts import Enrollment
from workflows.kit import days, hours

__all__ = ["relay", "relayed"]

SECRETS: dict[str, Any] = {
    "email": "zebedee.quux@private-domain.example",
    "name": "Zebedee Quux",
    "attributes": {"favourite": "xylophone-4711"},
}
WORDS = [
    b"zebedee",
    b"quux",
    b"private-domain",
    b"xylophone-4711",
    b"mailbox is full of secrets",
    b"FOREIGN KEY",
    b"INSERT",
]


async def kept(stack: Stack) -> list[tuple[str, bytes]]:
    """Every byte that the server holds of every run: histories, failures, memos, ids, search attributes."""
    found = []
    async for run in stack.client.list_workflows():
        handle = stack.client.get_workflow_handle(run.id, run_id=run.run_id)
        description: WorkflowExecutionDescription = await handle.describe()
        found.append((run.id, description.raw_description.SerializeToString()))
        async for event in handle.fetch_history_events():
            found.append((run.id, event.SerializeToString()))
    return found


async def failed_attempts(run: Run, count: int) -> None:
    """Until an activity of the run has failed so often."""
    for _ in range(200):
        description = (await run.handle.describe()).raw_description
        if any(one.attempt > count for one in description.pending_activities):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("no activity failed")


async def test_histories_hold_nothing_personal(relayed: Stack, relay: FakeRelay) -> None:
    run = await relayed.enroll("welcome-series", consent=CONSENT, **SECRETS)
    await run.event("site.visited", properties={"url": "https://shop.example/xylophone-4711"})
    await run.advance(days(3) + hours(1))
    await run.event("order.completed", properties={"amount": "12.50", "note": "for Zebedee"})
    assert await run.outcome() == "converted"

    relay.on_rcpt = lambda address: f"452 4.2.2 {address}: mailbox is full of secrets"
    full = await relayed.enroll(
        "patient", rest=False, **{**SECRETS, "email": "zebedee2@private-domain.example"}
    )
    await failed_attempts(full, 1)
    relay.on_rcpt = lambda address: f"550 5.1.1 {address} has no mailbox for Zebedee Quux"
    for _ in range(200):
        if (await full.last_message()).status == "failed":
            break
        await asyncio.sleep(0.05)

    stranger = f"{full.contact.id}:unknown"
    await relayed.client.start_workflow(
        "WelcomeSeries",
        Enrollment(
            id=stranger, workflow="welcome-series", subject_kind="contact", subject_id=full.contact.id,
            entry="1", release="test",
        ),
        id=stranger,
        task_queue="cadencia-workflows",
    )  # fmt: skip
    broken = Run(relayed, replace(full.enrolled, id=stranger), full.contact)
    await broken.quiet()
    assert (await broken.state()).parked == "no_enrollment at update_crm:lead#1"

    for run_id, data in await kept(relayed):
        for word in WORDS:
            assert word.lower() not in data.lower(), f"{word!r} in {run_id}"
    await broken.handle.terminate("seen")
