"""What strangers write about themselves is refused in every way in, with the field and the remedy."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from store import clock
from tests.api.test_enrolling import someone

JSON = {"Content-Type": "application/json"}
Way = Callable[[httpx.AsyncClient, dict[str, Any]], Awaitable[dict[str, Any]]]


async def by_contact(api: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    return first_error(await api.post("/v1/contacts", json=contact))


async def by_patch(api: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    id = (await api.post("/v1/contacts", json=someone())).json()["id"]
    return first_error(await api.patch(f"/v1/contacts/{id}", json=contact))


async def by_enrollment(api: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    return first_error(await api.post("/v1/workflows/waiting/enrollments", json={"contact": contact}))


async def by_enrollments(api: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    body = {"enrollments": [{"contact": contact}]}
    answer = await api.post("/v1/workflows/waiting/enrollments/batch", json=body)
    return dict(answer.json()["results"][0]["problem"]["errors"][0])


async def by_event(api: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    return first_error(await api.post("/v1/events", json={"name": "site.visited", "contact": contact}))


async def by_events(api: httpx.AsyncClient, contact: dict[str, Any]) -> dict[str, Any]:
    body = {"events": [{"name": "site.visited", "contact": contact}]}
    answer = await api.post("/v1/events/batch", json=body)
    return dict(answer.json()["results"][0]["problem"]["errors"][0])


def first_error(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 422, answer.text
    return dict(answer.json()["errors"][0])


@pytest.mark.parametrize("way", [by_contact, by_patch, by_enrollment, by_enrollments, by_event, by_events])
async def test_it_is_refused_in_every_way_in(api: httpx.AsyncClient, way: Way) -> None:
    for fields, field, remedy in (
        ({"name": "Ana\u202e"}, "name", "remove U+202E (right-to-left override)"),
        ({"name": "A\u200bna"}, "name", "remove U+200B (zero width space)"),
        ({"attributes": {"plan\r\nBcc: eve": 1}}, "attributes", "remove U+000D"),
        ({"time_zone": "localtime"}, "time_zone", "must be an IANA name"),
        ({"time_zone": "europe/madrid"}, "time_zone", "did you mean Europe/Madrid?"),
        ({"locale": "pt_BR"}, "locale", "did you mean pt-BR?"),
        (
            {"consent": {"marketing": {"granted": "yes", "source": "form"}}},
            "consent.marketing.granted",
            "true or false",
        ),
    ):
        error = await way(api, {**(someone() if way is not by_patch else {}), **fields})
        assert error["field"].removeprefix("contact.") == field
        assert remedy in error["detail"]


async def test_a_name_that_looks_like_an_address_is_kept(api: httpx.AsyncClient) -> None:
    made = await api.post("/v1/contacts", json=someone(name="http://evil.example"))
    assert (made.status_code, made.json()["name"]) == (201, "http://evil.example")


async def test_an_event_cannot_lie_days_ahead(api: httpx.AsyncClient) -> None:
    event = {"name": "site.visited", "contact": someone()}
    soon, later = (
        {**event, "occurred_at": (clock.now() + timedelta(hours=hours)).isoformat()} for hours in (23, 25)
    )
    assert (await api.post("/v1/events", json=soon)).status_code == 202
    error = first_error(await api.post("/v1/events", json=later))
    assert (error["field"], "more than a day ahead" in error["detail"]) == ("occurred_at", True)
    results = (await api.post("/v1/events/batch", json={"events": [soon, later]})).json()["results"]
    assert results[1]["problem"]["errors"][0] == error


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/v1/contacts", '{"email": "a@x.example", "name": "A", "email": "b@x.example"}', "email"),
        (
            "/v1/workflows/waiting/enrollments",
            '{"contact": {"external_id": "1", "consent": {"m": {"granted": false, "source": "f", "granted": true}}}}',
            "granted",
        ),
        (
            "/v1/events/batch",
            '{"events": [{"name": "site.visited", "contact": {"id": "1"}, "properties": {"a": [{"b": 1, "b": 1}]}}]}',
            "b",
        ),
        ("/v1/contacts", r'{"external_id": "1", "attributes": {"\ud800": 1, "\ud800": 2}}', r"\ud800"),
    ],
)
async def test_a_key_that_stands_twice_is_refused(
    api: httpx.AsyncClient, path: str, body: str, key: str
) -> None:
    for headers in (JSON, {**JSON, "Idempotency-Key": "once"}):
        answer = await api.post(path, content=body, headers=headers)
        problem = answer.json()
        assert (answer.status_code, problem["errors"][0]["field"]) == (400, "body")
        assert f'"{key}" stands twice' in problem["errors"][0]["detail"]
