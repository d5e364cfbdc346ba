"""Thousands of events for one contact: the run is told of 500, and reads the others in the database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from temporalio.client import Client, WorkflowHistory

from activities.calls import EventSignal
from activities.recording import Happening
from activities.routing import Routed, Router
from store import clock
from tests.workflows.rebuilding import replayed
from tests.workflows.stack import Run, running, time_skipping
from worker.catalogue import install
from worker.composition import compose
from worker.connection import Runs
from worker.settings import Settings
from worker.testing.servers import Clock
from workflows.analysis.reading import read_history
from workflows.contracts import Ledger
from workflows.kit.inbox import Inbox

PACKAGES = ["workflows", "tests.samples"]
VISITS, CONSUMED = 5_000, 600
MOST = 256 * 1024  # bytes of a ledger


@pytest.fixture
async def server() -> AsyncIterator[tuple[Client, Clock]]:
    async with time_skipping(suggest_continue_as_new=3000) as (client, clock):
        yield client, clock


@pytest.fixture(autouse=True)
def ledgers_can_be_rebuilt() -> None:
    """It is asked once, at the end."""


def storm(run: Run, name: str, count: int, **properties: str) -> Iterator[list[Happening]]:
    for start in range(0, count, 1000):
        yield [
            Happening(id=token_hex(8), name=name, contact=run.contact.id, properties=properties)
            for _ in range(start, min(start + 1000, count))
        ]


async def post(router: Router, batches: Iterator[list[Happening]]) -> None:
    for batch in batches:
        routed = await router.post_all(batch, within=60)
        assert all(isinstance(one, Routed) and one.delivered for one in routed)


@asynccontextmanager
async def without_a_worker(client: Client, folder: Path) -> AsyncIterator[Router]:
    settings = Settings(home=folder, workflows=PACKAGES)
    composition = compose(settings, install(settings).catalogue, Runs(client))
    try:
        yield composition.router
    finally:
        await composition.close()


async def histories(run: Run) -> list[WorkflowHistory]:
    client = run.stack.client
    found = [one async for one in client.list_workflows(f"WorkflowId = '{run.enrolled.id}'")]
    return [
        await client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()
        for one in sorted(found, key=lambda one: one.start_time)
    ]


async def test_a_storm_is_taken_in_and_nothing_is_lost(server: tuple[Client, Clock], tmp_path: Path) -> None:
    async with running(*server, tmp_path, *PACKAGES) as stack:
        run = await stack.enroll("busy", params={"visits": CONSUMED})
    async with without_a_worker(server[0], tmp_path) as router:
        await post(router, storm(run, "site.visited", VISITS))
        await post(router, storm(run, "order.completed", VISITS, amount="20"))
    history = (await histories(run))[-1]
    told = [one for one in history.events if one.HasField("workflow_execution_signaled_event_attributes")]
    assert len(told) == 501, "500 visits, that there are more, and none of the small orders"
    async with running(*server, tmp_path, *PACKAGES) as stack:
        run = Run(stack, run.enrolled, run.contact)
        await run.quiet()
        state = await run.state()
        assert [step.key for step in state.steps] == ["wait_for:order.completed[amount > 50]#1"]
        used = [
            entry.result["id"]
            for entry in state.trail
            if isinstance(entry.result, dict) and "id" in entry.result
        ]
        assert len(used) == len(set(used)) == CONSUMED
        chain = await histories(run)
        for one in chain:
            ledger = read_history(one).enrollment.ledger
            assert ledger is None or len(ledger.model_dump_json()) < MOST
        await replayed(stack.installed, chain[-1])
        await post(stack.composition.router, storm(run, "order.completed", 1, amount="80"))
        assert await run.outcome() == "ordered"


def test_what_a_run_carries_on_is_bounded() -> None:
    began = clock.now()
    inbox = Inbox(Ledger(started=began))
    for number in range(9_000):
        signal = EventSignal(
            id=f"evt_{number:022}", name="site.visited", received=began + timedelta(seconds=number)
        )
        assert inbox.receive(signal, began)
        assert not inbox.receive(signal, began) or number >= 500
    ledger = Ledger(started=began).model_copy(update=inbox.snapshot())
    assert len(ledger.inbox) == 500
    assert ledger.unread is not None
    assert ledger.unread.since.id == f"evt_{500:022}"
    assert len(ledger.model_dump_json()) < MOST
