"""A run that cannot go on parks: it does nothing, loses nothing, says why, and goes on when the code is mended."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col
from temporalio.common import SearchAttributeKey

from activities.calls import Entry
from store import clock
from store.tables import Failure
from tests.own import ledger
from tests.workflows.rebuilding import replayed
from tests.workflows.stack import Run, Stack
from worker.connection import WORKFLOWS_QUEUE, Runs
from workflows.contracts import HABITS, Enrollment, Exit, Ledger
from workflows.kit import days, hours

STATE = SearchAttributeKey.for_keyword("CadenciaState")


async def enroll_broken(stack: Stack, place: str) -> Run:
    contact = await stack.contact()
    ledger.broken.add(contact.id)
    return await stack.enroll("faulty", contact, params={"place": place})


async def failures(run: Run) -> list[Failure]:
    async with run.stack.composition.database.read() as session:
        found = await session.scalars(
            select(Failure).where(col(Failure.enrollment_id) == run.enrolled.id).order_by(col(Failure.key))
        )
        return list(found)


async def test_an_error_in_a_path_parks_the_run_and_its_text_is_in_the_database_alone(stack: Stack) -> None:
    run = await enroll_broken(stack, "path")
    await run.advance(days(3) + hours(2))
    state = await run.state()
    assert state.status == "parked"
    assert str(state.parked).startswith("path_error:ValueError in path, line ")
    row = await run.row()
    assert (row.status, row.run_status, row.fault) == ("running", "parked", state.parked)
    (failure,) = await failures(run)
    assert (failure.activity, failure.code, failure.key) == ("workflow", "path_error", state.parked)
    assert failure.text == "Ada Lovelace cannot be greeted"
    described = await run.handle.describe()
    assert described.typed_search_attributes[STATE] == "parked"
    query = f"WorkflowId = '{run.enrolled.id}'"
    for one in [one async for one in stack.client.list_workflows(query)]:
        history = await stack.client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()
        assert "Ada" not in history.to_json()


async def test_a_parked_run_is_exited_and_undone(stack: Stack) -> None:
    run = await enroll_broken(stack, "path")
    await run.advance(days(3) + hours(2))
    await run.update("exit", Exit())
    assert await run.outcome() == "exited"
    assert [one for one in ledger.booked if one.startswith(run.contact.id)][-1].endswith("cancel deal")
    row = await run.row()
    assert (row.status, row.outcome) == ("ended", "exited")


async def test_a_parked_run_that_replays_does_so_on_mended_code(stack: Stack) -> None:
    run = await enroll_broken(stack, "path")
    await run.advance(days(3) + hours(2))
    ledger.broken.discard(run.contact.id)
    await replayed(stack.installed, await run.handle.fetch_history())


@pytest.mark.parametrize("place", ["path", "cancelled"])
async def test_a_mended_run_goes_on_by_a_move(stack: Stack, place: str) -> None:
    run = await enroll_broken(stack, place)
    await run.advance(days(3) + hours(2))
    await run.update("migrate")
    assert (await run.state()).status == "parked"
    ledger.broken.discard(run.contact.id)
    await run.update("migrate")
    assert await run.outcome() == "completed"
    assert await run.sent() == ["welcome/hello"]
    assert (await run.row()).run_status == "running"
    assert len([one for one in ledger.booked if one.startswith(run.contact.id)]) == 1


async def test_when_a_branch_raises_the_waits_of_the_others_keep_their_time(stack: Stack) -> None:
    run = await enroll_broken(stack, "together")
    await run.advance(days(2))
    state = await run.state()
    assert str(state.parked).startswith("path_error:ZeroDivisionError in short, line ")
    ledger.broken.discard(run.contact.id)
    await run.update("migrate")
    (waiting,) = (await run.state()).steps
    assert waiting.key == "long/sleep:long#1"
    assert waiting.due is not None
    assert waiting.due - waiting.since == days(3)
    assert abs(waiting.since - (await run.row()).created_at) < timedelta(minutes=1)
    await run.advance(days(1) + hours(2))
    assert await run.outcome() == "completed"


async def test_a_goal_ends_a_parked_run(stack: Stack) -> None:
    run = await enroll_broken(stack, "path")
    await run.advance(days(3) + hours(2))
    await run.event("meeting.booked")
    assert await run.outcome() == "converted"


async def test_an_error_at_the_end_is_noted_and_the_close_goes_on(stack: Stack) -> None:
    run = await enroll_broken(stack, "end")
    await run.update("exit", Exit())
    assert await run.outcome() == "exited"
    (failure,) = await failures(run)
    assert (failure.activity, failure.code) == ("workflow", "path_error")
    assert str(failure.key).startswith("path_error:KeyError in note, line ")
    assert (await run.row()).outcome == "exited"


async def start(stack: Stack, enrollment: Enrollment) -> Run:
    """Starts a run behind the API's back, under the id of an enrollment that has ended."""
    run = await stack.enroll(enrollment.workflow)
    await run.update("exit", Exit())
    await run.outcome()
    await stack.client.start_workflow(
        stack.installed.catalogue[enrollment.workflow].type_name,
        enrollment.model_copy(update={"id": run.enrolled.id, "subject_id": run.contact.id}),
        id=run.enrolled.id,
        task_queue=WORKFLOWS_QUEUE,
    )
    await run.quiet()
    return run


