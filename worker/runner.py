"""The worker process: workflows, effects, email and upkeep, each on a task queue of its own."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Interceptor, Worker, WorkflowRunner

from activities.errors import CodedErrors
from activities.recorded import RecordedCalls
from worker import search_attributes
from worker.catalogue import Installed, install
from worker.composition import Composition, compose
from worker.connection import CORE_LOGS, WORKFLOWS_QUEUE, Runs, connect
from worker.moving import move
from worker.sandbox import runner
from worker.settings import Settings
from worker.upkeep.passes import Upkeep
from worker.upkeep.starting import keep, retire_schedule
from worker.upkeep.workflow import UPKEEP_QUEUE, UpkeepWorkflow

EFFECTS_QUEUE = "cadencia-effects"
EMAIL_QUEUE = "cadencia-email"

_DRAIN = timedelta(seconds=20)
_MOVE_AGAIN = timedelta(seconds=10)
_LOOK = timedelta(milliseconds=20)

_log = structlog.get_logger(__name__)


async def run(
    settings: Settings, ready: Callable[[], None], note: Callable[[str], None], after: int | None = None
) -> None:
    """Works until cancelled; then takes nothing new and finishes what is under way, for up to 20 s.

    `ready` is called when it polls. Where it follows a process, `after`, it is called when the code is loaded, and the
    rest waits until that has ended: both have one port for metrics, and two kinds of code must not share a queue.
    `note` is given lines that say what became of those inside workflows whose code has changed.
    """
    installed = install(settings)
    if after is not None:
        ready()
        await _ended(after)
    client = await connect(settings, runtime=metered(settings))
    await search_attributes.ensure(client)  # without them no run can be started
    composition = compose(settings, installed.catalogue, Runs(client))
    try:
        async with AsyncExitStack() as stack:
            for worker in workers(client, installed, composition):
                await stack.enter_async_context(worker)
            await retire_schedule(client)
            _log.info("worker ready", workflows=sorted(installed.catalogue))
            if after is None:
                ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(keep(client))
                if settings.release is None:
                    group.create_task(_move(client, installed, composition, note))
    finally:
        await composition.close()


async def _ended(process: int) -> None:
    with suppress(ProcessLookupError):
        while True:
            os.kill(process, 0)
            await asyncio.sleep(_LOOK.total_seconds())


def metered(settings: Settings) -> Runtime | None:
    """Serves the SDK's own metrics for Prometheus, where a port is set for them."""
    if settings.metrics_port is None:
        return None
    address = f"{settings.host}:{settings.metrics_port}"
    return Runtime(
        telemetry=TelemetryConfig(logging=CORE_LOGS, metrics=PrometheusConfig(bind_address=address))
    )


async def _move(
    client: Client, installed: Installed, composition: Composition, note: Callable[[str], None]
) -> None:
    """Moves people while the worker works, so that nobody waits but those inside what has changed.

    A run that its new code does not fit fails its workflow task until it is moved. What was cut off is done again.
    """
    while True:
        try:
            reports = await move(client, composition.database, installed.classes, runner_of(installed))
        except Exception:  # Temporal or the database is away, say: no reason to stop all the others
            _log.exception("enrollments not moved to new code yet")
            await asyncio.sleep(_MOVE_AGAIN.total_seconds())
            continue
        for report in reports:
            for line in report.lines():
                note(line)
        return


def runner_of(installed: Installed) -> WorkflowRunner:
    """Workflow code runs in a sandbox, which shares what workflow files may import of the author's own."""
    return runner(*installed.shared)


def workers(client: Client, installed: Installed, composition: Composition) -> list[Worker]:
    """One worker for each task queue. Workflows come last, so that they stop first."""
    coded: list[Interceptor] = [CodedErrors(composition.database)]
    return [
        Worker(
            client,
            task_queue=UPKEEP_QUEUE,
            workflows=[UpkeepWorkflow],
            activities=[Upkeep(client, composition, installed.catalogue).run],
            workflow_runner=runner(),
            graceful_shutdown_timeout=_DRAIN,
        ),
        Worker(
            client,
            task_queue=EMAIL_QUEUE,
            activities=composition.email,
            interceptors=coded,
            graceful_shutdown_timeout=_DRAIN,
        ),
        Worker(
            client,
            task_queue=EFFECTS_QUEUE,
            activities=[*composition.effects, *installed.calls],
            interceptors=[*coded, RecordedCalls(composition.database, installed.calls)],
            graceful_shutdown_timeout=_DRAIN,
        ),
        Worker(
            client,
            task_queue=WORKFLOWS_QUEUE,
            workflows=[*installed.classes, *installed.plain],
            activities=composition.local,
            interceptors=coded,
            workflow_runner=runner_of(installed),
            graceful_shutdown_timeout=_DRAIN,
        ),
    ]
