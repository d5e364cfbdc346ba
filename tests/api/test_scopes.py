"""What a key may do, and what it is told, ends where its scopes end."""

import secrets
from typing import Any

import httpx

from store.contacts import ContactDraft, Contacts
from store.database import Database
from store.keys import Keys
from store.tables import ApiKey, Contact
from tests.api.conftest import bearer
from tests.api.test_enrolling import enroll, someone
from tests.api.test_enrollments import message_of
from tests.api.test_tasks import task_of

ORDER = "order.completed"


async def contact_of(database: Database, id: str) -> Contact:
    async with database.read() as session:
        contact = await Contacts(session).get(id)
    assert contact is not None
    return contact


async def count(api: httpx.AsyncClient) -> int:
    return len((await api.get("/v1/contacts", params={"limit": 500})).json()["data"])


def fields(problem: dict[str, Any]) -> list[str]:
    return [error["field"] for error in problem["errors"]]


async def test_an_event_makes_an_unknown_contact_from_ids_alone(
    api: httpx.AsyncClient, database: Database
) -> None:
    ids = {"external_id": secrets.token_hex(6), "email": f"{secrets.token_hex(6)}@example.com"}
    answer = await api.post(
        "/v1/events", json={"name": ORDER, "contact": ids}, headers=await bearer(database, "events")
    )
    assert answer.status_code == 202, answer.text
    contact = await contact_of(database, answer.json()["contact_id"])
    assert (contact.external_id, contact.email) == (ids["external_id"], ids["email"])


async def test_an_event_without_enroll_says_nothing_about_a_contact(
    api: httpx.AsyncClient, database: Database
) -> None:
    said = {
        "name": "Eve",
        "locale": "es",
        "time_zone": "Asia/Tokyo",
        "attributes": {"plan": "pro"},
        "consent": {"marketing": {"granted": True, "source": "shop"}},
    }
    happened = {"name": ORDER, "contact": {"email": someone()["email"], **said}}
    events = await bearer(database, "events")
    answer = await api.post("/v1/events", json=happened, headers=events)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:cadencia:problem:wrong_scope")
    assert fields(answer.json()) == sorted(f"contact.{name}" for name in said)
    assert "use a key with the scope enroll" in answer.text
    emptied = {"name": ORDER, "contact": {"email": someone()["email"], "name": None}}
    assert (await api.post("/v1/events", json=emptied, headers=events)).status_code == 403
    assert await count(api) == 0
    both = await bearer(database, "events", "enroll")
    assert (await api.post("/v1/events", json=happened, headers=both)).status_code == 202


async def test_an_event_without_enroll_gives_a_known_contact_no_ids(
    api: httpx.AsyncClient, database: Database
) -> None:
    external, email = secrets.token_hex(6), f"{secrets.token_hex(6)}@example.com"
    async with database.begin() as session:
        known, _ = await Contacts(session).upsert(ContactDraft(external_id=external, email=email))
        bare, _ = await Contacts(session).upsert(ContactDraft(external_id=f"{external}-bare"))
    events = await bearer(database, "events")
    taken = ({"external_id": external}, {"email": email.upper()}, {"external_id": external, "email": email})
    for contact in taken:
        answer = await api.post("/v1/events", json={"name": ORDER, "contact": contact}, headers=events)
        assert (answer.status_code, answer.json()["contact_id"]) == (202, known.id), answer.text
    refused: list[tuple[dict[str, str], str]] = [
        ({"external_id": external, "email": someone()["email"]}, "contact.email"),
        ({"external_id": f"{external}-bare", "email": someone()["email"]}, "contact.email"),
        ({"id": known.id, "external_id": "other"}, "contact.external_id"),
    ]
    for ids, field in refused:
        answer = await api.post("/v1/events", json={"name": ORDER, "contact": ids}, headers=events)
        assert (answer.status_code, fields(answer.json())) == (403, [field]), answer.text
    assert (await contact_of(database, known.id)).email == email
    assert (await contact_of(database, bare.id)).email is None


async def test_in_a_batch_the_entry_alone_is_invalid(api: httpx.AsyncClient, database: Database) -> None:
    """Also where an entry before it made the contact."""
    external = secrets.token_hex(6)
    contacts: list[dict[str, Any]] = [
        {"external_id": external},
        {**someone(), "name": "Eve"},
        {"external_id": external, "email": someone()["email"]},
        {"external_id": external},
    ]
    answer = await api.post(
        "/v1/events/batch",
        json={"events": [{"name": ORDER, "contact": contact} for contact in contacts]},
        headers=await bearer(database, "events"),
    )
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["created", "invalid", "invalid", "created"]
    assert [result["problem"]["status"] for result in results[1:3]] == [403, 403]
    assert fields(results[1]["problem"]) == ["contact.consent", "contact.name"]
    assert fields(results[2]["problem"]) == ["contact.email"]
    assert (await contact_of(database, results[0]["contact_id"])).email is None


