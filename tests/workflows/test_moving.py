"""Enrollments whose workflow was edited are brought to the new code."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory

from activities.calls import EventSignal
from store.database import Database
from tests.samples.patient import Patient
from tests.workflows.stack import Run, running, time_skipping
from worker.connection import Runs
from worker.moving import Report, move, mover, restarting
from worker.sandbox import runner
from worker.settings import Settings
from worker.testing.servers import Clock
from worker.upkeep import Upkeep
from workflows.contracts import Enrollment
from workflows.kit import days, hours
from workflows.kit.release import release_of
from workflows.kit.search import RELEASE

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


async def moved(server: tuple[Client, Clock], tmp_path: Path) -> list[Report]:
    database = Database(Settings(home=tmp_path).database_url)
    try:
        return await move(server[0], database, [Patient], runner())
    finally:
        await database.close()


async def test_a_run_goes_on_on_the_new_code_and_misses_nothing(
    server: tuple[Client, Clock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = server
    start_again = restarting.start_again

    async def told_meanwhile(
        client: Client, history: WorkflowHistory, heard: int, enrollment: Enrollment
    ) -> None:
        await Runs(client).signal(enrollment.id, EVENT)
        await start_again(client, history, heard, enrollment)

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
        await Upkeep(client, stack.composition).reconcile()
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
