"""Recovering over HTTP: what is lost is listed, started again or let go."""

import secrets

import httpx
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus

from store import clock
from store.database import Database
from store.findings import RUNS_WITHOUT_ROW, Findings
from store.presence import Presence
from store.tables import Enrollment
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.temporal import port_of


async def lost(
    api: httpx.AsyncClient, temporal: Client, database: Database, workflow: str = "waiting"
) -> str:
    id: str = (await enroll(api, someone(), workflow)).json()["id"]
    run = WorkflowExecution(workflow_id=id)
    await temporal.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=temporal.namespace, workflow_execution=run)
    )
    async with database.begin() as session:
        await Presence(session).mark_missing([id], clock.now())
        await Presence(session).mark_lost([id], clock.now())
    return id


async def recover(api: httpx.AsyncClient, id: str, how: str = "restart") -> httpx.Response:
    return await api.post(f"/v1/enrollments/{id}/recover", json={"how": how})


async def test_what_is_lost_is_listed_page_by_page_until_it_is_recovered(
    api: httpx.AsyncClient, temporal: Client, database: Database
) -> None:
    ids = sorted([await lost(api, temporal, database) for _ in range(3)])
    async with database.begin() as session:
        await Findings(session).set(RUNS_WITHOUT_ROW, {"count": 1, "ids": ["waiting:con_gone:1"]})
    first = (await api.get("/v1/enrollments/recoverable?limit=2")).json()
    assert [(one["id"], one["missing"]) for one in first["data"]] == [
        (ids[0], "run"), (ids[1], "run"), ("waiting:con_gone:1", "row"),
    ]  # fmt: skip
    assert first["temporal"].endswith(f":{port_of(temporal)}")
    second = (await api.get(f"/v1/enrollments/recoverable?limit=2&cursor={first['next_cursor']}")).json()
    assert ([one["id"] for one in second["data"]], second["next_cursor"]) == (ids[2:], None)
    for id in ids:
        assert (await recover(api, id)).json()["status"] == "running"
        described = await temporal.get_workflow_handle(id).describe()
        assert described.status == WorkflowExecutionStatus.RUNNING
    left = (await api.get("/v1/enrollments/recoverable")).json()
    assert [one["missing"] for one in left["data"]] == ["row"]


async def test_one_is_let_go_and_the_contact_may_come_again(
    api: httpx.AsyncClient, temporal: Client, database: Database
) -> None:
    id = await lost(api, temporal, database)
    answer = await recover(api, id, "let_go")
    assert (answer.status_code, answer.json()["status"], answer.json()["outcome"]) == (200, "ended", "lost")
    again = await recover(api, id, "restart")
    assert (again.status_code, "it ended as lost" in again.text) == (409, True)


async def test_enrolling_again_says_that_it_is_lost_instead_of_running(
    api: httpx.AsyncClient, temporal: Client, database: Database
) -> None:
    id = await lost(api, temporal, database, "waiting-once")
    contact = {"id": id.split(":")[1]}
    again = (await enroll(api, contact, "waiting-once")).json()
    assert (again["id"], again["created"], again["reason"]) == (id, False, "lost")
    assert (await recover(api, id)).status_code == 200
    assert (await enroll(api, contact, "waiting-once")).json()["reason"] == "already_running"


async def test_what_runs_is_left_alone_and_what_never_was_is_not_found(
    api: httpx.AsyncClient, serve: Serve, temporal: Client
) -> None:
    id = (await enroll(api, someone())).json()["id"]
    answer = await recover(api, id, "let_go")
    assert answer.json()["type"] == "urn:cadencia:problem:nothing_to_recover"
    other_run = f"not-ours-{secrets.token_hex(4)}"
    await temporal.start_workflow("Waiting", id=other_run, task_queue="of-nobody")
    for unknown in ("waiting:con_nobody:1", other_run, "w" * 2000):
        assert (await recover(api, unknown, "let_go")).status_code == 404
    async with serve(temporal_port=port_of(temporal), scopes=("read", "enroll")) as other:
        assert (await recover(other, id)).status_code == 403


async def test_without_temporal_nothing_is_decided(
    api: httpx.AsyncClient, serve: Serve, temporal: Client, database: Database, unused_tcp_port: int
) -> None:
    id = await lost(api, temporal, database)
    async with serve(temporal_port=unused_tcp_port) as alone:
        assert (await recover(alone, id, "let_go")).status_code == 503
    async with database.read() as session:
        row = await session.get(Enrollment, id)
    assert row is not None
    assert (row.status, row.lost_at is None) == ("running", False)
