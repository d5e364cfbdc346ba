"""Ids of events: each name of a key has a space of its own, in which an id stands for one event."""

import asyncio
import hashlib
import secrets
from typing import Any

import httpx
from temporalio.client import Client

from activities.calls import EventSignal
from activities.routing import Happening, IdReused, Router
from store import clock
from store.contacts import ContactDraft, Contacts
from store.database import Database
from store.events import Events
from store.tables import Event
from tests.api.conftest import bearer
from tests.api.test_batches import post_all, statuses
from tests.api.test_enrolling import enroll, someone
from tests.api.test_events import event

ORDER = "order.completed"
REUSED = "urn:cadencia:problem:event_id_reused"


async def post(api: httpx.AsyncClient, body: dict[str, Any], **options: Any) -> tuple[int, dict[str, Any]]:
    answer = await api.post("/v1/events", json=body, **options)
    return answer.status_code, answer.json()


async def emails(api: httpx.AsyncClient) -> set[str]:
    return {row["email"] for row in (await api.get("/v1/contacts", params={"limit": 500})).json()["data"]}


async def recorded_before(database: Database, email: str, id: str, name: str = ORDER, **more: Any) -> Event:
    """An event as migration 0005 leaves it: its id was everybody's."""
    async with database.begin() as session:
        contact, _ = await Contacts(session).upsert(ContactDraft(email=email))
        row = Event(id=id, external_id=id, name=name, contact_id=contact.id, **more)
        await Events(session).insert(row)
    return row


async def test_an_id_of_another_contact_or_name_is_refused(api: httpx.AsyncClient) -> None:
    """And nobody is made, changed, or shown."""
    ann, ben = someone(), someone()
    _, first = await post(api, event(ann, ORDER, id="shop-1"))
    for reused in (event(ben, ORDER, id="shop-1"), event(ann, "site.visited", id="shop-1")):
        status, problem = await post(api, reused)
        assert (status, problem["type"], problem["errors"][0]["field"]) == (409, REUSED, "id")
        assert first["contact_id"] not in str(problem)
        assert ann["email"] not in str(problem)
    assert await emails(api) == {ann["email"]}
    timeline = await api.get(f"/v1/contacts/{first['contact_id']}/timeline")
    assert [row["name"] for row in timeline.json()["data"]] == [ORDER]


async def test_under_another_keys_name_it_is_another_event(
    api: httpx.AsyncClient, database: Database
) -> None:
    ann, ben = someone(), someone()
    shop, other = await bearer(database, "events", name="shop"), await bearer(database, "events", name="app")
    _, first = await post(api, event(ann, ORDER, id="1"), headers=shop)
    _, second = await post(api, event(ben, ORDER, id="1"), headers=other)
    _, third = await post(
        api, event(ann, ORDER, id="1"), headers=await bearer(database, "events", name="crm")
    )
    assert [one["created"] for one in (first, second, third)] == [True] * 3
    assert first["contact_id"] == third["contact_id"] != second["contact_id"]
    rotated = await bearer(database, "events", name="shop")
    _, again = await post(api, event(ann, ORDER, id="1"), headers=rotated)
    assert (again["status"], again["contact_id"]) == ("duplicate", first["contact_id"])
    assert (await post(api, event(ben, ORDER, id="1"), headers=rotated))[0] == 409


async def test_a_repeated_event_may_name_its_contact_otherwise(api: httpx.AsyncClient) -> None:
    external = secrets.token_hex(6)
    ann = someone(external_id=external)
    _, first = await post(api, {**event(ann, ORDER, id="o-1"), "contact": ann})
    for contact in ({"external_id": external}, {"email": ann["email"]}, {"id": first["contact_id"]}):
        repeated = {"id": "o-1", "name": ORDER, "contact": contact, "properties": {"amount": "1"}}
        assert (await post(api, repeated))[1]["status"] == "duplicate"
    other = {"id": "o-1", "name": ORDER, "contact": {"external_id": external, "email": someone()["email"]}}
    assert (await post(api, other))[1]["status"] == "duplicate", "the stronger id says who it is"
    assert await emails(api) == {ann["email"]}, "a duplicate changes nobody"


async def test_in_a_batch_each_entry_is_answered_alone(api: httpx.AsyncClient) -> None:
    ann, ben, cleo = someone(), someone(), someone()
    await post(api, event(ann, ORDER, id="b-1"))
    results = await post_all(
        api,
        event(ben, ORDER, id="b-1"),
        event(ann, ORDER, id="b-1"),
        event(ben, ORDER, id="b-2"),
        event(cleo, ORDER, id="b-2"),
        event(ben, "site.visited", id="b-2"),
        event(ben, ORDER, id="b-2"),
        {"id": "b-3", "name": ORDER, "contact": {"id": "con_nobody"}},
        event(ben, ORDER, id="b-3"),
    )
    assert statuses(results) == [
        "invalid", "duplicate", "created", "invalid", "invalid", "duplicate", "invalid", "created",
    ]  # fmt: skip
    assert [results[at]["problem"]["type"] for at in (0, 3, 4)] == [REUSED] * 3
    assert results[6]["problem"]["status"] == 404
    assert await emails(api) == {ann["email"], ben["email"]}


