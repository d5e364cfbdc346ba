"""Enrollments whose workflow was edited are brought to the new code."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.common import WorkflowIDConflictPolicy

from activities.calls import Entry, EventSignal
from store import clock
from store.database import Database
from tests.older import dated as dated_before
from tests.samples import dated
from tests.samples.patient import Patient
from tests.workflows.stack import Run, running, time_skipping
from worker.connection import WORKFLOWS_QUEUE, Runs
from worker.moving import Report, move, mover, restarting
from worker.sandbox import runner
from worker.settings import Settings
from worker.testing.servers import Clock
from worker.upkeep.reconciling import Reconciler
from workflows.analysis.reading import read_history
from workflows.contracts import Enrollment, Exit, Ledger, Resume, State
from workflows.kit import days, hours
from workflows.kit.release import release_of
from workflows.kit.search import RELEASE
from workflows.kit.workflow import MarketingWorkflow

OLD, NEW = "tests.older", "tests.samples"
EVENT = EventSignal(id="evt_meanwhile", name="meeting.booked")


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[tuple[Client, Clock]]:
    async with time_skipping() as (client, clock):
        yield client, clock


@pytest.fixture(autouse=True)
def ledgers_can_be_rebuilt() -> None:
    """Not by the code that these runs began on."""


@asynccontextmanager
async def inside_the_old_code(
    server: tuple[Client, Clock], tmp_path: Path, *waits: Any
) -> AsyncIterator[Run]:
    """A run of Patient as it was, that has slept so long; its worker is gone."""
    async with running(*server, tmp_path, OLD) as stack:
        run = await stack.enroll("patient")
        for wait in waits:
            await run.advance(wait)
    yield run


async def moved(
    server: tuple[Client, Clock], tmp_path: Path, cls: type[MarketingWorkflow] = Patient
) -> list[Report]:
    database = Database(Settings(home=tmp_path).database_url)
    try:
        return await move(server[0], database, [cls], runner())
    finally:
        await database.close()


async def test_a_run_goes_on_on_the_new_code_and_misses_nothing(
    server: tuple[Client, Clock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = server
    start_again = restarting.start_again

    async def told_meanwhile(
        client: Client, history: WorkflowHistory, heard: int, enrollment: Enrollment
    ) -> bool:
        await Runs(client).signal(enrollment.id, EVENT)
        return await start_again(client, history, heard, enrollment)

    monkeypatch.setattr(mover, "start_again", told_meanwhile)
    async with inside_the_old_code(server, tmp_path, hours(5)) as was:
        id = was.enrolled.id
        await Runs(client).signal(id, EventSignal(id="evt_before", name="site.visited"))
        (report,) = await moved(server, tmp_path)
    assert (report.moved, report.going_on, report.parked) == (1, 0, {})
    assert await moved(server, tmp_path) == []
    async with running(*server, tmp_path, NEW) as stack:
        run = Run(stack, was.enrolled, was.contact)
        await run.quiet()
        state = await run.state()
        assert [one.key for one in state.steps] == ["wait_for:meeting.booked#1"]
        assert state.inbox == 2, "both events, each once"
        assert await run.sent() == ["welcome/hello"]
        release = release_of(Patient)
        assert (state.release, (await run.row()).release) == (release, release)
        described = await run.handle.describe()
        assert described.typed_search_attributes[RELEASE] == release
        assert await described.static_summary() == f"patient of contact {was.contact.id}"
        await Reconciler(client, stack.composition.database).run()
        assert (await run.row()).status == "running", "the run that was replaced is no end"
        await run.event("meeting.booked")
        assert await run.outcome() == "met"


async def test_a_run_that_does_not_fit_parks_and_is_named_with_its_step(
    server: tuple[Client, Clock], tmp_path: Path
) -> None:
    async with inside_the_old_code(server, tmp_path, days(2)) as was:
        id = was.enrolled.id
        (report,) = await moved(server, tmp_path)
    assert report.parked == {id: "sleep:removed#1"}
    assert list(report.lines()) == [f"patient: 1 parked at sleep:removed#1: cadencia enrollments show {id}"]
    async with running(*server, tmp_path, NEW) as stack:
        run = Run(stack, was.enrolled, was.contact)
        await run.quiet()
        state = await run.state()
        assert state.status == "parked"
        assert str(state.parked).startswith("sleep:removed#1 was done, but the code never asks for it")
        assert [entry.key for entry in state.trail] == ["sleep:removed#1", "send_email:welcome/hello#1"]
        assert await run.sent() == ["welcome/hello"]


async def test_a_worker_that_dies_amid_it_is_made_good_by_the_next(
    server: tuple[Client, Clock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(client: Client, history: WorkflowHistory) -> None:
        raise ConnectionError("killed")

    client, _ = server
    async with inside_the_old_code(server, tmp_path, hours(5)) as was:
        await Runs(client).signal(was.enrolled.id, EVENT)
        with monkeypatch.context() as patched:
            patched.setattr(mover, "hand_over", dies)
            with pytest.raises(ConnectionError):
                await moved(server, tmp_path)
        (report,) = await moved(server, tmp_path)
    assert report.going_on == 1
    async with running(*server, tmp_path, NEW) as stack:
        run = Run(stack, was.enrolled, was.contact)
        await run.quiet()
        assert (await run.state()).inbox == 1


async def test_a_run_that_was_cancelled_meanwhile_does_nothing_more(
    server: tuple[Client, Clock], tmp_path: Path
) -> None:
    client, _ = server
    async with inside_the_old_code(server, tmp_path, hours(5)) as was:
        await client.get_workflow_handle(was.enrolled.id).cancel()
        await moved(server, tmp_path)
    async with running(*server, tmp_path, NEW) as stack:
        run = Run(stack, was.enrolled, was.contact)
        await run.quiet()
        assert (await run.handle.describe()).status == WorkflowExecutionStatus.CANCELED
        assert (await run.row()).outcome == "exited"
        assert await run.sent() == []


@pytest.mark.parametrize("told", ["event", "cancel", "pause", "resume", "exit"])
async def test_whatever_comes_between_the_look_and_the_move_is_handed_over(
    server: tuple[Client, Clock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    client, _ = server
    start_again = restarting.start_again

    async def told_meanwhile(
        client: Client, history: WorkflowHistory, heard: int, enrollment: Enrollment
    ) -> bool:
        async with running(*server, tmp_path, OLD) as stack:  # a worker that still answers
            await tell(Run(stack, was.enrolled, was.contact))
        return await start_again(client, history, heard, enrollment)

    async def tell(run: Run) -> None:
        match told:
            case "event":
                await Runs(client).signal(run.enrolled.id, EVENT)
            case "cancel":
                await run.handle.cancel()
            case "exit":
                await run.update("exit", Exit(reason="obsolete"))
            case _:
                await run.update("pause")
                if told == "resume":
                    await run.update("resume", Resume(policy="restart_wait"))
                    await run.update("pause")
                    await run.update("resume", Resume())

    monkeypatch.setattr(mover, "start_again", told_meanwhile)
    async with inside_the_old_code(server, tmp_path, hours(5)) as was:
        await moved(server, tmp_path)
    async with running(*server, tmp_path, NEW) as stack:
        run = Run(stack, was.enrolled, was.contact)
        await run.quiet()
        if told in ("cancel", "exit"):
            row = await run.row()
            reason = "cancelled" if told == "cancel" else "obsolete"
            assert (row.status, row.outcome, row.reason) == ("ended", "exited", reason)
            return
        state = await run.state()
        assert state.status == ("paused" if told == "pause" else "running")
        assert (await run.row()).run_status == state.status
        assert state.inbox == (1 if told == "event" else 0)
        await run.update("exit", Exit())


async def test_a_renamed_wait_keeps_the_time_that_it_began_and_so_does_one_that_is_renamed_back(
    server: tuple[Client, Clock], tmp_path: Path
) -> None:
    renewal = clock.now() + days(30)
    async with running(*server, tmp_path, OLD) as stack:
        run = await stack.enroll("dated", attributes={"renewal": renewal.date().isoformat()})
        began = (await run.state()).steps[0]
    for package, cls in ((NEW, dated.Dated), (OLD, dated_before.Dated), (NEW, dated.Dated)):
        (report,) = await moved(server, tmp_path, cls)
        async with running(*server, tmp_path, package) as stack:
            run = Run(stack, run.enrolled, run.contact)
            await run.quiet()
            state = await run.state()
            if package == NEW:
                assert (state.status, list(report.parked)) == ("parked", [run.enrolled.id])
                continue
            assert state.steps[0].since == began.since
            assert state.steps[0].due == began.due
            assert state.moved is not None
            assert state.moved.because == "it was parked, and fits the code now"


async def test_a_wait_that_falls_due_while_its_run_is_parked_is_not_lost(
    server: tuple[Client, Clock], tmp_path: Path
) -> None:
    """Nobody can move the clock of a run that is replaced: the date is a moment away."""
    then = clock.now() + timedelta(seconds=4)
    found = Entry(key="moment:then#1", result={"at": then.isoformat()}, at=clock.now())
    async with running(*server, tmp_path, OLD) as stack:
        run = await stack.enroll("dated", attributes={"renewal": "2030-01-01"})
        given = read_history(await run.handle.fetch_history()).enrollment
        await stack.client.start_workflow(
            "Dated",
            given.model_copy(update={"ledger": Ledger(started=clock.now(), entries=(found,))}),
            id=given.id,
            task_queue=WORKFLOWS_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        )
        await run.quiet()

    async def edited(package: str, cls: type[MarketingWorkflow]) -> State:
        await moved(server, tmp_path, cls)
        async with running(*server, tmp_path, package) as stack:
            moved_run = Run(stack, run.enrolled, run.contact)
            await moved_run.quiet()
            return await moved_run.state()

    parked = await edited(NEW, dated.Dated)
    assert str(parked.parked).startswith("moment:then#1 was done, but the code never asks for it")
    await asyncio.sleep(max(0.0, (then - clock.now()).total_seconds()))
    first = await edited(OLD, dated_before.Dated)
    assert [step.key for step in first.steps] == ["sleep:ten days#1"]
    assert (await edited(NEW, dated.Dated)).status == "parked"
    again = await edited(OLD, dated_before.Dated)
    assert [entry.key for entry in again.trail] == ["moment:then#1", "sleep_until:then#1"]
    assert again.steps == first.steps, "it waits from when it was freed the first time"
    async with running(*server, tmp_path, OLD) as stack:
        run = Run(stack, run.enrolled, run.contact)
        await run.advance(days(10))
        assert await run.outcome() == "completed"
        assert await run.sent() == ["welcome/hello"]
