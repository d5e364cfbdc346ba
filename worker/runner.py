"""The worker process: workflows, effects and email, each on a task queue of its own."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.worker import Interceptor, Worker

from activities.errors import CodedErrors
from activities.recorded import RecordedCalls
from worker import search_attributes, upkeep
from worker.catalogue import Installed, install
from worker.composition import Composition, compose
from worker.connection import WORKFLOWS_QUEUE, Runs, connect
from worker.sandbox import runner
from worker.settings import Settings
from worker.upkeep_workflow import UpkeepWorkflow

EFFECTS_QUEUE = "cadencia-effects"
EMAIL_QUEUE = "cadencia-email"

_DRAIN = timedelta(seconds=20)

_log = structlog.get_logger(__name__)


async def run(settings: Settings, ready: Callable[[], None]) -> None:
    """Works until cancelled; then takes nothing new and finishes what is under way, for up to 20 s."""
    installed = install(settings)
    client = await connect(settings)
    await search_attributes.register(client)
    composition = compose(settings, installed.catalogue, Runs(client))
    try:
        async with AsyncExitStack() as stack:
            for worker in workers(client, installed, composition):
                await stack.enter_async_context(worker)
            await upkeep.schedule(client)
            _log.info("worker ready", workflows=sorted(installed.catalogue))
            ready()
            await asyncio.Event().wait()
    finally:
        await composition.close()


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
            workflows=[*installed.classes, UpkeepWorkflow],
            activities=composition.local,
            interceptors=coded,
            workflow_runner=runner(*{call.__module__ for call in installed.calls}),
            graceful_shutdown_timeout=_DRAIN,
        ),
    ]
