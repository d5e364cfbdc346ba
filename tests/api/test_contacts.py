"""Contacts over the API."""

import asyncio
from typing import Any

import httpx

from store.database import Database
from store.decisions import Decisions
from store.suppressions import Suppressions
from store.tables import Message
from tests.api.conftest import KEY, key
from tests.store.rows import make_contact, make_enrollment

ADA = {
    "external_id": "crm-1",
    "email": "Ada@Example.com",
    "name": "Ada",
    "attributes": {"plan": "trial", "seats": 3},
    "consent": {"marketing": {"granted": True, "source": "form"}},
}


async def test_upsert_makes_then_changes(api: httpx.AsyncClient) -> None:
    made = await api.post("/v1/contacts", json=ADA)
    assert (made.status_code, made.json()["email"]) == (201, "ada@example.com"), made.text
    assert (made.json()["consent"], made.json()["locale"]) == ({"marketing": True}, "en")
    changed = await api.post(
        "/v1/contacts", json={"external_id": "crm-1", "attributes": {"plan": "paid", "seats": None}}
    )
    assert (changed.status_code, changed.json()["attributes"]) == (200, {"plan": "paid"})
    assert (changed.json()["id"], changed.json()["name"]) == (made.json()["id"], "Ada")


async def test_parallel_upserts_make_one(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(api.post("/v1/contacts", json=ADA) for _ in range(30)))
    assert sorted(answer.status_code for answer in answers) == [200] * 29 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_contacts_are_found_by_their_ids(api: httpx.AsyncClient) -> None:
    made = (await api.post("/v1/contacts", json=ADA)).json()
    assert made.pop("warnings") == []
    await api.post("/v1/contacts", json={"email": "bob@example.com"})
    for wanted in ({"external_id": "crm-1"}, {"email": "ADA@example.com"}):
        assert (await api.get("/v1/contacts", params=wanted)).json()["data"] == [made]
    assert (await api.get("/v1/contacts", params={"email": "eve@example.com"})).json()["data"] == []
    assert len((await api.get("/v1/contacts")).json()["data"]) == 2
    assert (await api.get(f"/v1/contacts/{made['id']}")).json() == {**made, "suppressed": None}
    conflict = await api.get("/v1/contacts", params={"external_id": "crm-1", "email": "bob@example.com"})
    assert conflict.status_code == 409
    wrong = await api.get("/v1/contacts", params={"email": "nobody"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "email")


async def test_a_contact_says_why_the_address_gets_no_mail(
    api: httpx.AsyncClient, database: Database
) -> None:
    made = (await api.post("/v1/contacts", json=ADA)).json()
    async with database.begin() as session:
        await Suppressions(session, KEY.encode()).add("ada@example.com", "bounced")
    assert (await api.get(f"/v1/contacts/{made['id']}")).json()["suppressed"] == "bounced"


async def test_patch_changes_what_is_given(api: httpx.AsyncClient) -> None:
    id = (await api.post("/v1/contacts", json=ADA)).json()["id"]
    changed = await api.patch(f"/v1/contacts/{id}", json={"time_zone": "Asia/Tokyo", "name": None})
    assert (changed.status_code, changed.json()["time_zone"], changed.json()["name"]) == (
        200,
        "Asia/Tokyo",
        None,
    )
    assert changed.json()["attributes"] == ADA["attributes"]
    moved = await api.patch(f"/v1/contacts/{id}", json={"email": "ada@other.example"})
    assert moved.json()["email"] == "ada@other.example"
    await api.post("/v1/contacts", json={"email": "bob@example.com"})
    taken = await api.patch(f"/v1/contacts/{id}", json={"email": "bob@example.com"})
    assert (taken.status_code, taken.json()["errors"][-1]["field"]) == (409, "email")
    other_id = await api.patch(f"/v1/contacts/{id}", json={"id": "con_other"})
    assert (other_id.status_code, other_id.json()["errors"][0]["field"]) == (422, "id")


async def test_an_address_that_no_mail_can_be_sent_to(api: httpx.AsyncClient) -> None:
    unsendable = {"email": "\u00e4@example.com"}
    event = {"name": "site.visited", "contact": unsendable}
    for path, body, field in (
        ("/v1/contacts", unsendable, "email"),
        ("/v1/events", event, "contact.email"),
        ("/v1/workflows/welcome-series/enrollments", {"contact": unsendable}, "contact.email"),
    ):
        answer = await api.post(path, json=body)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["field"]) == (422, field)
        assert "ask for another address" in error["detail"]
    batch = await api.post("/v1/events/batch", json={"events": [event]})
    assert "ask for another address" in batch.json()["results"][0]["problem"]["errors"][0]["detail"]


async def test_consent_at_a_time_that_cannot_be(api: httpx.AsyncClient) -> None:
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 0, "0.5", True):
        body = {"email": "a@example.com", "consent": {"news": {"granted": True, "source": "x", "at": at}}}
        answer = await api.post("/v1/contacts", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "consent.news.at")


