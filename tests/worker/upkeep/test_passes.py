"""The upkeep run: one for all workers, as long as an hour, and nothing in a pass keeps the rest from being done."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError
from temporalio.worker import Worker

from store import clock
from store.database import Database
from store.enrollments import Enrollments
from store.marks import UPKEEP, Marks
from store.migrate import upgrade
from store.tables import Contact, Enrollment, Failure
from tests.temporal import temporal_server
from tests.worker.upkeep.conftest import until
from tests.workflows.stack import Stack
from worker.sandbox import runner
from worker.settings import Settings
from worker.upkeep.passes import Upkeep
from worker.upkeep.starting import ensure, retire_schedule
from worker.upkeep.sweeping import Sweep
from worker.upkeep.workflow import RUN_ID, UpkeepWorkflow

SOON = timedelta(seconds=1)


@asynccontextmanager
async def worker_of(stack: Stack, **times: timedelta) -> AsyncIterator[None]:
    """A worker for upkeep alone, on a queue that no other has."""
    upkeep = Upkeep(stack.client, stack.composition, stack.installed.catalogue, **times)
    async with Worker(
        stack.client,
        task_queue="upkeep-of-a-test",
        workflows=[UpkeepWorkflow],
        activities=[upkeep.run],
        workflow_runner=runner(),
    ):
        yield


async def marked(database: Database) -> datetime | None:
    async with database.read() as session:
        return await Marks(session).get(UPKEEP)


async def until_marked(database: Database, after: datetime, seconds: float) -> None:
    async def is_marked() -> bool:
        at = await marked(database)
        return at is not None and at >= after

    await until(is_marked, seconds)


async def test_it_continues_as_new_each_hour(stack: Stack) -> None:
    async with worker_of(stack, hour=SOON, pause=SOON / 4):
        handle = await stack.client.start_workflow(
            UpkeepWorkflow.run, id="short", task_queue="upkeep-of-a-test"
        )
        first = handle.first_execution_run_id

        async def continued() -> bool:
            return (await handle.describe()).run_id != first

        await until(continued, 30)
        closed = await stack.client.get_workflow_handle("short", run_id=first).describe()
        assert closed.status == WorkflowExecutionStatus.CONTINUED_AS_NEW
        assert closed.history_length == 11, "an hour's history is one activity"
    await stack.client.get_workflow_handle("short").terminate("seen")
    assert await marked(stack.composition.database)


async def test_it_is_there_once_whoever_asks_for_it(stack: Stack) -> None:
    await asyncio.gather(*(ensure(stack.client) for _ in range(3)))
    handle = stack.client.get_workflow_handle(RUN_ID)
    first = (await handle.describe()).run_id
    await ensure(stack.client)
    assert (await handle.describe()).run_id == first
    await until_marked(stack.composition.database, clock.machine() - timedelta(minutes=1), 20)
    await handle.terminate("by mistake, in Temporal UI")
    await ensure(stack.client)
    assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_the_schedule_of_earlier_releases_is_deleted_with_its_run(stack: Stack) -> None:
    client = stack.client
    nobody = ScheduleActionStartWorkflow("CadenciaUpkeep", id=RUN_ID, task_queue="of-nobody")
    every_minute = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(minutes=1))])
    schedule = await client.create_schedule(
        "cadencia-upkeep", Schedule(action=nobody, spec=every_minute), trigger_immediately=True
    )

    async def acts() -> bool:
        return bool((await schedule.describe()).info.running_actions)

    await until(acts, 20)
    actions = (await schedule.describe()).info.running_actions
    await retire_schedule(client)
    await retire_schedule(client)
    with pytest.raises(RPCError, match="not found"):
        await schedule.describe()
    ended = await client.get_workflow_handle(actions[0].workflow_id).describe()  # type: ignore[attr-defined]
    assert ended.status == WorkflowExecutionStatus.TERMINATED


async def test_a_part_that_fails_is_noted_and_keeps_no_other_from_its_work(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: Sweep) -> bool:
        raise LookupError("no such thing")

    monkeypatch.setattr(Sweep, "events", fails)
    run = await stack.enroll("patient")
    await run.handle.terminate("test")
    upkeep = Upkeep(stack.client, stack.composition, stack.installed.catalogue)
    async with asyncio.timeout(20):
        while (await run.row()).status == "running":
            assert not await upkeep.one_pass()
    assert await marked(stack.composition.database)
    async with stack.composition.database.read() as session:
        noted = (await session.scalars(select(Failure))).one()
    assert (noted.activity, noted.code, noted.text) == ("sweep_events", "lookup_error", "no such thing")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("left", [200, pytest.param(2_000, marks=pytest.mark.long)])
async def test_what_a_batch_left_pending_starts_within_two_minutes(stack: Stack, left: int) -> None:
    database = stack.composition.database
    async with database.begin() as session:
        session.add_all(Contact(id=f"con_{number:04}") for number in range(left))
        await session.flush()
        late = (
            timedelta(0) if left > 200 else timedelta(minutes=1)
        )  # the short form does not wait for its turn
        rows = [*(pending(number) for number in range(left)), pending(0, "removed-since")]
        for row in rows:
            row.created_at -= late
        await Enrollments(session).insert_all(rows)
    await ensure(stack.client)

    async def started() -> bool:
        return not await count(database, "anniversary", "pending")

    await until(started, 120)
    assert await count(database, "anniversary", "running") == left
    assert await count(database, "removed-since", "pending") == 1, "nobody knows how to start it"


def pending(number: int, workflow: str = "anniversary") -> Enrollment:
    contact = f"con_{number:04}"
    return Enrollment(
        id=f"{workflow}:{contact}:1", workflow=workflow, subject_kind="contact", subject_id=contact,
        contact_id=contact, entry="1", params={"card": "a year"}, release="r1",
    )  # fmt: skip


async def count(database: Database, workflow: str, status: str) -> int:
    async with database.read() as session:
        chosen = col(Enrollment.workflow) == workflow, col(Enrollment.status) == status
        return (await session.scalar(select(func.count()).select_from(Enrollment).where(*chosen))) or 0


@pytest.fixture
async def killable(
    tmp_path: Path,
) -> AsyncIterator[tuple[Client, Database, Callable[[], subprocess.Popen[bytes]]]]:
    """A server, a database, and worker processes."""
    settings = Settings(home=tmp_path)
    await upgrade(settings.database_url)
    database = Database(settings.database_url)
    begun: list[subprocess.Popen[bytes]] = []
    async with temporal_server() as client:

        def start() -> "subprocess.Popen[bytes]":
            environment = {
                **os.environ,
                "CADENCIA_HOME": str(tmp_path),
                "TEMPORAL_ADDRESS": client.service_client.config.target_host,
            }
            begun.append(subprocess.Popen([sys.executable, "-m", "cli.main", "worker"], env=environment))
            return begun[-1]

        yield client, database, start
        for process in begun:
            process.send_signal(signal.SIGKILL)
            process.wait()
    await database.close()


async def test_when_its_worker_is_killed_another_goes_on_within_a_minute(
    killable: tuple[Client, Database, Callable[[], "subprocess.Popen[bytes]"]],
) -> None:
    _, database, start = killable
    first = start()
    await until_marked(database, clock.machine() - timedelta(hours=1), 60)
    first.kill()
    first.wait()
    killed = clock.machine()
    start()
    await until_marked(database, killed, 75)
