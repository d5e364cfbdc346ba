"""Temporal and the database go away, and come back: callers are told to come again, and nothing is half made."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.proofs.bench import Bench, running
from tests.proofs.callers import Calls, crowd, enroll, listed, settled, until, written_to
from tests.proofs.figures import proof
from tests.proofs.journal import again
from tests.proofs.postgres import Server

Outage = Callable[[], Awaitable[None]]


@pytest.fixture
def postgresql_process() -> Iterator[Server]:
    with Server.running() as server:
        yield server


@asynccontextmanager
async def on_postgresql(server: Server) -> AsyncIterator[Bench]:
    async with running(await server.database()) as bench:
        yield bench


async def survives(
    bench: Bench, name: str, outage: Outage, *, people: int, times: int, rate: float
) -> dict[str, object]:
    """Enrolls people at a steady rate while the outage happens `times` over; then compares what everybody says."""
    calls = Calls()
    addresses = crowd(name, people)
    enrolling = asyncio.create_task(
        enroll(bench, "patient", addresses, rate=rate, at_once=32, calls=calls, patience=2)
    )
    for number in range(1, times + 1):
        aim = people * number // (times + 2)
        await calls.answered(aim)
        await outage()
    await enrolling
    await written_to(bench, name, people, 420)
    await settled(bench, 240, calls.ids)
    mails = bench.journal.mails(name)
    figures = {"people": people, "mails": len(mails), "again": again(mails), "answers": calls.described()}
    assert not calls.wrong, figures
    assert calls.without_retry_after == 0, figures
    assert figures["again"] == 0, figures
    await _agree(bench, calls)
    return figures


async def _agree(bench: Bench, calls: Calls) -> None:
    """Every answer has its row, every row its run, every run its row; nobody of these callers has left."""
    client = await bench.client()

    async def same() -> bool:
        rows = {
            one["id"]: one["status"] for one in await listed(bench, "/v1/enrollments", workflow="patient")
        }
        runs = {run.id async for run in client.list_workflows("WorkflowType = 'Patient'")}
        assert calls.ids <= rows.keys()
        return rows.keys() == runs and {rows[id] for id in calls.ids} == {"running"}

    await until(same, 150, "rows and runs were the same, all of them running")


def temporal_stands_still(bench: Bench, seconds: float) -> Outage:
    async def outage() -> None:
        bench.temporal.freeze()
        await asyncio.sleep(seconds)
        bench.temporal.thaw()

    return outage


def temporal_is_killed(bench: Bench) -> Outage:
    async def outage() -> None:
        bench.temporal.kill()
        await asyncio.sleep(1)
        await bench.temporal.start()

    return outage


def database_is_stopped(server: Server, seconds: float) -> Outage:
    async def outage() -> None:
        server.stop()
        await asyncio.sleep(seconds)
        server.start()

    return outage


def database_stands_still(server: Server, seconds: float) -> Outage:
    async def outage() -> None:
        server.freeze()
        await asyncio.sleep(seconds)
        server.thaw()

    return outage


async def test_temporal_away(bench: Bench) -> None:
    with proof("Temporal away: nothing lost, nothing twice, nothing half made") as figures:
        stands = survives(
            bench, "still.example", temporal_stands_still(bench, 2), people=30, times=1, rate=15
        )
        figures["standing still"] = await stands
        killed = survives(bench, "killed.example", temporal_is_killed(bench), people=30, times=1, rate=15)
        figures["killed"] = await killed


async def test_the_database_away(postgresql_process: Server) -> None:
    with proof("The database away: nothing lost, nothing twice, nothing half made") as figures:
        async with on_postgresql(postgresql_process) as bench:
            outage = database_is_stopped(postgresql_process, 2)
            figures.update(await survives(bench, "gone.example", outage, people=30, times=1, rate=15))


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_temporal_still_for_a_minute() -> None:
    with proof("Temporal stands still for 60 s under load: lost 0, nothing twice, nobody out") as figures:
        async with running() as bench:
            outage = temporal_stands_still(bench, 60)
            figures.update(await survives(bench, "still.example", outage, people=400, times=1, rate=10))


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_temporal_killed_five_times() -> None:
    with proof("Temporal killed 5 times under load: lost 0, nothing twice, nobody out") as figures:
        async with running() as bench:
            outage = temporal_is_killed(bench)
            figures.update(await survives(bench, "killed.example", outage, people=400, times=5, rate=10))


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_the_database_gone_for_a_minute(postgresql_process: Server) -> None:
    with proof("PostgreSQL gone for 60 s under load: lost 0, nothing twice, nobody out") as figures:
        async with on_postgresql(postgresql_process) as bench:
            outage = database_is_stopped(postgresql_process, 60)
            figures.update(await survives(bench, "gone.example", outage, people=400, times=1, rate=10))


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_the_database_still_for_a_minute(postgresql_process: Server) -> None:
    with proof("PostgreSQL stands still for 60 s under load: lost 0, nothing twice, nobody out") as figures:
        async with on_postgresql(postgresql_process) as bench:
            outage = database_stands_still(postgresql_process, 60)
            figures.update(await survives(bench, "frozen.example", outage, people=400, times=1, rate=10))
