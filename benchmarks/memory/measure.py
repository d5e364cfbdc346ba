"""Lets runs fall asleep in a worker of their own, and asks it before and after what memory it holds."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

from rich.table import Table
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from worker.embedded import find
from worker.settings import Settings
from workflows.contracts import Enrollment

AIM = 80
"""KiB for each cached run that sleeps."""
_WARM_UP = 200
_AT_ONCE = 100


@dataclass(frozen=True)
class Sleepers:
    """`each`: KiB that one cached run adds to its worker."""

    workflow: str
    runs: int
    each: float


async def measure(runs: int = 2000) -> list[Sleepers]:
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(find(Settings())),
        data_converter=pydantic_data_converter,
        dev_server_log_level="error",
    ) as env:
        return [await _sleepers(env.client, workflow, runs) for workflow in ("Dozing", "BareSleeper")]


async def _sleepers(client: Client, workflow: str, runs: int) -> Sleepers:
    async with _worker(workflow, client.service_client.config.target_host) as worker:
        await _fall_asleep(client, workflow, range(_WARM_UP))
        before = await _resident(worker)
        await _fall_asleep(client, workflow, range(_WARM_UP, _WARM_UP + runs))
        after = await _resident(worker)
    return Sleepers(workflow, runs, (after - before) / runs / 1024)


@asynccontextmanager
async def _worker(workflow: str, address: str) -> AsyncIterator[Process]:
    command = [sys.executable, "-P", "-m", "benchmarks.memory.sleeper", workflow, address]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def _resident(worker: Process) -> int:
    assert worker.stdin
    assert worker.stdout
    worker.stdin.write(b"\n")
    while not (line := (await worker.stdout.readline()).strip()).isdigit():
        assert line, "the worker ended"  # the SDK's own log goes the same way
    return int(line)


async def _fall_asleep(client: Client, workflow: str, numbers: range) -> None:
    left = iter(numbers)
    while some := list(islice(left, _AT_ONCE)):
        await asyncio.gather(*(_sleep(client, workflow, number) for number in some))


async def _sleep(client: Client, workflow: str, number: int) -> None:
    enrollment = Enrollment(
        id=f"{workflow}-{number}",
        workflow="dozing",
        subject_kind="contact",
        subject_id=f"con_{number}",
        entry="1",
        release="benchmark",
    )
    handle = await client.start_workflow(workflow, enrollment, id=enrollment.id, task_queue=workflow)
    while (await handle.describe()).history_length < 5:  # noqa: ASYNC110  # until its timer is started
        await asyncio.sleep(0.05)


def table(found: list[Sleepers]) -> Table:
    shown = Table(title=f"Memory of a sleeping run, cached (aim: under {AIM} KiB)", title_justify="left")
    for column in ("workflow", "runs", "KiB each"):
        shown.add_column(column, justify="left" if column == "workflow" else "right")
    for one in found:
        shown.add_row(one.workflow, f"{one.runs:,}", f"{one.each:.0f}")
    return shown