async def test_calls_that_meet_make_one_event_and_one_contact(api: httpx.AsyncClient) -> None:
    people = [someone() for _ in range(12)]
    calls = [{**event(one, ORDER, id="m-1"), "contact": one} for one in people]
    batches = [api.post("/v1/events/batch", json={"events": calls[at : at + 4]}) for at in (0, 4, 8)]
    answers = await asyncio.gather(*(api.post("/v1/events", json=call) for call in calls), *batches)
    singles = [answer.status_code for answer in answers[:12]]
    entries = [result["status"] for answer in answers[12:] for result in answer.json()["results"]]
    assert set(singles) <= {202, 409}
    assert singles.count(202) == 1
    assert len(entries) - entries.count("invalid") == 1, "the entry of the same contact"
    assert len(await emails(api)) == 1


async def test_processes_that_meet_make_one_event_and_one_contact(
    api: httpx.AsyncClient, database: Database
) -> None:
    """Each process has a queue and connections of its own: here, each router."""
    services = api._transport.app.state.services  # type: ignore[attr-defined]  # httpx hides the app it calls
    routers = [Router(database, services.runs, services.catalogue, services.enroller) for _ in range(6)]

    async def call(router: Router, at: int) -> bool | None:
        draft = ContactDraft(email=f"meet-{at}@example.com", name="Ann")
        happening = Happening(name=ORDER, contact=draft, external_id="p-1", reported_by="shop")
        try:
            return (await router.post(happening)).created
        except IdReused:
            return None

    made = await asyncio.gather(*(call(router, at) for at, router in enumerate(routers)))
    assert sorted(map(str, made)) == ["None"] * 5 + ["True"]
    assert await emails(api) == {f"meet-{made.index(True)}@example.com"}


async def test_runs_are_told_our_own_id(api: httpx.AsyncClient, temporal: Client) -> None:
    """However long the caller's is, and whatever it looks like: the timeline has both."""
    ann = someone()
    enrolled = (await enroll(api, ann)).json()
    ours = f"evt_{'0' * 26}"
    theirs = ["x" * 128, "open:msg_1", ours, None]
    posted = [(await post(api, event(ann, "email.opened", id=id)))[1] for id in theirs]
    assert [answer["id"] for answer in posted[:3]] == theirs[:3]
    timeline = (await api.get(f"/v1/contacts/{enrolled['contact_id']}/timeline")).json()["data"]
    rows = {row["external_id"]: row for row in timeline}
    assert rows.keys() == set(theirs)
    assert {row["reported_by"] for row in timeline} == {"test"}
    assert posted[3]["id"] == rows[None]["id"], "who gives none is told ours"
    handle = temporal.get_workflow_handle(enrolled["id"])
    signals: list[EventSignal] = await handle.query("heard", result_type=list[EventSignal])
    assert {signal.id for signal in signals} == {row["id"] for row in timeline}
    assert all(signal.id.startswith("evt_") and len(signal.id) == 30 for signal in signals)
    assert ours not in {signal.id for signal in signals}


async def test_an_event_of_an_earlier_release_keeps_its_id(
    api: httpx.AsyncClient, database: Database
) -> None:
    """It is a duplicate under whatever name its caller has; it was nobody else's order."""
    ann, ben, old = someone(), someone(), f"old-{secrets.token_hex(4)}"
    row = await recorded_before(database, ann["email"], old, delivered_at=clock.now())
    for name in ("shop", "app"):
        headers = await bearer(database, "events", name=name)
        _, again = await post(api, event(ann, ORDER, id=old), headers=headers)
        assert (again["status"], again["id"], again["contact_id"]) == ("duplicate", old, row.contact_id)
        _, other = await post(api, event(ben, ORDER, id=old), headers=headers)
        assert other["created"]
        assert (await post(api, event(someone(), ORDER, id=old), headers=headers))[0] == 409


async def test_an_event_of_an_earlier_release_starts_what_it_would_have(
    api: httpx.AsyncClient, database: Database
) -> None:
    ann, old = someone(), f"old-{secrets.token_hex(4)}"
    await recorded_before(database, ann["email"], old, "contact.subscribed")
    _, again = await post(api, event(ann, "contact.subscribed", id=old))
    assert again["status"] == "duplicate"
    entry = "event-" + hashlib.sha256(old.encode()).hexdigest()[:24]
    assert again["started"] == [f"waiting-subscribed:{again['contact_id']}:{entry}"]
