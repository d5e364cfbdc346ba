"""A refusal stands, by whatever call a grant comes; and who said what, when and by which key can be read."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from activities.links import Links
from store import clock
from store.database import Database
from tests.api.conftest import Serve
from tests.api.test_enrolling import enroll, someone
from tests.api.test_enrollments import message_of
from tests.temporal import port_of


def proven(proof: str, **more: Any) -> dict[str, Any]:
    return {"marketing": {"granted": True, "source": "form", "proof": proof, **more}}


@pytest.fixture
async def left(api: httpx.AsyncClient, links: Links, database: Database) -> dict[str, Any]:
    """Somebody, as a caller sends them, who was enrolled and then unsubscribed by the link of a mail."""
    contact = someone()
    enrolled = (await enroll(api, contact)).json()
    message = message_of(enrolled["id"], enrolled["contact_id"])
    async with database.begin() as session:
        session.add(message)
    assert (await api.post(links.unsubscribe(message.id, message.contact_id))).status_code == 200
    return {**contact, "id": enrolled["contact_id"]}


async def answer_by(api: httpx.AsyncClient, route: str, contact: dict[str, Any]) -> dict[str, Any]:
    """What the call answers of the contact."""
    entry, event = {"contact": contact}, {"name": "site.visited", "contact": contact}
    path = "/v1/workflows/waiting/enrollments"
    match route:
        case "enroll":
            answer = await enroll(api, contact)
        case "enroll batch":
            answer = await api.post(f"{path}/batch", json={"enrollments": [{"contact": someone()}, entry]})
        case "event":
            answer = await api.post("/v1/events", json=event)
        case "event batch":
            answer = await api.post("/v1/events/batch", json={"events": [event]})
        case "upsert":
            answer = await api.post("/v1/contacts", json=contact)
        case _:
            change = {"consent": contact["consent"]}
            answer = await api.patch(f"/v1/contacts/{contact['id']}", json=change)
    assert answer.is_success, answer.text
    shown: dict[str, Any] = answer.json()
    return shown["results"][-1] if "results" in shown else shown


async def agrees(api: httpx.AsyncClient, contact: dict[str, Any]) -> bool:
    consent = (await api.get(f"/v1/contacts/{contact['id']}")).json()["consent"]
    return bool(consent["marketing"])


async def consents_of(api: httpx.AsyncClient, contact: dict[str, Any]) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = (await api.get(f"/v1/contacts/{contact['id']}/consents")).json()["data"]
    return data


ROUTES = ["enroll", "enroll batch", "event", "event batch", "upsert", "change"]


@pytest.mark.parametrize("route", ROUTES)
async def test_the_same_call_again_grants_nothing_after_an_unsubscription(
    api: httpx.AsyncClient, left: dict[str, Any], route: str
) -> None:
    for _ in range(3):
        warnings = (await answer_by(api, route, left))["warnings"]
        assert warnings == (["no_consent", "opted_out"] if "enroll" in route else ["opted_out"])
        assert not await agrees(api, left)
    assert [row["granted"] for row in await consents_of(api, left)] == [True, False, True]


@pytest.mark.parametrize("route", ROUTES)
async def test_a_new_opt_in_with_its_proof_counts(
    api: httpx.AsyncClient, left: dict[str, Any], route: str
) -> None:
    for consent in (proven("form-8", at="2026-01-01T00:00:00Z"), proven("  ")):
        assert "opted_out" in (await answer_by(api, route, {**left, "consent": consent}))["warnings"]
    assert "opted_out" in (await answer_by(api, route, {**left, "consent": proven("form-8")}))["warnings"]
    assert not await agrees(api, left), "its proof was recorded before"
    assert (await answer_by(api, route, {**left, "consent": proven("form-9")}))["warnings"] == []
    assert await agrees(api, left)


@pytest.mark.parametrize("route", ["event", "change"])
async def test_a_refusal_by_a_call_stands_too(api: httpx.AsyncClient, route: str) -> None:
    contact = someone()
    contact["id"] = (await api.post("/v1/contacts", json=contact)).json()["id"]
    if route == "event":
        event = {"name": "contact.unsubscribed", "contact": {"id": contact["id"]}}
        assert (await api.post("/v1/events", json=event)).json()["warnings"] == []
    else:
        refusal = {"marketing": {"granted": False, "source": "telephone"}}
        changed = await api.patch(f"/v1/contacts/{contact['id']}", json={"consent": refusal})
        assert (changed.json()["consent"], changed.json()["warnings"]) == ({"marketing": False}, [])
    assert (await answer_by(api, "upsert", contact))["warnings"] == ["opted_out"]
    assert not await agrees(api, contact)


async def test_a_new_click_on_the_link_is_a_new_refusal(
    api: httpx.AsyncClient, links: Links, left: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An opt-in that is older than the last click, and reported after it, does not count."""
    link = links.unsubscribe("msg_gone", left["id"])
    assert (await api.post(link)).status_code == 200
    refusal = (await consents_of(api, left))[0]
    monkeypatch.setattr("api.public.routes._ANEW", timedelta(0))
    opted_in = clock.now()
    assert (await api.post(link)).status_code == 200
    again, before, *_ = await consents_of(api, left)
    assert (again["granted"], again["source"], before) == (False, "unsubscribe link", refusal)
    late = {**left, "consent": proven("form-9", at=opted_in.isoformat())}
    assert (await answer_by(api, "upsert", late))["warnings"] == ["opted_out"]


