"""Batches: each entry is answered as if it had come alone, and in time."""

import asyncio
import secrets
from collections import Counter
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from api.enrollments import batch as enroll_batches
from api.events import batch as event_batches
from store import clock
from store.database import Database
from store.enrollments import Enrollments
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.api.test_events import event, heard
from tests.temporal import port_of


async def enroll_all(
    api: httpx.AsyncClient, *contacts: Any, workflow: str = "waiting"
) -> list[dict[str, Any]]:
    body = {"enrollments": [{"contact": contact} for contact in contacts]}
    answer = await api.post(f"/v1/workflows/{workflow}/enrollments/batch", json=body)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(contacts)))
    return results


async def post_all(api: httpx.AsyncClient, *events: Any) -> list[dict[str, Any]]:
    answer = await api.post("/v1/events/batch", json={"events": events})
    assert answer.status_code == 202, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


async def test_entries_are_answered_one_by_one(api: httpx.AsyncClient, temporal: Client) -> None:
    known, new = someone(), someone(name="Ada")
    first = (await enroll(api, known)).json()
    results = await enroll_all(
        api, known, new, {"email": "nobody"}, {"id": "con_nobody"}, {"external_id": "x"}, "Ada"
    )
    assert statuses(results) == ["kept_out", "created", "invalid", "invalid", "created", "invalid"]
    assert list(results[1]) == [
        "index", "id", "workflow", "contact_id", "status", "created", "reason", "warnings", "temporal_url",
    ]  # fmt: skip
    assert (results[0]["id"], results[0]["reason"]) == (first["id"], "already_running")
    assert (results[1]["created"], results[1]["warnings"]) == (True, [])
    assert results[4]["warnings"] == ["no_consent", "no_email"]
    problems = [results[at]["problem"] for at in (2, 3, 5)]
    assert [problem["status"] for problem in problems] == [422, 404, 422]
    assert [problem["errors"][0]["field"] for problem in problems] == [
        "contact.email",
        "contact.id",
        "contact",
    ]
    assert (await temporal.get_workflow_handle(results[1]["id"]).describe()).workflow_type == "Waiting"


async def test_entries_that_are_no_objects_and_wrong_params(api: httpx.AsyncClient) -> None:
    wrong: list[Any] = [None, 7, [], {}, {"contact": someone(), "params": {"percent": 90}}]
    good = {"contact": someone(), "params": {"percent": 20}}
    answer = await api.post(
        "/v1/workflows/waiting-once/enrollments/batch", json={"enrollments": [*wrong, good]}
    )
    results = answer.json()["results"]
    assert statuses(results) == ["invalid"] * 5 + ["created"]
    fields = [result["problem"]["errors"][0]["field"] for result in results[:5]]
    assert fields == ["body", "body", "body", "contact", "params.percent"]


async def test_one_contact_many_times_in_one_batch(api: httpx.AsyncClient, database: Database) -> None:
    """As if the entries had come one after the other, however they name the contact."""
    email, external = f"{secrets.token_hex(6)}@example.com", secrets.token_hex(6)
    results = await enroll_all(
        api,
        {"email": email, "name": "first"},
        {"email": email, "external_id": external, "attributes": {"a": 1}},
        {"external_id": external, "name": "last", "attributes": {"b": 2}},
        *[{"email": email}] * 20,
        someone(),
    )
    assert statuses(results) == ["created"] + ["kept_out"] * 22 + ["created"]
    assert len({result["id"] for result in results[:-1]}) == 1
    shown = (await api.get(f"/v1/contacts/{results[0]['contact_id']}")).json()
    assert (shown["name"], shown["external_id"], shown["attributes"]) == ("last", external, {"a": 1, "b": 2})
    async with database.read() as session:
        rows, _ = await Enrollments(session).page()
    assert len(rows) == 2


async def test_ids_that_conflict_within_a_batch(api: httpx.AsyncClient) -> None:
    one, other = someone(external_id=secrets.token_hex(6)), someone(external_id=secrets.token_hex(6))
    results = await enroll_all(api, one, other, {**one, "email": other["email"]}, someone())
    assert statuses(results) == ["created", "created", "invalid", "created"]
    assert results[2]["problem"]["type"].endswith("conflicting_ids")


async def test_known_contacts_are_changed_in_bulk(api: httpx.AsyncClient) -> None:
    people = [someone(name=f"n{at}", attributes={"at": at}) for at in range(30)]
    first = await enroll_all(api, *people)
    changed = [{**one, "name": "new", "attributes": {"more": True}} for one in people]
    changed[3]["consent"] = {"marketing": {"granted": False, "source": "call"}}
    again = await enroll_all(api, *changed)
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert set(statuses(again)) == {"kept_out"}
    assert [at for at, one in enumerate(again) if one["warnings"]] == [3]
    shown = (await api.get(f"/v1/contacts/{first[7]['contact_id']}")).json()
    assert (shown["name"], shown["attributes"]) == ("new", {"at": 7, "more": True})


async def test_batches_that_meet_start_everybody_once(api: httpx.AsyncClient, database: Database) -> None:
    people = [someone() for _ in range(40)]
    turned = [people, people[::-1], people[20:] + people[:20], people[::2] + people[1::2]]
    batches = await asyncio.gather(*(enroll_all(api, *order) for order in turned))
    counts = Counter(result["status"] for results in batches for result in results)
    assert counts == {"created": 40, "kept_out": 120}
    async with database.read() as session:
        rows, _ = await Enrollments(session).page(limit=500)
    assert len(rows) == 40
    assert {row.status for row in rows} == {"running"}


