"""One status: lists, the run itself and Temporal's details say the same, whoever steers at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from temporalio.client import WorkflowExecutionStatus

from api.app import create_app
from store.enrollments import Enrollments
from store.tables import Enrollment as Row
from tests.api.conftest import client_of, key
from tests.temporal import port_of
from tests.workflows.stack import Run, Stack
from tests.workflows.test_parking import enroll_broken
from worker.connection import WORKFLOWS_QUEUE
from worker.exiting import Exits
from workflows.contracts import Enrollment
from workflows.kit import days, hours


@pytest.fixture
async def api(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The API of the stack. Tests call side by side: none is refused for being slow."""
    monkeypatch.setattr("api.limit.START", 1000)
    monkeypatch.setattr("api.limit.TARGET", 3600)
    settings = stack.settings.model_copy(update={"temporal_port": port_of(stack.client)})
    app = create_app(settings, stack.installed.catalogue)
    secret = await key(stack.composition.database, "admin")
    async with app.router.lifespan_context(app), client_of(app, secret) as client:
        yield client


async def listed(api: httpx.AsyncClient, run: Run) -> dict[str, Any]:
    rows = (await api.get("/v1/enrollments", params={"contact_id": run.contact.id})).json()["data"]
    return next(dict(row) for row in rows if row["id"] == run.enrolled.id)


async def shown(api: httpx.AsyncClient, run: Run) -> dict[str, Any]:
    return dict((await api.get(f"/v1/enrollments/{run.enrolled.id}")).json())


async def steer(api: httpx.AsyncClient, run: Run, order: str) -> int:
    return (await api.post(f"/v1/enrollments/{run.enrolled.id}/{order}")).status_code


async def test_parallel_orders_leave_one_status(stack: Stack, api: httpx.AsyncClient) -> None:
    run = await stack.enroll("patient")
    for _ in range(15):
        assert {*await asyncio.gather(steer(api, run, "pause"), steer(api, run, "resume"))} == {200}
        await run.quiet()
        row, live = await listed(api, run), await shown(api, run)
        assert live["live"]
        assert row["status"] == live["status"] == (await run.state()).status


async def test_a_parked_run_says_so_everywhere(stack: Stack, api: httpx.AsyncClient) -> None:
    run = await enroll_broken(stack, "path")
    await run.advance(days(3) + hours(2))
    row, live = await listed(api, run), await shown(api, run)
    for answer in (row, live):
        assert answer["status"] == "parked"
        assert answer["reason"].startswith("path_error:ValueError in path, line ")
        assert answer["problem"]["text"] == "Ada Lovelace cannot be greeted"
    assert row["status_since"] == live["status_since"]
    metadata = await run.handle.query("__temporal_workflow_metadata")
    assert f"**Parked**: {row['reason']}" in metadata.current_details
    parked = (await api.get("/v1/enrollments", params={"status": "parked"})).json()["data"]
    assert run.enrolled.id in {one["id"] for one in parked}
    assert await steer(api, run, "exit") == 200
    await run.quiet()
    assert (await listed(api, run))["outcome"] == "exited"


async def test_a_paused_run_can_leave(stack: Stack, api: httpx.AsyncClient) -> None:
    run = await stack.enroll("patient")
    assert await steer(api, run, "pause") == 200
    assert await steer(api, run, "exit") == 200
    assert await run.outcome() == "exited"
    await run.quiet()
    assert await steer(api, run, "exit") == 200
    assert (await listed(api, run))["status"] == "ended"


async def test_a_run_of_earlier_habits_tells_its_row_too(stack: Stack, api: httpx.AsyncClient) -> None:
    contact = await stack.contact()
    enrolled = replace(await stack.enter("patient", contact), id=f"patient:{contact.id}:earlier")
    old = Enrollment(
        id=enrolled.id,
        workflow="patient",
        subject_kind="contact",
        subject_id=contact.id,
        entry="earlier",
        release="r",
    )
    async with stack.composition.database.begin() as session:
        row = old.model_dump(include={"id", "workflow", "subject_kind", "subject_id", "entry", "release"})
        await Enrollments(session).insert(Row(**row, contact_id=contact.id, status="running"))
    await stack.client.start_workflow("Patient", old, id=old.id, task_queue=WORKFLOWS_QUEUE)
    run = Run(stack, enrolled, contact)
    await run.quiet()
    assert (await run.state()).habits == 1
    assert await steer(api, run, "pause") == 200
    await run.quiet()
    assert (await listed(api, run))["status"] == (await run.state()).status == "paused"


async def test_what_a_terminated_run_leaves_undone_is_read_from_its_history(
    stack: Stack, api: httpx.AsyncClient
) -> None:
    """Nothing has carried its compensation to the database when it stops."""
    run = await stack.enroll("closing")
    exits = Exits(stack.client, stack.composition.database, stack.installed.catalogue)
    assert await exits._not_undone(await run.row()) == ["compensate_with:cancel deal#1"]
    async with stack.composition.database.begin() as session:
        row = await session.get(Row, run.enrolled.id)
        assert row
        row.lost_at = row.created_at
    assert await steer(api, run, "exit") == 200
    answer = await shown(api, run)
    assert (answer["outcome"], answer["not_undone"]) == ("exited", ["compensate_with:cancel deal#1"])
    assert (await run.handle.describe()).status == WorkflowExecutionStatus.RUNNING
    await run.handle.terminate("the test is over")
    async with stack.composition.database.read() as session:
        ended = await Enrollments(session).get(run.enrolled.id)
    assert ended
    assert ended.reason == "operator"
