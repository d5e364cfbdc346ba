"""What every run can do, whatever its workflow: enter again, continue as new, park, and be steered from Temporal UI."""

import asyncio
from contextlib import suppress

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from activities.calls import Entry, EventSignal
from store import clock
from tests.workflows.stack import Run, Stack
from worker.connection import Runs
from worker.upkeep.reconciling import Reconciler
from workflows.contracts import Enrollment, Exit, Ledger, Resume
from workflows.kit import days, hours


async def runs_of(run: Run) -> int:
    """How many runs the enrollment's chain has so far."""
    query = f"WorkflowId = '{run.enrolled.id}'"
    return len([one async for one in run.stack.client.list_workflows(query)])


async def grow(run: Run) -> None:
    """Makes the history longer without doing anything."""
    await run.update("pause")
    await run.update("resume", Resume())


async def test_a_second_enrollment_has_its_own_id_and_its_messages(stack: Stack) -> None:
    first = await stack.enroll("patient")
    await first.event("meeting.booked")
    assert await first.outcome() == "met"
    second = await stack.enroll("patient", first.contact)
    assert (first.enrolled.id[-2:], second.enrolled.id[-2:]) == (":1", ":2")
    assert (await first.sent(), await second.sent()) == (
        ["welcome/hello", "welcome/guide"],
        ["welcome/hello"],
    )
    assert len(await second.mails()) == 3


async def test_once_means_once(stack: Stack) -> None:
    first = await stack.enroll("welcome-series")
    second = await stack.enroll("welcome-series", first.contact)
    assert (second.enrolled.created, second.enrolled.reason) == (False, "already_running")
    await first.event("order.completed")
    await first.outcome()
    third = await stack.enroll("welcome-series", first.contact)
    assert (third.enrolled.created, third.enrolled.reason) == (False, "already_enrolled")
    assert len(await first.mails()) == 1


async def test_continue_as_new_in_mid_wait_counts_the_time_served(short_histories: Stack) -> None:
    run = await short_histories.enroll("patient")
    await run.advance(days(4))
    before = await runs_of(run)
    await grow(run)
    assert await runs_of(run) > before
    await run.advance(days(6) - hours(2))
    assert await run.sent() == ["welcome/hello"]
    await run.advance(hours(3))
    assert await run.outcome() == "completed"
    assert await run.sent() == ["welcome/hello", "welcome/offer"]
    assert len(await run.mails()) == 2


async def test_continue_as_new_inside_together(short_histories: Stack) -> None:
    run = await short_histories.enroll("milestones")
    await run.advance(days(4))
    await run.event("site.visited")
    await grow(run)
    await run.advance(days(6) + hours(1))
    assert await run.sent() == ["nurture/second"], "only the branch that waits still, after 4 and 6 days"
    await run.event("email.bounced")
    assert await run.sent() == ["nurture/second", "nurture/third"]
    await run.advance(days(1) + hours(1))
    assert await run.outcome() == "completed"
    assert await runs_of(run) > 1
    assert (await run.contact_now()).attributes == {"milestones_done": True}
    assert len(await run.mails()) == 2


async def test_a_long_chain_keeps_time(chain: Stack) -> None:
    run = await chain.enroll("patient")
    for _ in range(4):
        await run.advance(days(2))
        await run.update("migrate")
    await run.advance(days(2) - hours(1))
    assert await run.sent() == ["welcome/hello"]
    await run.advance(hours(2))
    assert await run.sent() == ["welcome/hello", "welcome/offer"]


async def start_with(stack: Stack, entries: tuple[Entry, ...]) -> Run:
    """A run of Patient that begins with a ledger, as after continue-as-new."""
    run = await stack.enroll("patient")
    await run.update("exit", Exit())
    await run.outcome()
    ledger = Ledger(started=clock.now(), entries=entries)
    await stack.client.start_workflow(
        "Patient",
        Enrollment(
            id=run.enrolled.id, workflow="patient", subject_kind="contact", subject_id=run.contact.id,
            entry="1", release="old", ledger=ledger,
        ),
        id=run.enrolled.id,
        task_queue="cadencia-workflows",
    )  # fmt: skip
    await run.quiet()
    return run


