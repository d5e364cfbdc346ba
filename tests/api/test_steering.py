"""Steering enrollments: what is already as it is wanted stays so, and nobody is kept in who is to leave."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from store import clock
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments
from store.tables import Enrollment
from tests.api.conftest import Serve
from tests.api.test_enrolling import end, enroll, someone
from tests.api.waiting import CATALOGUE
from tests.store.rows import make_contact, make_enrollment
from worker import connection, exiting
from worker.exiting import Exits, open_compensations


async def row_of(database: Database, id: str) -> Enrollment:
    async with database.read() as session:
        row = await Enrollments(session).get(id)
    assert row
    return row


async def change(database: Database, id: str, **fields: Any) -> None:
    async with database.begin() as session:
        row = await session.get(Enrollment, id)
        assert row
        for name, value in fields.items():
            setattr(row, name, value)


async def wedged(temporal: Client, database: Database) -> str:
    """An enrollment whose workflow tasks fail."""
    async with database.begin() as session:
        contact = await make_contact(session)
        row = await make_enrollment(session, contact, secrets.token_hex(4), "waiting", status="running")
    given = row.model_dump(include={"id", "workflow", "subject_kind", "subject_id", "entry", "release"})
    await temporal.start_workflow("Wedged", given, id=row.id, task_queue=connection.WORKFLOWS_QUEUE)
    return row.id


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  # a server tells
            await asyncio.sleep(0.1)


async def test_pause_and_resume(api: httpx.AsyncClient) -> None:
    id = (await enroll(api, someone())).json()["id"]
    for _ in range(2):
        paused = await api.post(f"/v1/enrollments/{id}/pause")
        assert (paused.status_code, paused.json()["status"]) == (200, "paused"), paused.text
    for _ in range(2):
        resumed = await api.post(f"/v1/enrollments/{id}/resume", json={"policy": "active_time"})
        assert (resumed.status_code, resumed.json()["status"]) == (200, "running")
    wrong = await api.post(f"/v1/enrollments/{id}/resume", json={"policy": "hurry"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "policy")


async def test_exit_ends_the_run(api: httpx.AsyncClient, temporal: Client, database: Database) -> None:
    id = (await enroll(api, someone())).json()["id"]
    wrong = await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "Ada asked us to"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "reason")
    assert (await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "asked"})).status_code == 200
    assert (await temporal.get_workflow_handle(id).result())["outcome"] == "exited"
    gone = await api.post(f"/v1/enrollments/{id}/pause")
    assert (gone.status_code, gone.json()["type"]) == (409, "urn:cadencia:problem:ended")
    await end(database, id)
    again = await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "asked"})
    assert (again.status_code, again.json()["status"], again.json()["outcome"]) == (200, "ended", "completed")
    paused = await api.post(f"/v1/enrollments/{id}/pause")
    assert (paused.status_code, "ended as completed" in paused.text) == (409, True)


async def test_a_run_whose_tasks_fail_is_terminated(
    api: httpx.AsyncClient, temporal: Client, database: Database
) -> None:
    id = await wedged(temporal, database)
    async with database.begin() as session:
        step: dict[str, Any] = {"terms": {}, "result": None, "failed": None, "at": clock.now()}
        await Effects(session).store_steps({(id, "compensate_with:cancel#1"): step})
    handle = temporal.get_workflow_handle(id)

    async def failed_three_times() -> bool:
        return (await handle.describe()).raw_description.pending_workflow_task.attempt >= 3

    await until(failed_three_times, 60)
    answer = await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "asked"})
    assert (answer.status_code, answer.json()["outcome"], answer.json()["reason"]) == (200, "exited", "asked")
    assert answer.json()["not_undone"] == ["compensate_with:cancel#1"]
    assert (await handle.describe()).status == WorkflowExecutionStatus.TERMINATED


async def test_without_a_worker_it_leaves_when_one_comes(
    serve: Serve,
    api: httpx.AsyncClient,
    temporal: Client,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "WORKFLOWS_QUEUE", "nobody-polls")
    monkeypatch.setattr(exiting, "_ANSWERS_WITHIN", timedelta(seconds=1))
    id = (await enroll(api, someone())).json()["id"]
    for _ in range(2):
        answer = await api.post(f"/v1/enrollments/{id}/exit")
        assert (answer.status_code, answer.json()["exiting"]) == (202, True), answer.text
        assert answer.json()["status"] == "running"
    listed = (await api.get("/v1/enrollments")).json()["data"][0]
    assert (listed["id"], listed["exiting"]) == (id, True)
    described = await temporal.get_workflow_handle(id).describe()
    assert described.raw_description.workflow_extended_info.cancel_requested
    assert described.status == WorkflowExecutionStatus.RUNNING


async def test_an_exit_whose_tasks_fail_later_is_finished_by_upkeep(
    api: httpx.AsyncClient, temporal: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exiting, "_ANSWERS_WITHIN", timedelta(seconds=0.2))
    monkeypatch.setattr(exiting, "_FAILED", 1_000)
    id = await wedged(temporal, database)
    assert (await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "asked"})).status_code == 202
    monkeypatch.setattr(exiting, "_FAILED", 3)
    exits = Exits(temporal, database, CATALOGUE)

    async def gone() -> bool:
        await exits.finish()
        return (await row_of(database, id)).status == "ended"

    await until(gone, 60)
    row = await row_of(database, id)
    assert (row.outcome, row.reason) == ("exited", "asked")


async def test_a_lost_one_leaves_at_once(api: httpx.AsyncClient, database: Database) -> None:
    id = (await enroll(api, someone())).json()["id"]
    await change(database, id, lost_at=clock.now())
    refused = await api.post(f"/v1/enrollments/{id}/pause")
    assert (refused.status_code, "recover" in refused.text) == (409, True)
    answer = await api.post(f"/v1/enrollments/{id}/exit")
    assert (answer.status_code, answer.json()["status"], answer.json()["outcome"]) == (200, "ended", "exited")


async def test_a_pending_one_leaves_without_being_started(
    serve: Serve, api: httpx.AsyncClient, temporal: Client, database: Database, unused_tcp_port: int
) -> None:
    async with serve(temporal_port=unused_tcp_port) as alone:
        assert (await enroll(alone, someone())).status_code == 503
        (row,) = (await alone.get("/v1/enrollments")).json()["data"]
        waits = await alone.post(f"/v1/enrollments/{row['id']}/exit")
        assert (waits.status_code, waits.json()["status"], waits.json()["exiting"]) == (202, "pending", True)
    answer = await api.post(f"/v1/enrollments/{row['id']}/exit")
    assert (answer.status_code, answer.json()["status"], answer.json()["outcome"]) == (200, "ended", "exited")
    async with database.read() as session:
        assert not await Enrollments(session).unstarted(clock.now(), 10)


async def test_who_is_not_there(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/enrollments/waiting:con_x:1")).status_code == 404
    for order in ("pause", "resume", "exit", "migrate"):
        answer = await api.post(f"/v1/enrollments/waiting:con_x:1/{order}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "id")


async def test_without_a_worker_nothing_hangs(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run on a queue that nobody polls: the row answers for it, and steering says that no worker is there."""
    monkeypatch.setattr(connection, "WORKFLOWS_QUEUE", "nobody-polls")
    monkeypatch.setattr(connection, "PATIENCE", timedelta(seconds=1))
    id = (await enroll(api, someone())).json()["id"]
    assert (await api.get(f"/v1/enrollments/{id}")).json()["live"] is False
    answer = await api.post(f"/v1/enrollments/{id}/pause")
    assert (answer.status_code, "is a worker running?" in answer.text) == (503, True), answer.text


def test_what_was_undone_is_not_left() -> None:
    declared = ["compensate_with:a#1", "call:b#1", "r2/x/compensate_with:a#1", "compensate_with:c#1"]
    assert open_compensations(declared) == [key for key in declared if "compensate_with" in key]
    assert open_compensations([*declared, "undo/call:c#1", "r2/undo/call:a#1"]) == ["compensate_with:a#1"]
