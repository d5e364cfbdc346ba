"""A run's ledger can be rebuilt from its history alone, as it was after each of its workflow tasks."""

from datetime import timedelta
from itertools import pairwise

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from activities.calls import Entry
from store import clock
from tests.workflows.rebuilding import compare, rebuilt, stages
from tests.workflows.stack import Run, Stack
from tests.workflows.test_history import longest
from tests.workflows.test_runs import grow, start_with
from tests.workflows.test_welcome_series import enrolled_in
from workflows.analysis.reading import read_history
from workflows.contracts import Exit, Resume
from workflows.kit import days, hours


async def chain_of(run: Run) -> list[WorkflowHistory]:
    """The histories of all runs that the enrollment has had."""
    query = f"WorkflowId = '{run.enrolled.id}'"
    client = run.stack.client
    found = {one.run_id: one async for one in client.list_workflows(query)}
    return [
        await client.get_workflow_handle(run.enrolled.id, run_id=run_id).fetch_history() for run_id in found
    ]


async def compare_all(run: Run) -> int:
    compared = 0
    for history in await chain_of(run):
        for stage in stages(history):
            await compare(run.stack.installed, stage)
            compared += 1
    return compared


@pytest.mark.parametrize("arm", ["guide", "offer"])
async def test_along_the_branches_of_welcome_series(stack: Stack, arm: str) -> None:
    run = await enrolled_in(stack, arm)
    await run.event("site.visited")
    await run.advance(days(3) + hours(1))
    await run.event("email.clicked", await run.last_message())
    await run.advance(days(4))
    assert await run.outcome() == "completed"
    assert await compare_all(run) > 10
    assert await compare_all(await longest(stack)) > 10


async def test_of_a_run_that_a_goal_ends(stack: Stack) -> None:
    run = await stack.enroll("welcome-series")
    await run.advance(days(2) + hours(1))
    await run.event("order.completed")
    assert await run.outcome() == "converted"
    await compare_all(run)


@pytest.mark.parametrize("policy", ["catch_up", "restart_wait", "active_time"])
async def test_over_a_pause(stack: Stack, policy: str) -> None:
    run = await stack.enroll("milestones")
    await run.advance(days(4))
    await run.update("pause")
    await run.event("site.visited")
    await run.advance(days(3))
    await run.update("resume", Resume.model_validate({"policy": policy}))
    await run.advance(days(7) + hours(1))
    await run.update("pause")
    await run.event("email.bounced")
    await run.update("resume", Resume.model_validate({"policy": policy}))
    assert await compare_all(run) > 5
    await run.update("exit", Exit())
    await run.outcome()
    await compare_all(run)


async def test_side_by_side(stack: Stack) -> None:
    run = await stack.enroll("milestones")
    await run.advance(days(4))
    await run.event("site.visited")
    await run.advance(days(7))
    await run.event("email.bounced")
    assert rebuilt(stack.installed, (await chain_of(run))[0]).standing == (await run.state()).steps
    await run.advance(days(2))
    assert await run.outcome() == "completed"
    assert await compare_all(run) > 5


async def test_over_continue_as_new(short_histories: Stack) -> None:
    run = await short_histories.enroll("milestones")
    await run.advance(days(4))
    await run.event("site.visited")
    await grow(run)
    await run.advance(days(6) + hours(1))
    await run.event("email.bounced")
    await run.advance(days(1) + hours(1))
    assert await run.outcome() == "completed"
    assert len(await chain_of(run)) > 1
    await compare_all(run)


async def test_of_a_parked_run(stack: Stack) -> None:
    removed = Entry(key="send_email:removed#1", result={"message_id": "msg_1"}, at=clock.now())
    run = await start_with(stack, (removed,))
    await run.event("meeting.booked")
    (_, history) = sorted(await chain_of(run), key=lambda one: one.events[0].event_time.ToDatetime())
    for stage in stages(history):
        await compare(stack.installed, stage)
    assert rebuilt(stack.installed, history).ledger.entries == (removed,)
    await run.update("exit", Exit())


def with_a_heartbeat(history: WorkflowHistory) -> WorkflowHistory:
    """As if the last task had asked for more time, for its local activity, and had gone on in another."""
    place = (
        max(n for n, one in enumerate(history.events) if "TASK_COMPLETED" in EventType.Name(one.event_type))
        + 1
    )
    events = [copy(one) for one in (*history.events[:place], *history.events[place - 3 :])]
    for number, event in enumerate(events[place:], start=place + 1):
        event.event_id = number
        event.event_time.FromDatetime(event.event_time.ToDatetime() + timedelta(seconds=5))
        told = getattr(event, str(event.WhichOneof("attributes")))
        for name in ("scheduled_event_id", "started_event_id", "workflow_task_completed_event_id"):
            if hasattr(told, name):
                setattr(told, name, getattr(told, name) + 3)
    return WorkflowHistory(history.workflow_id, events)


def copy(event: HistoryEvent) -> HistoryEvent:
    return HistoryEvent.FromString(event.SerializeToString())


async def test_of_runs_that_asked_for_more_time(stack: Stack) -> None:
    ended: dict[str, Run] = {}
    while ended.keys() != {"control", "spent little"}:
        run = await stack.enroll("spending")
        await run.advance(days(31))
        ended[await run.outcome()] = run
    for run in ended.values():
        await compare(stack.installed, with_a_heartbeat(await run.handle.fetch_history()))


async def test_where_a_run_stands_is_read_without_code(stack: Stack) -> None:
    run = await stack.enroll("patient")
    await run.advance(days(4))
    await run.event("site.visited")
    recorded = read_history(await run.handle.fetch_history())
    (standing,) = recorded.standing
    (told,) = (await run.state()).steps
    assert standing.key == told.key == "wait_for:meeting.booked#1"
    assert standing.due is not None
    assert told.due is not None
    assert abs(standing.due - told.due) < timedelta(seconds=1)
    assert list(recorded.entries) == ["send_email:welcome/hello#1"]
    ats = [turn.at for turn in recorded.turns]
    assert all(one <= other for one, other in pairwise(ats))
    await run.update("exit", Exit())
