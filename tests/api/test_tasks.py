"""Tasks over the API: answered once, and the run is told, whatever happens in between."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from activities.answering import Answering
from activities.calls import EventSignal
from store import clock
from store.database import Database
from store.tables import Task
from store.tasks import Tasks
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.temporal import port_of
from worker.connection import Runs

COMMENT = "They pay <b>late</b>,\nbut they pay: ann@example.com"


@pytest.fixture
async def task(api: httpx.AsyncClient, database: Database) -> Task:
    """A question about somebody in a workflow."""
    enrolled = (await enroll(api, someone())).json()
    return await task_of(database, enrolled["id"], answers=["yes", "no"])


async def task_of(database: Database, enrollment_id: str, number: int = 1, **fields: Any) -> Task:
    row = Task(
        enrollment_id=enrollment_id, key=f"create_task:approve#{number}", workflow="waiting",
        subject_kind="contact", subject_id=enrollment_id.split(":")[1], label="Approve <20 %>?",
        text="First line\nsecond & last", role="sales", **fields,
    )  # fmt: skip
    async with database.begin() as session:
        return await Tasks(session).make(row)


async def told(temporal: Client, task: Task) -> list[EventSignal]:
    handle = temporal.get_workflow_handle(task.enrollment_id)
    signals: list[EventSignal] = await handle.query("heard", result_type=list[EventSignal])
    return signals


async def kept(database: Database, task: Task) -> Task:
    async with database.read() as session:
        row = await Tasks(session).get(task.id)
    assert row
    return row


def signal(task: Task, choice: str | None = "yes") -> EventSignal:
    return EventSignal(id=f"{task.id}.done", name="task.done", about=task.id, choice=choice)


# Over the API.


async def test_an_answer_is_written_and_told(
    api: httpx.AsyncClient, task: Task, temporal: Client, database: Database
) -> None:
    body = {"choice": "yes", "comment": COMMENT, "answered_by": "u-17"}
    answer = await api.post(f"/v1/tasks/{task.id}/answer", json=body)
    shown = answer.json()
    assert answer.status_code == 200, shown
    assert {name: shown[name] for name in body} == body
    assert shown["status"] == "done"
    assert shown["done_at"]
    assert shown["delivered_at"]
    assert await told(temporal, task) == [signal(task)]
    assert (await api.get(f"/v1/tasks/{task.id}")).json() == shown


async def test_the_comment_never_leaves_the_database(
    api: httpx.AsyncClient, task: Task, temporal: Client
) -> None:
    body = {"choice": "no", "comment": COMMENT, "answered_by": "Ann Smith"}
    await api.post(f"/v1/tasks/{task.id}/answer", json=body)
    history = (await temporal.get_workflow_handle(task.enrollment_id).fetch_history()).to_json()
    assert "late" not in history
    assert "Ann Smith" not in history


async def test_without_a_name_the_key_answered(api: httpx.AsyncClient, task: Task) -> None:
    answer = await api.post(f"/v1/tasks/{task.id}/answer", json={"choice": "yes"})
    assert answer.json()["answered_by"] == "test"


async def test_the_first_of_many_answers_counts(api: httpx.AsyncClient, task: Task, temporal: Client) -> None:
    answers = await asyncio.gather(
        *(
            api.post(f"/v1/tasks/{task.id}/answer", json={"choice": "yes", "answered_by": f"u-{number}"})
            for number in range(20)
        )
    )
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    for answer in answers:
        if answer is not won[0]:
            assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
            assert re.search(rf"yes, by {won[0].json()['answered_by']} at 20\S+Z", answer.json()["detail"])
    assert await told(temporal, task) == [signal(task)]


@pytest.mark.parametrize("body", [{"choice": "maybe"}, {"choice": None}, {}, {"comment": "x"}])
async def test_a_wrong_choice_names_the_answers(
    api: httpx.AsyncClient, task: Task, database: Database, body: dict[str, Any]
) -> None:
    answer = await api.post(f"/v1/tasks/{task.id}/answer", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "choice", "code": "unknown_value", "detail": "choose one of: yes, no"}
    ]
    assert (await kept(database, task)).status == "open"


async def test_a_task_without_answers_is_only_done(
    api: httpx.AsyncClient, task: Task, temporal: Client, database: Database
) -> None:
    plain = await task_of(database, task.enrollment_id, 2)
    wrong = await api.post(f"/v1/tasks/{plain.id}/answer", json={"choice": "yes"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "choice")
    assert (await api.post(f"/v1/tasks/{plain.id}/answer", json={})).json()["status"] == "done"
    assert await told(temporal, plain) == [signal(plain, None)]


async def test_a_withdrawn_task_cannot_be_answered(
    api: httpx.AsyncClient, task: Task, database: Database
) -> None:
    async with database.begin() as session:
        await Tasks(session).withdraw([task.enrollment_id])
    answer = await api.post(f"/v1/tasks/{task.id}/answer", json={"choice": "yes"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:cadencia:problem:withdrawn")


async def test_tasks_are_listed(api: httpx.AsyncClient, task: Task, database: Database) -> None:
    other = await task_of(database, task.enrollment_id, 2)
    async with database.begin() as session:
        await Tasks(session).escalate(other.id, "sales", "head")

    async def ids(**wanted: Any) -> list[str]:
        answer = await api.get("/v1/tasks", params=wanted)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["data"]]

    assert await ids() == sorted([task.id, other.id], reverse=True)
    assert await ids(role="head") == [other.id]
    assert await ids(role="sales", status="open", enrollment_id=task.enrollment_id) == [task.id]
    assert await ids(status="done") == []
    first = (await api.get("/v1/tasks", params={"limit": 1})).json()
    assert await ids(limit=1, cursor=first["next_cursor"]) == [min(task.id, other.id)]


async def test_there_is_no_such_task(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/tasks/task_none")).status_code == 404
    assert (await api.post("/v1/tasks/task_none/answer", json={})).status_code == 404


async def test_scopes(serve: Serve, temporal: Client, task: Task) -> None:
    async with serve(temporal_port=port_of(temporal), scopes=("read",)) as reader:
        assert (await reader.get("/v1/tasks")).status_code == 200
        assert (await reader.get("/v1/teams")).status_code == 200
        assert (await reader.get("/v1/event-types")).status_code == 200
        assert (await reader.post(f"/v1/tasks/{task.id}/answer", json={"choice": "yes"})).status_code == 403
        assert (await reader.put("/v1/teams/sales", json={"email": None})).status_code == 403
    async with serve(temporal_port=port_of(temporal), scopes=("operate",)) as operator:
        assert (await operator.put("/v1/teams/sales", json={"email": None})).status_code == 403
        assert (await operator.post(f"/v1/tasks/{task.id}/answer", json={"choice": "yes"})).status_code == 200


# What a crash or an outage leaves.


async def test_without_temporal_the_answer_counts_and_is_told_later(
    serve: Serve, temporal: Client, worker: None, task: Task, database: Database, unused_tcp_port: int
) -> None:
    async with serve(temporal_port=unused_tcp_port) as alone:
        answer = await alone.post(f"/v1/tasks/{task.id}/answer", json={"choice": "yes"})
        assert (answer.status_code, answer.json()["delivered_at"]) == (200, None)
    assert await told(temporal, task) == []
    async with database.read() as session:
        left = await Tasks(session).undelivered(clock.now() + timedelta(seconds=1), 9)
    assert await Answering(database, Runs(temporal)).deliver_all(left, 5) == 1
    assert await told(temporal, task) == [signal(task)]
    assert (await kept(database, task)).delivered_at