async def test_a_ledger_that_does_not_fit_parks_and_loses_nothing(stack: Stack) -> None:
    removed = Entry(key="send_email:removed#1", result={"message_id": "msg_1"}, at=clock.now())
    run = await start_with(stack, (removed,))
    state = await run.state()
    assert state.status == "parked"
    assert state.parked is not None
    assert state.parked.startswith("send_email:removed#1 was done, but the code never asks for it")
    assert state.trail == (removed,)

    await Runs(stack.client).signal(run.enrolled.id, EventSignal(id="evt_1", name="meeting.booked"))
    await run.advance(days(20))
    assert len(await run.mails()) == 1, "the greeting of the first run, and nothing since"
    await run.update("migrate")
    state = await run.state()
    assert (state.status, state.inbox, state.trail) == ("parked", 1, (removed,))
    await run.update("exit", Exit(reason="obsolete"))
    assert await run.outcome() == "exited"


async def test_changed_terms_park_too(stack: Stack) -> None:
    sent = Entry(
        key="send_email:welcome/hello#1", result={"message_id": "msg_1", "skipped": None}, at=clock.now()
    )
    waited = Entry(
        key="wait_for:meeting.booked#1", terms={"seconds": 60.0, "events": ["meeting.booked"]}, at=clock.now()
    )
    run = await start_with(stack, (sent, waited))
    assert "wait_for:meeting.booked#1 changed" in str((await run.state()).parked)


async def test_terminate_is_reconciled(stack: Stack) -> None:
    run = await stack.enroll("patient")
    await run.handle.terminate("by an operator, in Temporal UI")
    await reconciled(stack, run, "ended")
    row = await run.row()
    assert (row.status, row.outcome) == ("ended", "terminated")


async def test_cancel_is_an_exit(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.handle.cancel()
    with suppress(WorkflowFailureError):
        await asyncio.wait_for(run.handle.result(), 10)
    assert (await run.handle.describe()).status == WorkflowExecutionStatus.CANCELED
    row = await run.row()
    assert (row.status, row.outcome, row.reason) == ("ended", "exited", "cancelled")


async def test_reset_sends_nothing_twice_and_opens_the_row_again(stack: Stack) -> None:
    run = await stack.enroll("patient")
    await run.event("meeting.booked")
    assert await run.outcome() == "met"
    history = await run.handle.fetch_history()
    first = next(e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    await run.reset(first.event_id)
    await reconciled(stack, run, "running")
    await run.event("meeting.booked")
    assert await run.outcome() == "met"
    assert await run.sent() == ["welcome/hello", "welcome/guide"]
    assert len(await run.mails()) == 2


async def test_a_run_that_was_reset_and_waits_is_running_again_in_lists(stack: Stack) -> None:
    run = await stack.enroll("patient")
    await run.update("exit", Exit())
    await run.outcome()
    assert (await run.row()).status == "ended"
    history = await run.handle.fetch_history()
    waits = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    await run.reset(waits[0].event_id - 1, reset_reapply_exclude_types=[1, 2])
    await reconciled(stack, run, "running")
    assert (await run.state()).status == "running"


async def reconciled(stack: Stack, run: Run, status: str) -> None:
    """Reconciles until the row has the status: visibility follows the server with a delay."""
    reconciler = Reconciler(stack.client, stack.composition.database)
    for _ in range(50):
        await reconciler.run()
        if (await run.row()).status == status:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the row never said {status}")


async def test_a_clock_behind_the_toolkits_back_is_caught(stack: Stack) -> None:
    run = await stack.enroll("impatient", rest=False)
    for _ in range(100):
        history = await run.handle.fetch_history()
        failed = [e for e in history.events if e.HasField("workflow_task_failed_event_attributes")]
        if failed:
            break
        await asyncio.sleep(0.05)
    assert "datetime.datetime.now" in failed[0].workflow_task_failed_event_attributes.failure.message
    await run.handle.terminate("seen")
