"""Looking at enrollments and steering them."""

import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from store import clock
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments
from store.progress import LastStep, Progress
from store.tables import Message
from tests.api.conftest import Serve
from tests.api.test_enrolling import end, enroll, someone
from worker import connection


async def test_the_run_itself_says_where_it_stands(api: httpx.AsyncClient) -> None:
    id = (await enroll(api, someone())).json()["id"]
    shown = (await api.get(f"/v1/enrollments/{id}")).json()
    assert (shown["live"], shown["status"], shown["step"]) == (True, "running", "wait_for:order.completed#1")
    assert shown["since"] < shown["due"] == shown["next"][0]["due"]
    assert (shown["trail"], shown["messages"]) == ([], [])
    assert shown["temporal_url"].startswith("http://127.0.0.1:8233/namespaces/default/workflows/waiting")


async def test_without_the_run_the_row_answers(
    serve: Serve, api: httpx.AsyncClient, database: Database, unused_tcp_port: int
) -> None:
    answer = (await enroll(api, someone())).json()
    id = answer["id"]
    async with database.begin() as session:
        step = "send_email:welcome/hello#1"
        await Effects(session).record({(id, step): {"message_id": "msg_1"}}, clock.now())
        await Progress(session).set_steps({id: LastStep(step)}, clock.now())
        session.add(message_of(id, answer["contact_id"]))
    async with serve(temporal_port=unused_tcp_port) as alone:
        shown = (await alone.get(f"/v1/enrollments/{id}")).json()
    assert (shown["live"], shown["status"], shown["step"]) == (False, "running", "send_email:welcome/hello#1")
    assert [step["key"] for step in shown["trail"]] == ["send_email:welcome/hello#1"]
    assert [message["template"] for message in shown["messages"]] == ["welcome/hello"]


def message_of(enrollment_id: str, contact_id: str) -> Message:
    return Message(
        id=f"msg_{secrets.token_hex(8)}",
        enrollment_id=enrollment_id,
        key="send_email:welcome/hello#1",
        contact_id=contact_id,
        template="welcome/hello",
        release="r1",
        status="sent",
        sent_at=clock.now(),
    )


async def test_lists_filter_and_turn_pages(api: httpx.AsyncClient) -> None:
    contact = someone(external_id="crm-9")
    ids = [
        (await enroll(api, contact, slug)).json()["id"]
        for slug in ("waiting", "waiting-once", "waiting-later")
    ]
    await enroll(api, someone())
    query: dict[str, Any] = {"contact_external_id": "crm-9", "limit": 2}
    first = (await api.get("/v1/enrollments", params=query)).json()
    second = (await api.get("/v1/enrollments", params={**query, "cursor": first["next_cursor"]})).json()
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    assert second["next_cursor"] is None
    for wanted, count in (
        ({"workflow": "waiting"}, 2),
        ({"status": "running"}, 4),
        ({"status": "ended"}, 0),
        ({"step": "sleep:x#1"}, 0),
        ({"contact_id": first["data"][0]["contact_id"]}, 3),
        ({"contact_external_id": "nobody"}, 0),
    ):
        assert len((await api.get("/v1/enrollments", params=wanted)).json()["data"]) == count, wanted
    assert (await api.get("/v1/enrollments", params={"workflow": "nothing"})).status_code == 404
    for wrong in ({"cursor": "x"}, {"limit": 0}, {"limit": 501}, {"state": "ended"}, {"status": "over"}):
        refused = await api.get("/v1/enrollments", params=wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, next(iter(wrong)))


async def test_pause_and_resume(api: httpx.AsyncClient, database: Database) -> None:
    id = (await enroll(api, someone())).json()["id"]
    paused = await api.post(f"/v1/enrollments/{id}/pause")
    assert (paused.status_code, paused.json()["status"]) == (200, "paused"), paused.text
    listed = (await api.get("/v1/enrollments")).json()["data"][0]
    assert listed["status"] == "paused"
    assert listed["paused_at"]
    again = await api.post(f"/v1/enrollments/{id}/pause")
    assert (again.status_code, again.json()["errors"][0]["detail"]) == (
        409,
        "the enrollment is paused already",
    )
    resumed = await api.post(f"/v1/enrollments/{id}/resume", json={"policy": "active_time"})
    assert (resumed.status_code, resumed.json()["status"]) == (200, "running")
    wrong = await api.post(f"/v1/enrollments/{id}/resume", json={"policy": "hurry"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "policy")
    async with database.read() as session:
        row = await Enrollments(session).get(id)
    assert row
    assert row.run_status == "running"


async def test_exit_ends_the_run(api: httpx.AsyncClient, temporal: Client, database: Database) -> None:
    id = (await enroll(api, someone())).json()["id"]
    wrong = await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "Ada asked us to"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "reason")
    assert (await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "asked"})).status_code == 200
    assert (await temporal.get_workflow_handle(id).result())["outcome"] == "exited"
    gone = await api.post(f"/v1/enrollments/{id}/pause")
    assert (gone.status_code, gone.json()["type"]) == (409, "urn:cadencia:problem:ended")
    await end(database, id)
    ended = await api.post(f"/v1/enrollments/{id}/exit", json={"reason": "asked"})
    assert (ended.status_code, "ended as completed" in ended.text) == (409, True)
    shown = (await api.get(f"/v1/enrollments/{id}")).json()
    assert (shown["live"], shown["status"], shown["outcome"]) == (False, "ended", "completed")


async def test_who_is_not_there(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/enrollments/waiting:con_x:1")).status_code == 404
    for order in ("pause", "resume", "exit"):
        answer = await api.post(f"/v1/enrollments/waiting:con_x:1/{order}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "id")


async def test_without_a_worker_nothing_hangs(
    serve: Serve, api: httpx.AsyncClient, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run on a queue that nobody polls: the row answers for it, and steering says that no worker is there."""
    monkeypatch.setattr(connection, "WORKFLOWS_QUEUE", "nobody-polls")
    monkeypatch.setattr(connection, "PATIENCE", timedelta(seconds=1))
    id = (await enroll(api, someone())).json()["id"]
    assert (await api.get(f"/v1/enrollments/{id}")).json()["live"] is False
    answer = await api.post(f"/v1/enrollments/{id}/pause")
    assert (answer.status_code, "is a worker running?" in answer.text) == (503, True), answer.text
