"""Properties of declared events are of their declared types, so that every condition can read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.api.test_batches import post_all, statuses
from tests.api.test_enrolling import someone
from tests.api.test_events import event
from workflows.kit import events


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> str:
    """An event with a property of each type, declared as a team's own package does."""
    monkeypatch.setattr(events, "_declared", dict(events.declared()))
    declared = events.event(
        "trial.ended", plan=str, seats=int, usage=float, paid=bool, amount=Decimal, day=date, at=datetime
    )
    return declared.name


GOOD: dict[str, list[Any]] = {
    "plan": ["pro", ""],
    "seats": [3, "3"],
    "usage": [0.5, 1, "1.5"],
    "paid": [True, False],
    "amount": ["49.90", 49.9, 50],
    "day": ["2026-05-01"],
    "at": ["2026-05-01T10:00:00Z"],
}
WRONG: dict[str, list[Any]] = {
    "plan": [7, True, ["pro"], {}],
    "seats": ["three", 1.5, True],
    "usage": ["much", True, "nan"],
    "paid": ["yes", 1, "true"],
    "amount": ["fifty", True, [1], "NaN"],
    "day": ["tomorrow", 20240, 0],
    "at": ["2026-05-01T10:00:00", 1777000000, "2026-05-01"],
}


@pytest.mark.parametrize("name", GOOD)
async def test_a_property_is_of_its_type(api: httpx.AsyncClient, trial: str, name: str) -> None:
    contact = someone()
    taken = [event(contact, trial, properties={name: value}) for value in GOOD[name]]
    refused = [event(contact, trial, properties={name: value}) for value in WRONG[name]]
    results = await post_all(api, *taken, *refused)
    assert statuses(results) == ["created"] * len(taken) + ["invalid"] * len(refused)
    for result in results[len(taken) :]:
        (error,) = result["problem"]["errors"]
        assert (error["field"], error["detail"][:5]) == (f"properties.{name}", "must ")


async def test_a_wrong_property_is_named_with_the_remedy(api: httpx.AsyncClient) -> None:
    contact = someone()
    order = event(contact, "order.completed", properties={"amount": "a lot", "currency": 7})
    answer = await api.post("/v1/events", json=order)
    assert answer.status_code == 422
    assert {error["field"]: error["detail"] for error in answer.json()["errors"]} == {
        "properties.amount": 'must be a number, such as "49.90"',
        "properties.currency": "must be text",
    }
    assert (await api.get("/v1/contacts")).json()["data"] == []


@pytest.mark.parametrize(
    "properties", [{}, {"amount": None}, {"coupon": ["any", {"thing": 1}], "amount": "1"}]
)
async def test_what_is_left_out_and_what_is_more_is_taken(
    api: httpx.AsyncClient, properties: dict[str, Any]
) -> None:
    answer = await api.post("/v1/events", json=event(someone(), "order.completed", properties=properties))
    assert (answer.status_code, answer.json()["warnings"]) == (202, [])


async def test_the_events_of_a_teams_package_are_declared_too(api: httpx.AsyncClient, trial: str) -> None:
    answer = await api.post("/v1/events", json=event(someone(), trial))
    assert answer.json()["warnings"] == []
    types = {row["name"]: row["properties"] for row in (await api.get("/v1/event-types")).json()["data"]}
    assert types[trial] == {
        "plan": "string", "seats": "integer", "usage": "number", "paid": "boolean", "amount": "decimal",
        "day": "date", "at": "time",
    }  # fmt: skip
