"""What Temporal or the database has lost: it goes on from its recorded steps, or is let go."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from temporalio.client import WorkflowExecutionStatus

from activities.calls import NO_ENROLLMENT, EventSignal
from activities.catalogue import Reentry
from activities.placing import Entry, Place, place_all
from activities.recording import Happening
from store import clock
from store.contacts import ContactDraft
from store.enrollments import Enrollments
from store.presence import Presence
from store.suppressions import Suppressions
from store.tables import Contact, Effect, Enrollment, Failure
from store.tasks import Tasks
from tests.worker.upkeep.conftest import delete
from tests.workflows.stack import Run, Stack, running, time_skipping
from worker.connection import Runs
from worker.recovery import NothingToRecover, Recovery
from workflows.analysis.reading import read_history
from workflows.kit import days


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("recovery")
    async with time_skipping() as server, running(*server, folder, "tests.samples", "tests.plain") as stack:
        yield stack


@pytest.fixture
def recovery(stack: Stack) -> Recovery:
    return Recovery(stack.client, stack.composition.database, stack.installed.catalogue)


async def lost(stack: Stack, workflow: str, **options: Any) -> Run:
    """A run that was deleted, as upkeep has found."""
    run = await stack.enroll(workflow, **options)
    await delete(run)
    await mark_lost(run)
    return run


async def mark_lost(run: Run) -> None:
    async with run.stack.composition.database.begin() as session:
        await Presence(session).mark_missing([run.enrolled.id], clock.now())
        await Presence(session).mark_lost([run.enrolled.id], clock.now())


async def without_row(run: Run) -> None:
    async with run.stack.composition.database.begin() as session:
        await session.delete(await run.row())


async def test_a_lost_run_goes_on_from_its_recorded_steps_and_sends_nothing_twice(
    stack: Stack, recovery: Recovery
) -> None:
    run = await lost(stack, "patient")
    (hello,) = await run.trail()
    recovered = await recovery.recover(run.enrolled.id, "restart")
    assert recovered is not None
    assert (recovered.status, recovered.counts_from) == ("running", hello.at)
    await run.quiet()
    row = await run.row()
    assert (row.status, row.missing_since, row.lost_at) == ("running", None, None)
    state = await run.state()
    assert ([step.key for step in state.steps], state.parked) == (["wait_for:meeting.booked#1"], None)
    with pytest.raises(NothingToRecover, match="which goes on"):
        await recovery.recover(run.enrolled.id, "restart")
    await run.event("meeting.booked")
    assert await run.outcome() == "met"
    assert await run.sent() == ["welcome/hello", "welcome/guide"]
    assert len(await run.mails()) == 2


async def test_a_wait_that_no_step_has_recorded_is_answered_by_the_event_that_came(
    stack: Stack, recovery: Recovery
) -> None:
    run = await stack.enroll("patient")
    await delete(run)
    await run.stack.composition.router.post(
        Happening(id=f"evt_{run.contact.id}", name="meeting.booked", contact=run.contact.id)
    )
    await mark_lost(run)
    await recovery.recover(run.enrolled.id, "restart")
    assert await run.outcome() == "met"
    assert await run.sent() == ["welcome/hello", "welcome/guide"]


async def test_a_wait_that_no_step_has_recorded_counts_from_the_last_that_was(
    stack: Stack, recovery: Recovery
) -> None:
    run = await lost(stack, "patient")
    async with stack.composition.database.begin() as session:
        effect = (
            await session.scalars(select(Effect).where(col(Effect.enrollment_id) == run.enrolled.id))
        ).one()
        effect.at -= days(4)
        last = effect.at
    await recovery.recover(run.enrolled.id, "restart")
    await run.quiet()
    (wait,) = (await run.state()).steps
    assert (wait.since, wait.due) == (last, last + days(10))


async def test_a_lost_run_is_let_go(stack: Stack, recovery: Recovery) -> None:
    run = await lost(stack, "approving")
    recovered = await recovery.recover(run.enrolled.id, "let_go")
    assert recovered is not None
    row = await run.row()
    assert (recovered.status, row.status, row.outcome, row.lost_at) == ("ended", "ended", "lost", None)
    async with stack.composition.database.read() as session:
        ((task,), _) = await Tasks(session).page(enrollment_id=run.enrolled.id)
    assert task.status == "withdrawn"
    with pytest.raises(NothingToRecover, match="it ended as lost"):
        await recovery.recover(run.enrolled.id, "restart")


async def test_the_round_and_its_parameters_are_kept(stack: Stack, recovery: Recovery) -> None:
    run = await lost(stack, "renewing")
    id = run.enrolled.id
    async with stack.composition.database.begin() as session:
        row = await session.get_one(Enrollment, id)
        row.round, row.round_params = 2, {"year": 2, "years": 5}
        session.add(
            Effect(enrollment_id=id, key="r2/send_email:nurture/first#1", result={"message_id": "msg_2"})
        )
    await recovery.recover(id, "restart")
    given = read_history(await run.handle.fetch_history()).enrollment
    assert (given.params, given.ledger and given.ledger.round) == ({"year": 2, "years": 5}, 2)
    await run.quiet()
    assert [step.key for step in (await run.state()).steps] == ["r2/wait_for:meeting.booked#1"]


async def test_one_that_was_paused_stays_paused(stack: Stack, recovery: Recovery) -> None:
    run = await stack.enroll("patient")
    async with stack.composition.database.begin() as session:
        await Enrollments(session).set_run_status(run.enrolled.id, "paused", clock.now(), 1)
    await delete(run)
    await mark_lost(run)
    await recovery.recover(run.enrolled.id, "restart")
    await run.quiet()
    assert (await run.state()).status == "paused"


async def test_an_answer_to_a_task_that_no_step_has_recorded_is_told_again(
    stack: Stack, recovery: Recovery
) -> None:
    run = await stack.enroll("approving")
    async with stack.composition.database.read() as session:
        ((task,), _) = await Tasks(session).page(enrollment_id=run.enrolled.id)
    await delete(run)
    await mark_lost(run)
    await stack.composition.answering.answer(task.id, choice="no", comment=None, by="ann")
    await recovery.recover(run.enrolled.id, "restart")
    async with stack.composition.database.read() as session:
        untold = await Tasks(session).undelivered(clock.now(), 100)
    assert [one.id for one in untold] == [task.id]
    await stack.composition.answering.deliver_all(untold, 10)
    assert await run.outcome() == "refused"


async def test_a_goal_that_was_reached_while_the_run_was_lost_ends_it(
    stack: Stack, recovery: Recovery
) -> None:
    run = await lost(stack, "closing")
    happening = Happening(id="order-while-lost", name="order.completed", contact=run.contact.id)
    assert (await stack.composition.router.post(happening)).told == 0
    await recovery.recover(run.enrolled.id, "restart")
    await stack.composition.router.deliver_left(clock.now() + days(1), within=10)
    assert await run.outcome() == "converted"


async def test_what_temporal_has_is_not_recovered_nor_what_was_not_yet_missed(
    stack: Stack, recovery: Recovery
) -> None:
    run = await stack.enroll("patient")
    with pytest.raises(NothingToRecover, match="which goes on"):
        await recovery.recover(run.enrolled.id, "let_go")
    await delete(run)
    with pytest.raises(NothingToRecover, match="after a minute"):
        await recovery.recover(run.enrolled.id, "let_go")
    assert (await run.row()).status == "running"
    assert await recovery.recover("patient:con_nobody:1", "restart") is None


async def test_a_plain_workflow_is_not_begun_anew(stack: Stack, recovery: Recovery) -> None:
    run = await lost(stack, "anniversary", params={"card": "a year"})
    with pytest.raises(NothingToRecover, match="records no steps: let it go"):
        await recovery.recover(run.enrolled.id, "restart")
    assert await recovery.recover(run.enrolled.id, "let_go")


async def test_a_run_without_a_row_gets_one_from_its_input(stack: Stack, recovery: Recovery) -> None:
    run = await stack.enroll("patient")
    before = await run.row()
    await without_row(run)
    recovered = await recovery.recover(run.enrolled.id, "restart")
    assert recovered is not None
    await run.quiet()
    row = await run.row()
    told = (
        "workflow",
        "subject_id",
        "contact_id",
        "entry",
        "params",
        "release",
        "status",
        "run_status",
        "fault",
    )
    assert [getattr(row, name) for name in told] == [getattr(before, name) for name in told]
    await run.event("meeting.booked")
    assert await run.outcome() == "met"
    assert (await run.row()).outcome == "met"


async def test_a_run_without_a_row_sends_nothing_parks_and_goes_on_when_it_has_one(
    stack: Stack, recovery: Recovery
) -> None:
    run = await stack.enroll("patient")
    await without_row(run)
    await Runs(stack.client).signal(run.enrolled.id, EventSignal(id="evt_orphan", name="meeting.booked"))
    await run.quiet()
    async with stack.composition.database.read() as session:
        query = select(Failure).where(col(Failure.enrollment_id) == run.enrolled.id)
        failures = {(row.activity, row.code) for row in await session.scalars(query)}
    assert ("send_email", NO_ENROLLMENT) in failures
    assert len(await run.mails()) == 1
    state = await run.state()
    assert (state.status, NO_ENROLLMENT in str(state.parked)) == ("parked", True)
    await recovery.recover(run.enrolled.id, "restart")
    assert await run.outcome() == "met"
    assert len(await run.mails()) == 2
    assert ((await run.row()).outcome, (await run.row()).fault) == ("met", None)


async def test_a_run_without_a_row_whose_contact_is_gone_too_can_only_be_let_go(
    stack: Stack, recovery: Recovery
) -> None:
    run = await stack.enroll("patient")
    async with stack.composition.database.begin() as session:
        await session.delete(await session.get_one(Contact, run.contact.id))
    with pytest.raises(NothingToRecover, match=f"its contact {run.contact.id} does not exist"):
        await recovery.recover(run.enrolled.id, "restart")
    recovered = await recovery.recover(run.enrolled.id, "let_go")
    assert recovered is not None
    assert recovered.status == "ended"
    assert (await run.handle.describe()).status == WorkflowExecutionStatus.TERMINATED


@pytest.mark.parametrize(
    ("rule", "reason"),
    [(Reentry("always"), "started"), (Reentry("once"), "lost"), (Reentry("after", days(30)), "lost")],
)
async def test_a_lost_one_is_in_the_way_as_one_that_ended_would_be(
    stack: Stack, rule: Reentry, reason: str
) -> None:
    run = await lost(stack, "patient")
    listed = replace(stack.installed.catalogue["patient"], reentry=rule)
    async with stack.composition.database.begin() as session:
        entry = Entry(listed, ContactDraft(id=run.contact.id), {})
        (place,) = await place_all(session, [entry], Suppressions(session, b"key"))
    assert isinstance(place, Place)
    assert (place.new, place.reason) == (reason == "started", reason)