async def test_enroll_without_read_is_told_the_contacts_id_alone(
    api: httpx.AsyncClient, database: Database
) -> None:
    known = someone(name="Ada", attributes={"plan": "pro"}, external_id=secrets.token_hex(6))
    made = (await api.post("/v1/contacts", json=known)).json()
    enroll_alone, both = await bearer(database, "enroll"), await bearer(database, "enroll", "read")
    found = {"email": known["email"]}
    answers = [
        await api.post("/v1/contacts", json=found, headers=enroll_alone),
        await api.patch(f"/v1/contacts/{made['id']}", json={"locale": "es"}, headers=enroll_alone),
    ]
    assert [answer.json() for answer in answers] == [{"id": made["id"], "warnings": []}] * 2
    shown = await api.patch(f"/v1/contacts/{made['id']}", json={}, headers=both)
    assert (shown.json()["name"], shown.json()["locale"]) == ("Ada", "es")
    enrolled = await api.post(
        "/v1/workflows/waiting/enrollments", json={"contact": found}, headers=enroll_alone
    )
    assert enrolled.json()["contact_id"] == made["id"]
    assert known["external_id"] not in enrolled.text
    assert "Ada" not in enrolled.text


async def test_operate_without_read_is_told_the_status_alone(
    api: httpx.AsyncClient, database: Database
) -> None:
    enrolled = (await enroll(api, someone())).json()
    operate = await bearer(database, "operate")
    for word, status in (("pause", "paused"), ("resume", "running")):
        answer = await api.post(f"/v1/enrollments/{enrolled['id']}/{word}", headers=operate)
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert set(answer.json()) == {"id", "status", "outcome", "exiting", "not_undone"}
    message = message_of(enrolled["id"], enrolled["contact_id"])
    message.status = "unknown"
    async with database.begin() as session:
        session.add(message)
    resolved = await api.post(f"/v1/messages/{message.id}/resolve", json={"status": "sent"}, headers=operate)
    assert resolved.json() == {"id": message.id, "status": "sent"}


async def test_who_answers_a_task_without_read_is_not_shown_it(
    api: httpx.AsyncClient, database: Database
) -> None:
    task = await task_of(database, (await enroll(api, someone())).json()["id"], answers=["yes", "no"])
    answered = await api.post(
        f"/v1/tasks/{task.id}/answer", json={"choice": "yes"}, headers=await bearer(database, "operate")
    )
    assert (answered.status_code, answered.json()) == (200, {"id": task.id, "status": "done"}), answered.text


async def test_an_event_answers_no_task(api: httpx.AsyncClient, database: Database) -> None:
    """Runs take `task.done` for an answer, which needs the scope `operate`."""
    done = {"name": "task.done", "contact": {"email": someone()["email"]}, "properties": {"choice": "yes"}}
    answer = await api.post("/v1/events", json=done, headers=await bearer(database, "events"))
    assert (answer.status_code, fields(answer.json())) == (422, ["name"])
    assert "POST /v1/tasks/{id}/answer" in answer.text


async def test_an_answer_is_replayed_to_the_key_that_asked(
    api: httpx.AsyncClient, database: Database
) -> None:
    """A key that may read less is not given what another was answered."""
    contact, once = someone(name="Ada"), {"Idempotency-Key": secrets.token_hex(8)}
    first = await api.post("/v1/contacts", json=contact, headers=once)
    narrow = await bearer(database, "enroll")
    second = await api.post("/v1/contacts", json=contact, headers={**once, **narrow})
    assert (first.json()["name"], second.json()) == ("Ada", {"id": first.json()["id"], "warnings": []})


async def test_a_scope_of_an_earlier_release_opens_nothing_and_harms_nothing(
    api: httpx.AsyncClient, database: Database
) -> None:
    headers = await bearer(database, "read")
    async with database.begin() as session:
        row: ApiKey | None = await Keys(session).by_secret(headers["Authorization"].removeprefix("Bearer "))
        assert row is not None
        row.scopes = ["read", "privacy"]
    assert (await api.get("/v1/contacts", headers=headers)).status_code == 200
    assert (await api.post("/v1/contacts", json=someone(), headers=headers)).status_code == 403