async def test_who_is_not_there(api: httpx.AsyncClient) -> None:
    for path in ("", "/timeline", "/decisions"):
        answer = await api.get(f"/v1/contacts/con_nobody{path}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "id")
    assert (await api.patch("/v1/contacts/con_%0A", json={"name": "x"})).status_code == 404
    answer = await api.post("/v1/contacts", json={"id": "con_nobody"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "id")
    assert (await api.post("/v1/contacts", json={"name": "x"})).json()["errors"][0]["field"] == "body"


async def test_timeline_and_decisions(api: httpx.AsyncClient, database: Database) -> None:
    id = (await api.post("/v1/contacts", json=ADA)).json()["id"]
    for day in (1, 3, 2):
        event = {"name": "site.visited", "contact": {"id": id}, "occurred_at": f"2026-05-0{day}T10:00:00Z"}
        assert (await api.post("/v1/events", json=event)).status_code == 202
    timeline = (await api.get(f"/v1/contacts/{id}/timeline", params={"limit": 2})).json()
    assert [event["occurred_at"][:10] for event in timeline["data"]] == ["2026-05-03", "2026-05-02"]
    rest = await api.get(f"/v1/contacts/{id}/timeline", params={"cursor": timeline["next_cursor"]})
    assert [event["occurred_at"] for event in rest.json()["data"]] == ["2026-05-01T10:00:00Z"]
    async with database.begin() as session:
        row = {"contact_id": id, "template": "welcome/hello", "verdict": "skip", "reason": "no_consent"}
        await Decisions(session).record([row])
    decisions = (await api.get(f"/v1/contacts/{id}/decisions")).json()
    assert [(row["verdict"], row["reason"]) for row in decisions["data"]] == [("skip", "no_consent")]


async def test_a_decision_tells_what_became_of_its_message(
    api: httpx.AsyncClient, database: Database
) -> None:
    made: dict[str, str] = {}
    async with database.begin() as session:
        enrollment = await make_enrollment(session, await make_contact(session))
        for status, error in (
            ("failed", "550 5.1.1 no such user"),
            ("unknown", "354 go on"),
            ("claimed", None),
        ):
            key = f"send_email:welcome/{status}#1"
            message = Message(
                enrollment_id=enrollment.id, contact_id=enrollment.subject_id, key=key, template=f"welcome/{status}",
                release="r1", status=status, error=error,
            )  # fmt: skip
            session.add(message)
            made[status] = message.id
            await Decisions(session).record([{
                "contact_id": enrollment.subject_id, "enrollment_id": enrollment.id, "key": key,
                "template": f"welcome/{status}", "verdict": "send", "reason": "consented",
            }])  # fmt: skip
    decisions = (await api.get(f"/v1/contacts/{enrollment.subject_id}/decisions")).json()["data"]
    assert {one["template"].removeprefix("welcome/"): one["message"] for one in decisions} == {
        "failed": {"id": made["failed"], "status": "failed", "error": "550 5.1.1 no such user"},
        "unknown": {"id": made["unknown"], "status": "unknown", "error": "354 go on"},
        "claimed": {"id": made["claimed"], "status": "claimed", "error": None},
    }


async def test_ids_of_two_contacts_say_whose_they_are_to_those_who_may_read(
    api: httpx.AsyncClient, database: Database
) -> None:
    ada = (await api.post("/v1/contacts", json={"external_id": "crm-1", "email": "ada@example.com"})).json()
    bob = (await api.post("/v1/contacts", json={"external_id": "crm-2", "email": "bob@example.com"})).json()
    both = {"external_id": "crm-1", "email": "bob@example.com"}
    newer = {"external_id": "crm-3", "email": "bob@example.com"}
    enrollment, event = {"contact": both}, {"name": "site.visited", "contact": both}
    calls: list[tuple[str, Any]] = [
        ("/v1/contacts", both),
        ("/v1/workflows/waiting/enrollments", enrollment),
        ("/v1/events", event),
        ("/v1/workflows/waiting/enrollments/batch", {"enrollments": [enrollment]}),
        ("/v1/events/batch", {"events": [event]}),
    ]
    keys = {
        reads: {"Authorization": f"Bearer {await key(database, 'enroll', 'events', *(['read'] * reads))}"}
        for reads in (True, False)
    }
    for reads, headers in keys.items():
        for path, body in calls:
            answer = (await api.post(path, json=body, headers=headers)).json()
            problem = answer["results"][0]["problem"] if "results" in answer else answer
            assert problem["type"].endswith("conflicting_ids"), path
            details = {
                error["field"].removeprefix("contact."): error["detail"] for error in problem["errors"]
            }
            assert details.keys() == {"external_id", "email"}
            assert all("send only one of" in detail for detail in details.values())
            named = (ada["id"] in details["external_id"], bob["id"] in details["email"])
            assert named == (reads, reads), path
            if not reads:
                assert ada["id"] not in str(answer)
    unknown = (await api.post("/v1/contacts", json=newer, headers=keys[True])).json()["errors"]
    assert all(bob["id"] in error["detail"] for error in unknown)
    assert f"the contact {bob['id']} has another" in unknown[0]["detail"]

    freed = await api.patch(f"/v1/contacts/{bob['id']}", json={"email": "bob@shop.example"})
    assert freed.status_code == 200
    assert (await api.post("/v1/contacts", json=both)).json()["id"] == ada["id"], "the way out"
