"""Events over the API: stored once, told to the runs they concern, starting what begins with them."""

import asyncio
import secrets
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from activities.calls import Cursor, EventSignal
from activities.routing import Happening, Router
from store import clock
from store.contacts import ContactDraft, Contacts
from store.database import Database
from store.events import Events
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.temporal import port_of


async def heard(temporal: Client, id: str) -> list[str]:
    signals = await temporal.get_workflow_handle(id).query("heard", result_type=list[EventSignal])
    return [signal.name for signal in signals]


def event(contact: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "contact": {"email": contact["email"]}, **more}


async def test_an_event_reaches_the_runs_it_concerns(api: httpx.AsyncClient, temporal: Client) -> None:
    contact = someone()
    ids = [(await enroll(api, contact, slug)).json()["id"] for slug in ("waiting", "waiting-later")]
    answer = await api.post("/v1/events", json=event(contact, "email.opened", id="e-1"))
    assert (answer.status_code, answer.json()) == (
        202,
        {
            "id": "e-1",
            "name": "email.opened",
            "contact_id": ids[0].split(":")[1],
            "status": "created",
            "created": True,
            "told": 2,
            "started": [],
            "warnings": [],
        },
    )
    ignored = await api.post("/v1/events", json=event(contact, "site.visited"))
    assert ignored.json()["told"] == 0
    assert [await heard(temporal, id) for id in ids] == [["email.opened"], ["email.opened"]]


async def test_a_run_that_has_too_many_unread_events_is_told_so_once(
    api: httpx.AsyncClient, temporal: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.unread.MOST_UNREAD", 2)
    contact = someone()
    id = (await enroll(api, contact)).json()["id"]
    for number in range(5):
        await api.post("/v1/events", json=event(contact, "email.opened", id=f"{id.split(':')[1]}-{number}"))
    assert await heard(temporal, id) == ["email.opened"] * 2
    third = (await api.get(f"/v1/contacts/{id.split(':')[1]}/timeline")).json()["data"][2]
    assert third["external_id"].endswith("-2")
    cursors = await temporal.get_workflow_handle(id).query("unread", result_type=list[Cursor])
    assert cursors == [Cursor(at=third["received_at"])]
    await api.post("/v1/events", json=event(contact, "order.completed"))
    assert (await heard(temporal, id))[-1] == "order.completed", "a goal is told at once"


async def test_the_same_id_counts_once(api: httpx.AsyncClient, temporal: Client) -> None:
    contact = someone()
    id = (await enroll(api, contact)).json()["id"]
    happened = event(contact, "email.opened", id=secrets.token_hex(8))
    answers = await asyncio.gather(*(api.post("/v1/events", json=happened) for _ in range(20)))
    assert sorted(answer.json()["status"] for answer in answers) == ["created"] + ["duplicate"] * 19
    later = (await api.post("/v1/events", json=happened)).json()
    assert (later["status"], later["created"], later["told"]) == ("duplicate", False, 0)
    assert set(await heard(temporal, id)) == {"email.opened"}


async def test_an_event_starts_what_begins_with_it(api: httpx.AsyncClient) -> None:
    contact = someone()
    happened = event(contact, "contact.subscribed", id="subscribed-" + secrets.token_hex(4))
    first = (await api.post("/v1/events", json=happened)).json()
    assert first["started"][0].startswith(f"waiting-subscribed:{first['contact_id']}:event-")
    again = (await api.post("/v1/events", json=happened)).json()
    assert (again["status"], again["started"]) == ("duplicate", [])
    rows = (await api.get("/v1/enrollments")).json()["data"]
    assert [row["id"] for row in rows] == first["started"]


async def test_an_unknown_name_is_stored_with_a_warning(api: httpx.AsyncClient) -> None:
    answer = (await api.post("/v1/events", json=event(someone(), "nobody.declared"))).json()
    assert answer["warnings"] == ["unknown_event"]
    timeline = await api.get(f"/v1/contacts/{answer['contact_id']}/timeline")
    assert [row["name"] for row in timeline.json()["data"]] == ["nobody.declared"]


async def test_strictly_only_declared_names_are_taken(serve: Serve, temporal: Client, worker: None) -> None:
    async with serve(temporal_port=port_of(temporal), events_strict=True) as api:
        refused = await api.post("/v1/events", json=event(someone(), "order.complete"))
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "name")
        assert "did you mean order.completed?" in refused.text
        assert "CADENCIA_EVENTS_STRICT" in refused.text
        assert (await api.get("/v1/contacts")).json()["data"] == []
        assert (await api.post("/v1/events", json=event(someone(), "order.completed"))).status_code == 202
        batch = [event(someone(), name) for name in ("nobody.declared", "email.opened")]
        results = (await api.post("/v1/events/batch", json={"events": batch})).json()["results"]
        assert [result["status"] for result in results] == ["invalid", "created"]


