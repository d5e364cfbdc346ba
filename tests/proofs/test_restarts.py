"""The API killed while it enrolls, a worker that stands still, workers replaced in turn, and callers all at once."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.proofs.bench import Bench, running
from tests.proofs.callers import Calls, crowd, enroll, settled, until, written_to
from tests.proofs.figures import proof
from tests.proofs.journal import again
from tests.proofs.processes import Process


async def count_runs(bench: Bench, workflow_type: str) -> int:
    client = await bench.client()
    return (await client.count_workflows(f"WorkflowType = '{workflow_type}'")).count


async def api_killed(bench: Bench, *, people: int, times: int) -> dict[str, object]:
    """Kills the API again and again while callers enroll everybody."""
    name = "api-kills.example"
    before = await count_runs(bench, "WelcomeSeries")
    calls = Calls()
    enrolling = asyncio.create_task(
        enroll(bench, "welcome-series", crowd(name, people), calls=calls, patience=1)
    )
    for number in range(1, times + 1):
        aim = people * number // (times + 1)
        await calls.answered(aim)
        bench.api.kill()
        await bench.api.start()
    await enrolling
    await written_to(bench, name, people, 600)

    async def all_counted() -> bool:
        return await count_runs(bench, "WelcomeSeries") - before >= people

    await until(all_counted, 30, "all runs were counted")
    runs = await count_runs(bench, "WelcomeSeries") - before
    greetings = len(bench.journal.mails(name))
    assert not calls.wrong, calls.described()
    assert (runs, greetings, len(calls.ids)) == (people, people, people)
    return {"runs": runs, "greetings": greetings, "answers": calls.described()}


async def frozen(bench: Bench, other: Process, *, people: int, seconds: float) -> dict[str, object]:
    """Stops one of two workers dead in the midst of sending, and lets it go on later."""
    name = "frozen.example"
    bench.faults(delay=0.2)
    enrolling = asyncio.create_task(enroll(bench, "patient", crowd(name, people)))
    await written_to(bench, name, people // 4, 120)
    other.freeze()
    await asyncio.sleep(seconds)
    other.thaw()
    calls = await enrolling
    await written_to(bench, name, people, 300)
    await settled(bench, 180, calls.ids)
    mails = bench.journal.mails(name)
    assert again(mails) == 0, f"{again(mails)} came again"
    return {"people": people, "mails": len(mails), "again": 0}


@asynccontextmanager
async def replacing(first: Process, second: Process, *, every: float) -> AsyncIterator[list[int]]:
    """Ends one worker after the other by SIGTERM and starts it again; gives their exit codes."""
    codes: list[int] = []
    enough = asyncio.Event()

    async def turns() -> None:
        for worker in itertools.cycle((first, second)):
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), every)
            if enough.is_set():
                return
            codes.append(await worker.terminate())
            await worker.start()

    async with asyncio.TaskGroup() as group:
        group.create_task(turns())
        yield codes
        enough.set()


async def rolling(
    bench: Bench, other: Process, *, people: int, rate: float, every: float, at_least: int
) -> dict[str, object]:
    """Replaces two workers in turn while people are enrolled at a steady rate."""
    name = "rolling.example"
    async with replacing(bench.worker, other, every=every) as codes:
        calls = await enroll(bench, "patient", crowd(name, people), rate=rate)
    await written_to(bench, name, people, 180)
    await settled(bench, 180, calls.ids)
    mails = bench.journal.mails(name)
    assert again(mails) == 0, f"{again(mails)} came again"
    assert len(codes) >= at_least
    assert set(codes) == {0}
    return {"restarts": len(codes), "people": people, "mails": len(mails), "again": 0}


async def all_at_once(bench: Bench, *, contacts: int, times: int) -> dict[str, object]:
    """Enrolls each contact many times over, all at the same moment."""
    name = "at-once.example"
    before = await count_runs(bench, "WelcomeSeries")
    results = []
    for address in crowd(name, contacts):
        results.append(await enroll(bench, "welcome-series", [address] * times, at_once=times, patience=1))
    await written_to(bench, name, contacts, 300)
    await settled(bench, 60, {id for calls in results for id in calls.ids})
    assert all(calls.created == 1 and len(calls.ids) == 1 for calls in results)

    async def all_counted() -> bool:
        return await count_runs(bench, "WelcomeSeries") - before >= contacts

    await until(all_counted, 30, "all runs were counted")
    runs = await count_runs(bench, "WelcomeSeries") - before
    greetings = len(bench.journal.mails(name))
    assert (runs, greetings) == (contacts, contacts)
    statuses = sum((calls.statuses for calls in results), start=results[0].statuses.__class__())
    return {"calls": contacts * times, "runs": runs, "greetings": greetings, "answers": dict(statuses)}


async def test_a_killed_api(bench: Bench) -> None:
    with proof("A killed API leaves no half-made enrollment") as figures:
        figures.update(await api_killed(bench, people=40, times=2))


async def test_workers_replaced_and_stopped(bench: Bench) -> None:
    other = await bench.second_worker()
    with proof("Workers replaced in turn, or standing still, send nothing twice") as figures:
        figures["replaced"] = await rolling(bench, other, people=40, rate=8, every=0.5, at_least=1)
        figures["stopped"] = await frozen(bench, other, people=40, seconds=3)
    other.kill()


async def test_one_contact_enrolled_all_at_once(bench: Bench) -> None:
    with proof("One contact enrolled many times at once enters once") as figures:
        figures.update(await all_at_once(bench, contacts=5, times=20))


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_twenty_killed_apis() -> None:
    claim = "The API killed 20 times while callers enroll 2,000: each has one run and one greeting"
    with proof(claim) as figures:
        async with running() as bench:
            figures.update(await api_killed(bench, people=2000, times=20))


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_worker_stopped_for_90_seconds() -> None:
    claim = "One of two workers stands still for 90 s in mid-sending: nothing lost, nothing twice"
    with proof(claim) as figures:
        async with running() as bench:
            figures.update(await frozen(bench, await bench.second_worker(), people=400, seconds=90))


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_workers_replaced_for_two_minutes() -> None:
    claim = "Two workers replaced in turn for 2 minutes under load: lost 0, nothing twice"
    with proof(claim) as figures:
        async with running() as bench:
            figures.update(
                await rolling(bench, await bench.second_worker(), people=1200, rate=10, every=10, at_least=6)
            )


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_hundred_contacts_a_hundred_times_at_once() -> None:
    claim = "100 contacts, each enrolled 100 times at once: 100 runs, 100 greetings"
    with proof(claim) as figures:
        async with running() as bench:
            figures.update(await all_at_once(bench, contacts=100, times=100))
