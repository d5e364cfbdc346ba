"""The worker process: workflows, effects and email, each on a task queue of its own."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Interceptor, Worker, WorkflowRunner

from activities.errors import CodedErrors
from activities.recorded import RecordedCalls
from worker import search_attributes, upkeep
from worker.catalogue import Installed, install
from worker.composition import Composition, compose
from worker.connection import WORKFLOWS_QUEUE, Runs, connect
from worker.moving import move
from worker.sandbox import runner
from worker.settings import Settings
from worker.upkeep_workflow import UpkeepWorkflow

EFFECTS_QUEUE = "cadencia-effects"
EMAIL_QUEUE = "cadencia-email"

_DRAIN = timedelta(seconds=20)

_log = structlog.get_logger(__name__)


async def run(settings: Settings, ready: Callable[[list[str]], None]) -> None:
    """Works until cancelled; then takes nothing new and finishes what is under way, for up to 20 s.

    `ready` is given lines that say what became of those inside workflows whose code has changed.
    """
    installed = install(settings)
    client = await connect(settings, runtime=metered(settings))
    await search_attributes.ensure(client)  # without them no run can be started
    composition = compose(settings, installed.catalogue, Runs(client))
    try:
        told = await _move(settings, client, installed, composition)
        async with AsyncExitStack() as stack:
            for worker in workers(client, installed, composition):
                await stack.enter_async_context(worker)
            await upkeep.schedule(client)
            _log.info("worker ready", workflows=sorted(installed.catalogue))
            ready(told)
            await asyncio.Event().wait()
    finally:
        await composition.close()


def metered(settings: Settings) -> Runtime | None:
    """Serves the SDK's own metrics for Prometheus, where a port is set for them."""
    if settings.metrics_port is None:
        return None
    address = f"{settings.host}:{settings.metrics_port}"
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=address)))


async def _move(
    settings: Settings, client: Client, installed: Installed, composition: Composition
) -> list[str]:
    if settings.release is not None:
        return []
    reports = await move(client, composition.database, installed.classes, runner_of(installed))
    return [line for report in reports for line in report.lines()]


def runner_of(installed: Installed) -> WorkflowRunner:
    """Workflow code runs in a sandbox, which shares the modules of the activities that paths call."""
    return runner(*{call.__module__ for call in installed.calls})


def workers(client: Client, installed: Installed, composition: Composition) -> list[Worker]:
    """One worker for each task queue. Workflows come last, so that they stop first."""
    coded: list[Interceptor] = [CodedErrors(composition.database)]
    jobs = upkeep.Upkeep(client, composition)
    return [
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
            activities=[*composition.effects, *installed.calls, jobs.sweep, jobs.reconcile],
            interceptors=[*coded, RecordedCalls(composition.database, installed.calls)],
            graceful_shutdown_timeout=_DRAIN,
        ),
        Worker(
            client,
            task_queue=WORKFLOWS_QUEUE,
            workflows=[*installed.classes, *installed.plain, UpkeepWorkflow],
            activities=composition.local,
            interceptors=coded,
            workflow_runner=runner(*installed.shared),
            graceful_shutdown_timeout=_DRAIN,
        ),
    ]
