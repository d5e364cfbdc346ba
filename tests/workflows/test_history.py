"""What a history alone tells, and that histories of earlier days still replay."""

from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from activities.calls import Entry
from store import clock
from tests.older.patient import Patient as PatientAsItWas
from tests.workflows.stack import Run, Stack
from tests.workflows.test_runs import start_with
from worker.sandbox import runner
from workflows.contracts import Exit
from workflows.kit import days, hours
from workflows.lead_nurturing import LeadNurturing
from workflows.welcome_series import WelcomeSeries

HISTORIES = Path(__file__).parent / "histories"


async def longest(stack: Stack) -> Run:
    """WelcomeSeries with every touch it has."""
    run = await stack.enroll("welcome-series")
    await run.advance(days(2) + hours(1))
    await run.advance(days(3))
    await run.event("email.clicked", await run.last_message())
    await run.advance(days(4))
    assert await run.outcome() == "completed"
    return run


async def test_activity_ids_and_timer_summaries_are_step_keys(stack: Stack) -> None:
    run = await longest(stack)
    history = await run.handle.fetch_history()
    activities = [
        event.activity_task_scheduled_event_attributes.activity_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    timers = [
        event.user_metadata.summary.data.decode().strip('"')
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED
    ]
    assert activities[:3] == ["update_crm:lead#1", "send_email:welcome/hello#1", "score:greeting not seen#1"]
    assert timers == [
        "wait_for:welcome/hello.seen#1",
        "sleep:room to look around#1",
        "sleep:time to use it#1",
    ]


async def test_the_database_holds_the_whole_ledger_at_the_end(stack: Stack) -> None:
    run = await longest(stack)
    keys = [entry.key for entry in await run.trail()]
    assert "split:incentive#1" in keys
    assert "sleep:time to use it#1" in keys
    assert "start:lead-nurturing#1" in keys
    assert len(keys) == len(set(keys)) == 14


async def test_saved_histories_replay() -> None:
    """Each file is a released workflow's run; a change that breaks one would wedge the runs that are inside."""
    replayer = Replayer(
        workflows=[WelcomeSeries, LeadNurturing],
        workflow_runner=runner(),
        data_converter=pydantic_data_converter,
    )
    saved = sorted(HISTORIES.glob("*.json"))
    assert saved
    for file in saved:
        await replayer.replay_workflow(WorkflowHistory.from_json(file.stem, file.read_text()))


async def test_a_parked_run_replays_parked_on_code_that_fits(stack: Stack) -> None:
    """A marker keeps that it parked: code that fits would else issue commands which the history does not have."""
    removed = Entry(key="sleep:removed#1", terms={"seconds": 86_400.0}, at=clock.now())
    run = await start_with(stack, (removed,))
    assert (await run.state()).status == "parked"
    history = await run.handle.fetch_history()
    fits = Replayer(
        workflows=[PatientAsItWas], workflow_runner=runner(), data_converter=pydantic_data_converter
    )
    await fits.replay_workflow(history)
    await run.update("exit", Exit())
