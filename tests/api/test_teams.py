"""Teams and event types over the API."""

from typing import Any

import httpx
import pytest


async def test_a_team_is_put_and_listed(api: httpx.AsyncClient) -> None:
    made = await api.put("/v1/teams/head of sales", json={"email": "  Head@Example.com ", "locale": "es"})
    assert made.status_code == 200, made.text
    assert (made.json()["name"], made.json()["email"]) == ("head of sales", "head@example.com")
    emptied = (await api.put("/v1/teams/head of sales", json={"email": None})).json()
    assert (emptied["email"], emptied["locale"]) == (None, "en")
    assert (await api.get("/v1/teams")).json() == {"data": [emptied], "next_cursor": None}


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("sales", {"email": "nobody"}, "email"),
        ("sales", {}, "email"),
        ("sales", {"email": None, "locale": "x!"}, "locale"),
        ("sales", {"email": None, "phone": "1"}, "phone"),
        (" sales", {"email": None}, "name"),
        ("x" * 101, {"email": None}, "name"),
    ],
)
async def test_wrong_teams_are_named(
    api: httpx.AsyncClient, name: str, body: dict[str, Any], field: str
) -> None:
    answer = await api.put(f"/v1/teams/{name}", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_event_types_are_listed(api: httpx.AsyncClient) -> None:
    types = {one["name"]: one for one in (await api.get("/v1/event-types")).json()["data"]}
    assert types["order.completed"]["properties"] == {"amount": "decimal", "currency": "string"}
    assert types["order.completed"]["awaited_by"] == [
        "waiting", "waiting-later", "waiting-once", "waiting-subscribed",
    ]  # fmt: skip
    assert types["contact.subscribed"]["starts"] == ["waiting-subscribed"]
    assert types["task.done"]["properties"] == {"choice": "string"}
    assert list(types) == sorted(types)