async def test_what_is_not_started_in_time_is_pending_and_then_swept(
    serve: Serve, temporal: Client, worker: None, database: Database, unused_tcp_port: int
) -> None:
    people = [someone() for _ in range(20)]
    async with serve(temporal_port=unused_tcp_port) as alone:
        results = await enroll_all(alone, *people)
        assert set(statuses(results)) == {"pending"}
    async with serve(temporal_port=port_of(temporal)) as api:
        services = api._transport.app.state.services  # type: ignore[attr-defined]  # httpx hides the app it calls
        async with database.read() as session:
            rows = await Enrollments(session).unstarted(clock.now(), 100)
        assert await services.enroller.complete_all(rows, 20.0) == 20
        again = await enroll_all(api, *people)
        assert [result["id"] for result in again] == [result["id"] for result in results]
        assert set(statuses(again)) == {"kept_out"}


async def test_the_time_is_kept(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not started within the time is `pending`, for the sweep."""
    monkeypatch.setattr(enroll_batches, "WITHIN", 3.0)
    results = await enroll_all(api, *(someone() for _ in range(1000)))
    assert "pending" in set(statuses(results)) <= {"created", "pending"}
    assert len({result["id"] for result in results}) == 1000


@pytest.mark.parametrize("body", [{}, {"enrollments": []}, {"enrollments": [{}] * 1001}, {"enrollments": {}}])
async def test_batches_have_a_size(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await api.post("/v1/workflows/waiting/enrollments/batch", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "enrollments")


async def test_an_unknown_workflow(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/workflows/none/enrollments/batch", json={"enrollments": [{}]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "workflow")


async def test_a_batch_may_have_10_mb(api: httpx.AsyncClient) -> None:
    contact = {**someone(), "attributes": {"text": "x" * 90_000}}
    results = await enroll_all(api, *({**contact, "email": f"{at}@example.com"} for at in range(100)))
    assert set(statuses(results)) == {"created"}
    answer = await api.post("/v1/events/batch", content=b" " * 10_000_001)
    assert (answer.status_code, "at most 10 MB" in answer.text) == (413, True)


async def test_events_are_answered_one_by_one(api: httpx.AsyncClient, temporal: Client) -> None:
    contact = someone()
    id = (await enroll(api, contact)).json()["id"]
    opened, clicked = event(contact, "email.opened", id="b-1"), event(contact, "email.clicked", id="b-2")
    results = await post_all(
        api, opened, clicked, opened, event({"email": "x"}, "email.opened"), event(someone(), "cart.left"), 7
    )
    assert statuses(results) == ["created", "created", "duplicate", "invalid", "created", "invalid"]
    assert [result.get("told") for result in results] == [1, 1, 0, None, 0, None]
    assert results[4]["warnings"] == ["unknown_event"]
    assert results[3]["problem"]["errors"][0]["field"] == "contact.email"
    assert await heard(temporal, id) == ["email.opened", "email.clicked"]
    assert statuses(await post_all(api, opened, clicked)) == ["duplicate", "duplicate"]


async def test_one_contacts_events_are_told_in_their_order(api: httpx.AsyncClient, temporal: Client) -> None:
    """What an event starts hears of those that come after it."""
    contact = someone()
    results = await post_all(
        api,
        event(contact, "contact.subscribed", id="o-1"),
        *(event(contact, name, id=f"o-{name}") for name in ("email.opened", "email.clicked")),
        event(contact, "contact.unsubscribed", id="o-9"),
    )
    (id,) = results[0]["started"]
    assert await heard(temporal, id) == ["email.opened", "email.clicked", "contact.unsubscribed"]
    shown = (await api.get(f"/v1/contacts/{results[0]['contact_id']}")).json()
    assert shown["consent"] == {"marketing": False}


async def test_events_that_cannot_be_delivered_are_pending(
    serve: Serve, api: httpx.AsyncClient, temporal: Client, database: Database, unused_tcp_port: int
) -> None:
    people = [someone() for _ in range(5)]
    ids = [result["id"] for result in await enroll_all(api, *people)]
    happened = [event(one, "email.opened", id=secrets.token_hex(8)) for one in people]
    async with serve(temporal_port=unused_tcp_port) as alone:
        assert set(statuses(await post_all(alone, *happened))) == {"pending"}
    services = api._transport.app.state.services  # type: ignore[attr-defined]  # httpx hides the app it calls
    assert await services.router.deliver_left(clock.now(), 20.0) == 5
    assert [await heard(temporal, id) for id in ids] == [["email.opened"]] * 5
    assert set(statuses(await post_all(api, *happened))) == {"duplicate"}


async def test_1000_events_in_time(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_batches, "WITHIN", 30.0)
    results = await post_all(api, *(event(someone(), "site.visited") for _ in range(1000)))
    assert statuses(results) == ["created"] * 1000


async def test_an_entry_and_a_single_call_are_answered_in_the_same_words(api: httpx.AsyncClient) -> None:
    contact = someone()
    [first] = await enroll_all(api, contact)
    again = (await enroll(api, contact)).json()
    [once_more] = await enroll_all(api, contact)
    assert {"index": 0, **again} == once_more
    assert (first["status"], again["status"]) == ("created", "kept_out")

    opened = event(contact, "email.opened", id=secrets.token_hex(8))
    [first] = await post_all(api, opened)
    again = (await api.post("/v1/events", json=opened)).json()
    assert {"index": 0, **again} == (await post_all(api, opened))[0]
    assert (first["status"], again["status"]) == ("created", "duplicate")