async def test_unsubscribing_withdraws_consent(api: httpx.AsyncClient, temporal: Client) -> None:
    contact = someone()
    id = (await enroll(api, contact)).json()["id"]
    answer = (await api.post("/v1/events", json=event(contact, "contact.unsubscribed"))).json()
    shown = (await api.get(f"/v1/contacts/{answer['contact_id']}")).json()
    assert shown["consent"] == {"marketing": False}
    assert await heard(temporal, id) == ["contact.unsubscribed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "ada@example.com"}, "id"),
        ({"name": "Order Completed"}, "name"),
        ({"contact": {}}, "contact"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-05-01T10:00:00"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"occured_at": "2026-05-01T10:00:00Z"}, "occured_at"),
        ({"properties": [1]}, "properties"),
    ],
)
async def test_wrong_fields_are_named(api: httpx.AsyncClient, change: dict[str, Any], field: str) -> None:
    answer = await api.post("/v1/events", json={**event(someone(), "order.completed"), **change})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_without_temporal_the_event_is_kept_and_delivered_by_the_next_call(
    serve: Serve, api: httpx.AsyncClient, temporal: Client, database: Database, unused_tcp_port: int
) -> None:
    contact = someone()
    id = (await enroll(api, contact)).json()["id"]
    happened = event(contact, "email.opened", id=secrets.token_hex(8))
    async with serve(temporal_port=unused_tcp_port) as alone:
        away = await alone.post("/v1/events", json=happened)
        assert (away.status_code, away.json()["errors"][0]["field"]) == (503, "temporal")
    async with database.read() as session:
        left = await Events(session).undelivered(clock.now(), 9, 9)
    assert [row.external_id for row in left] == [happened["id"]]
    repeated = (await api.post("/v1/events", json=happened)).json()
    assert (repeated["status"], repeated["told"]) == ("duplicate", 1)
    assert await heard(temporal, id) == ["email.opened"]


async def test_a_pending_enrollment_is_started_first(
    serve: Serve, temporal: Client, worker: None, database: Database, unused_tcp_port: int
) -> None:
    """The run begins before it is told, and the call that wrote the row is still told that it created it."""
    contact = someone()
    async with serve(temporal_port=unused_tcp_port) as alone:
        assert (await enroll(alone, contact)).status_code == 503
    async with serve(temporal_port=port_of(temporal)) as api:
        assert (await api.post("/v1/events", json=event(contact, "email.opened"))).json()["told"] == 1
        again = await enroll(api, contact)
        assert (again.status_code, again.json()["created"]) == (201, True)
        assert await heard(temporal, again.json()["id"]) == ["email.opened"]


async def test_machine_events_are_stored_and_never_routed(database: Database) -> None:
    async with database.begin() as session:
        contact, _ = await Contacts(session).upsert(ContactDraft(external_id="crm-1"))
    router = Router(database, None, None, None)  # type: ignore[arg-type]  # none of them may be asked
    routed = await router.post(Happening(id="m", name="email.opened", contact=contact.id, machine=True))
    assert (routed.created, routed.told, routed.started) == (True, 0, ())
    async with database.read() as session:
        assert not await Events(session).undelivered(clock.now(), 9, 9)
