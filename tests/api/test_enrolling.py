"""Enrolling over the API: once, whatever is repeated, under each re-entry rule."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from store import clock
from store.contacts import Contacts
from store.database import Database
from store.enrollments import Enrollments
from store.suppressions import Suppressions
from store.tables import Enrollment
from tests.api.conftest import KEY, Serve
from tests.temporal import port_of

CONSENT = {"marketing": {"granted": True, "source": "form"}}


def someone(**more: Any) -> dict[str, Any]:
    return {"email": f"{secrets.token_hex(6)}@example.com", "consent": CONSENT, **more}


async def enroll(
    api: httpx.AsyncClient, contact: dict[str, Any], workflow: str = "waiting", **more: Any
) -> httpx.Response:
    return await api.post(f"/v1/workflows/{workflow}/enrollments", json={"contact": contact, **more})


async def end(database: Database, id: str, days_ago: int = 0) -> None:
    async with database.begin() as session:
        row = await session.get(Enrollment, id)
        assert row
        row.created_at = clock.now() - timedelta(days=days_ago)
        await Enrollments(session).mark_ended(id, "completed", None, clock.now())


async def test_an_enrollment_starts_a_run(api: httpx.AsyncClient, temporal: Client) -> None:
    answer = await enroll(api, someone(name="Ada"))
    body = answer.json()
    assert answer.status_code == 201, body
    assert list(body) == [
        "id", "workflow", "contact_id", "status", "created", "reason", "warnings", "temporal_url",
    ]  # fmt: skip
    assert (body["status"], body["created"], body["reason"], body["warnings"]) == (
        "created",
        True,
        "started",
        [],
    )
    assert body["id"] == f"waiting:{body['contact_id']}:1"
    assert body["temporal_url"].endswith("/namespaces/default/workflows/" + body["id"].replace(":", "%3A"))
    described = await temporal.get_workflow_handle(body["id"]).describe()
    assert described.workflow_type == "Waiting"
    assert described.status == WorkflowExecutionStatus.RUNNING


async def test_a_workflow_is_found_by_its_class_name(api: httpx.AsyncClient) -> None:
    answer = await enroll(api, someone(), "Waiting")
    assert answer.status_code == 201, answer.text


async def test_nothing_personal_reaches_temporal(api: httpx.AsyncClient, temporal: Client) -> None:
    contact = someone(name="Ada Lovelace", external_id="crm-4711", attributes={"phone": "+34 600"})
    id = (await enroll(api, contact)).json()["id"]
    event = {"name": "order.completed", "contact": contact, "properties": {"iban": "DE89"}}
    assert (await api.post("/v1/events", json=event)).json()["told"] == 1
    handle = temporal.get_workflow_handle(id)
    seen = (await handle.fetch_history()).to_json() + str((await handle.describe()).raw_description)
    for personal in (contact["email"], "Ada", "crm-4711", "+34 600", "DE89"):
        assert personal not in seen


async def test_100_parallel_enrollments_make_one(api: httpx.AsyncClient, database: Database) -> None:
    contact = someone(external_id=secrets.token_hex(6))
    answers = await asyncio.gather(*(enroll(api, contact) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.json()["reason"] for answer in answers} == {"started", "already_running"}
    async with database.read() as session:
        rows, _ = await Enrollments(session).page()
        contacts, _ = await Contacts(session).page()
    assert len(rows) == len(contacts) == 1


async def test_parallel_enrollments_of_several_contacts_make_one_run_each(
    api: httpx.AsyncClient, temporal: Client
) -> None:
    people = [someone(external_id=secrets.token_hex(6)) for _ in range(5)]
    answers = await asyncio.gather(*(enroll(api, one) for _ in range(100) for one in people))
    ids = {answer.json()["id"] for answer in answers}
    assert sorted(answer.status_code for answer in answers) == [200] * 495 + [201] * 5
    assert len(ids) == 5
    for id in ids:
        runs = [run async for run in temporal.list_workflows(f"WorkflowId = '{id}'")]
        assert len(runs) <= 1  # visibility may lag behind
        assert (await temporal.get_workflow_handle(id).describe()).status == WorkflowExecutionStatus.RUNNING


async def test_numbers_go_on_after_every_number_taken(api: httpx.AsyncClient, database: Database) -> None:
    contact = someone()
    for entry_key in ("1", "spring", "9", None):
        answer = await enroll(api, contact, **({"entry_key": entry_key} if entry_key else {}))
        assert answer.status_code == 201, answer.text
        await end(database, answer.json()["id"])
    assert answer.json()["id"].endswith(":10")


async def test_always_enters_again_after_the_end(api: httpx.AsyncClient, database: Database) -> None:
    contact = someone()
    first = (await enroll(api, contact)).json()
    again = await enroll(api, contact)
    assert (again.status_code, again.json()["reason"]) == (200, "already_running")
    await end(database, first["id"])
    second = await enroll(api, contact)
    assert (second.status_code, second.json()["id"][-2:]) == (201, ":2")


async def test_once_never_enters_again(api: httpx.AsyncClient, database: Database) -> None:
    contact = someone()
    first = (await enroll(api, contact, "waiting-once")).json()
    await end(database, first["id"])
    again = await enroll(api, contact, "waiting-once")
    assert (again.status_code, again.json()["reason"]) == (200, "already_enrolled")
    assert (again.json()["id"], again.json()["status"]) == (first["id"], "kept_out")


async def test_after_a_time_it_enters_again(api: httpx.AsyncClient, database: Database) -> None:
    contact = someone()
    first = (await enroll(api, contact, "waiting-later")).json()
    await end(database, first["id"], days_ago=29)
    soon = (await enroll(api, contact, "waiting-later")).json()
    assert soon["reason"] == "too_soon"
    assert soon["again_at"] > clock.now().isoformat()
    await end(database, first["id"], days_ago=31)
    assert (await enroll(api, contact, "waiting-later")).status_code == 201


async def test_an_entry_key_counts_once(api: httpx.AsyncClient, database: Database) -> None:
    contact = someone()
    first = (await enroll(api, contact, entry_key="cart-7")).json()
    assert first["id"].endswith(":cart-7")
    await end(database, first["id"])
    again = await enroll(api, contact, entry_key="cart-7")
    assert (again.status_code, again.json()["reason"]) == (200, "same_entry")
    other = await enroll(api, contact, entry_key="cart-8")
    assert other.status_code == 201


async def test_warnings_say_that_nobody_will_be_reached(api: httpx.AsyncClient, database: Database) -> None:
    nobody = await enroll(api, {"external_id": secrets.token_hex(6)})
    assert nobody.json()["warnings"] == ["no_consent", "no_email"]
    contact = someone()
    async with database.begin() as session:
        await Suppressions(session, KEY.encode()).add(contact["email"], "bounced")
    assert (await enroll(api, contact)).json()["warnings"] == ["suppressed"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contact"),
        ({"contact": {}}, "contact"),
        ({"contact": {"email": "nobody"}}, "contact.email"),
        ({"contact": {"email": "a@example.com", "age": 4}}, "contact.age"),
        ({"contact": {"email": "a@example.com", "time_zone": "Mars/Base"}}, "contact.time_zone"),
        ({"contact": {"email": "a@example.com"}, "entry_key": "a b"}, "entry_key"),
        ({"contact": {"email": "a@example.com"}, "entry": "1"}, "entry"),
        ({"contact": {"email": "a@example.com"}, "params": {"percent": 90}}, "params.percent"),
        ({"contact": {"email": "a@example.com"}, "params": {"percnt": 9}}, "params.percnt"),
        ([], "body"),
    ],
)
async def test_wrong_fields_are_named(api: httpx.AsyncClient, body: Any, field: str) -> None:
    answer = await api.post("/v1/workflows/waiting-once/enrollments", json=body)
    problem = answer.json()
    assert answer.status_code == 422, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert all(error["detail"] for error in problem["errors"])


async def test_an_unknown_workflow_lists_the_known(api: httpx.AsyncClient) -> None:
    answer = await enroll(api, someone(), "welcom")
    assert answer.status_code == 404
    assert "waiting-once" in answer.json()["errors"][0]["detail"]


async def test_ids_of_two_contacts_conflict(api: httpx.AsyncClient) -> None:
    one, other = someone(external_id=secrets.token_hex(6)), someone(external_id=secrets.token_hex(6))
    await enroll(api, one)
    await enroll(api, other)
    answer = await enroll(api, {**one, "email": other["email"]})
    assert answer.status_code == 409
    assert {error["field"] for error in answer.json()["errors"]} == {"contact.external_id", "contact.email"}
    unknown = await enroll(api, {"id": "con_nobody"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "contact.id")


async def test_a_repeated_call_completes_what_was_cut_off(
    serve: Serve, temporal: Client, worker: None, database: Database, unused_tcp_port: int
) -> None:
    contact = someone()
    async with serve(temporal_port=unused_tcp_port) as api:
        away = await enroll(api, contact)
        assert away.status_code == 503, away.text
        assert away.headers["retry-after"]
        assert away.json()["errors"][0]["field"] == "temporal"
    async with serve(temporal_port=port_of(temporal)) as api:
        answer = await enroll(api, contact)
        assert (answer.status_code, answer.json()["reason"]) == (201, "started")
    async with database.read() as session:
        rows, _ = await Enrollments(session).page()
    assert [row.status for row in rows] == ["running"]