def given(workflow: str, **fields: object) -> Enrollment:
    return Enrollment.model_validate({
        "id": "", "workflow": workflow, "subject_kind": "contact", "subject_id": "", "entry": "1", "release": "old",
        "habits": HABITS, **fields,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("workflow", "params", "fault"),
    [
        ("reactivation", {"between_touches": "PT0S"}, "parameters: between_touches"),
        ("welcome-series", {"greeting_seen_within": "-P1D"}, "parameters: greeting_seen_within"),
        ("reactivation", {"gone": 1}, "parameters: gone"),
    ],
)
@pytest.mark.parametrize("habits", [1, HABITS])
async def test_parameters_that_the_code_refuses_park_the_run(
    stack: Stack, workflow: str, params: dict[str, object], fault: str, habits: int
) -> None:
    run = await start(stack, given(workflow, params=params, habits=habits))
    state = await run.state()
    assert (state.status, state.parked) == ("parked", fault)
    await run.update("migrate")
    assert (await run.state()).parked == fault
    await run.update("exit", Exit())
    assert await run.outcome() == "exited"


async def test_a_ledger_that_does_not_fit_parks_by_the_runs_input(stack: Stack) -> None:
    removed = Entry(key="sleep:removed#1", at=clock.now())
    run = await start(stack, given("patient", ledger=Ledger(started=clock.now(), entries=(removed,))))
    state = await run.state()
    assert state.status == "parked"
    assert str(state.parked).startswith("sleep:removed#1 was done, but the code never asks for it")
    history = await run.handle.fetch_history()
    assert not any(
        event.marker_recorded_event_attributes.marker_name == "core_patch" for event in history.events
    )
    await run.update("exit", Exit())


async def test_a_run_without_a_row_parks(stack: Stack) -> None:
    run = await stack.enroll("patient")
    id = f"patient:{run.contact.id}:restored"
    await stack.client.start_workflow(
        "Patient",
        given("patient", id=id, subject_id=run.contact.id),
        id=id,
        task_queue=WORKFLOWS_QUEUE,
    )
    await stack.rest(id)
    state = await Runs(stack.client).state(id)
    assert (state.status, state.parked) == ("parked", "no_enrollment at send_email:welcome/hello#1")
    await Runs(stack.client).update(id, "exit", Exit())


async def test_a_pause_is_told_to_the_row(stack: Stack) -> None:
    run = await stack.enroll("patient")
    await run.update("pause")
    row = await run.row()
    assert row.run_status == "paused"
    assert row.run_status_at == (await run.state()).paused_since
    assert (await run.handle.describe()).typed_search_attributes[STATE] == "paused"
    await run.update("exit", Exit())
