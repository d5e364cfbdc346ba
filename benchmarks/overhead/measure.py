"""Lets a run of ours and one of its twin live through every case, on a server that skips time, and compares them."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.api.enums.v1 import EventType

from activities.catalogue import Catalogue
from benchmarks.overhead.cases import CASES, Case
from benchmarks.overhead.twins import TWINS
from store.migrate import upgrade
from tests.workflows.stack import Stack, time_skipping
from worker.catalogue import Installed, install
from worker.catcher import Catcher
from worker.composition import compose
from worker.connection import Runs
from worker.runner import workers
from worker.settings import Settings

_PACKAGES = ["workflows", "benchmarks.overhead.paths"]
_BY_THE_TEST_SERVER = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}


@dataclass(frozen=True)
class History:
    """A run's outcome, its event types in order, and how many bytes its events have together.

    Events by which the test server moves the clock are left out.
    """

    outcome: str
    events: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Overhead:
    """One case: the history of a path written with the toolkit, and that of its twin."""

    case: Case
    ours: History
    by_hand: History


async def measure() -> list[Overhead]:
    async with beside_twins() as stack:
        return [await compare(stack, case) for case in CASES]


async def compare(stack: Stack, case: Case) -> Overhead:
    ours, by_hand = await asyncio.gather(
        _lived(stack, case, case.workflow), _lived(stack, case, _twin(case.workflow))
    )
    return Overhead(case, ours, by_hand)


@asynccontextmanager
async def beside_twins() -> AsyncIterator[Stack]:
    """The product's whole back end, with the twins among its workflows."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        client, clock = await stack.enter_async_context(time_skipping())
        catcher = await stack.enter_async_context(Catcher.running(folder / "mail"))
        settings = Settings(home=folder, catcher_smtp_port=catcher.smtp_port, workflows=_PACKAGES)
        await upgrade(settings.database_url)
        installed = with_twins(install(settings))
        composition = compose(settings, installed.catalogue, Runs(client))
        stack.push_async_callback(composition.close)
        for worker in workers(client, installed, composition):
            await stack.enter_async_context(worker)
        yield Stack(client, clock, composition, installed, settings, catcher)


def with_twins(installed: Installed) -> Installed:
    """A twin is listed as its original is, so that it is enrolled in and told of events in the same way."""
    listed = [
        dataclasses.replace(
            installed.catalogue[slug], slug=_twin(slug), type_name=twin.__name__, starts_on=frozenset()
        )
        for slug, twin in TWINS.items()
    ]
    return dataclasses.replace(
        installed,
        classes=(*installed.classes, *TWINS.values()),
        catalogue=Catalogue([*installed.catalogue.values(), *listed]),
    )


async def _lived(stack: Stack, case: Case, workflow: str) -> History:
    run = await stack.enroll(workflow)
    await case.life(run)
    outcome = await run.outcome()
    history = await run.handle.fetch_history()
    events = [event for event in history.events if event.event_type not in _BY_THE_TEST_SERVER]
    return History(
        outcome,
        tuple(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events),
        sum(event.ByteSize() for event in events),
    )


def _twin(slug: str) -> str:
    return f"{slug}-by-hand"