async def test_calls_that_race_agree(api: httpx.AsyncClient, left: dict[str, Any]) -> None:
    again = {**left, "consent": proven("form-9")}
    answers = await asyncio.gather(*(answer_by(api, route, again) for route in [*ROUTES, *ROUTES]))
    assert [answer["warnings"] for answer in answers] == [[]] * len(answers)
    assert [row["granted"] for row in await consents_of(api, left)] == [True, False, True]
    change = {"consent": {"marketing": {"granted": False, "source": "telephone"}}}
    refusing = api.patch(f"/v1/contacts/{left['id']}", json=change)
    await asyncio.gather(refusing, *(answer_by(api, route, again) for route in ROUTES))
    assert not await agrees(api, left)


async def test_who_said_what_can_be_read(
    api: httpx.AsyncClient, database: Database, left: dict[str, Any], serve: Serve, temporal: Client
) -> None:
    await answer_by(api, "enroll", left)
    await answer_by(api, "event", {**left, "consent": proven("form-9", at="2026-02-01T00:00:00+01:00")})
    rows = await consents_of(api, left)
    assert [(row["granted"], row["counts"], row["reason"]) for row in rows] == [
        (True, False, "not_later"),
        (True, False, "no_proof"),
        (False, True, None),
        (True, False, "not_later"),
    ]
    assert [row["reported_by"] for row in rows] == ["test", "test", None, "test"]
    assert [row["source"] for row in rows] == ["form", "form", "unsubscribe link", "form"]
    assert (rows[0]["proof"], rows[0]["at"], rows[0]["topic"]) == (
        "form-9",
        "2026-01-31T23:00:00Z",
        "marketing",
    )
    assert all(row["recorded_at"] >= row["at"] for row in rows)
    await answer_by(api, "change", {**left, "consent": proven("form-10")})
    rows = await consents_of(api, left)
    assert [(row["counts"], row["reason"]) for row in rows][:1] == [(True, None)]
    assert [row["reason"] for row in rows if not row["granted"]] == ["granted_since"]

    path = f"/v1/contacts/{left['id']}/consents"
    page = (await api.get(path, params={"limit": 3})).json()
    rest = (await api.get(path, params={"cursor": page["next_cursor"]})).json()
    assert (page["data"] + rest["data"], len(rest["data"]), rest["next_cursor"]) == (rows, 2, None)
    assert (await api.get("/v1/contacts/con_gone/consents")).status_code == 404
    async with serve(temporal_port=port_of(temporal), scopes=("enroll",)) as enroller:
        assert (await enroller.get(path)).status_code == 403
