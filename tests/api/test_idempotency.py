"""`Idempotency-Key`: one call, however often it is made."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select, update

from activities.runs import RunsUnavailable
from store import clock
from store.database import Database
from store.enrollments import Enrollments
from store.idempotency import IdempotencyKeys
from store.tables import IdempotencyKey
from tests.api.conftest import key
from tests.api.test_enrolling import end, someone

ENROLL = "/v1/workflows/waiting/enrollments"


def named() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(8)}


async def rows(database: Database) -> int:
    async with database.read() as session:
        return len((await session.scalars(select(IdempotencyKey))).all())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ENROLL, {"contact": {"email": "a@example.com"}}),
        (f"{ENROLL}/batch", {"enrollments": [{"contact": {"email": "a@example.com"}}, {}]}),
        ("/v1/contacts", {"email": "a@example.com", "attributes": {"b": 1, "a": [1.5, "ü"]}}),
        ("/v1/events", {"name": "site.visited", "contact": {"email": "a@example.com"}}),
        ("/v1/events/batch", {"events": [{"name": "site.visited", "contact": {"email": "a@example.com"}}]}),
    ],
)
async def test_the_same_call_is_given_the_same_answer(
    api: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    header = named()
    first = await api.post(path, json=body, headers=header)
    assert first.is_success, first.text
    assert "idempotent-replayed" not in first.headers
    turned = dict(reversed(body.items()))
    again = await api.post(path, json=turned, headers=header)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again.headers["idempotent-replayed"], again.headers["content-type"]) == (
        "true",
        "application/json",
    )
    other = await api.post(path, json={**body, "more": 1}, headers=header)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    fresh = await api.post(path, json=body, headers=named())
    assert fresh.content != first.content or fresh.status_code != first.status_code or path == "/v1/contacts"


async def test_a_key_counts_for_one_route_and_one_caller(api: httpx.AsyncClient, database: Database) -> None:
    header, body = named(), {"contact": someone()}
    first = await api.post(ENROLL, json=body, headers=header)
    elsewhere = await api.post("/v1/workflows/waiting-later/enrollments", json=body, headers=header)
    assert (elsewhere.status_code, elsewhere.json()["workflow"]) == (201, "waiting-later")
    stranger = {**header, "Authorization": f"Bearer {await key(database, 'enroll')}"}
    assert (await api.post(ENROLL, json=body, headers=stranger)).json()["created"] is False
    await end(database, first.json()["id"])
    assert (await api.post(ENROLL, json=body, headers=header)).content == first.content


async def test_many_at_once_do_it_once(api: httpx.AsyncClient, database: Database) -> None:
    header, body = named(), {"contact": someone()}
    answers = await asyncio.gather(*(api.post(ENROLL, json=body, headers=header) for _ in range(30)))
    kinds = {(answer.status_code, answer.headers.get("idempotent-replayed")) for answer in answers}
    assert kinds <= {(201, None), (201, "true"), (409, None)}
    running = [answer for answer in answers if answer.status_code == 409]
    assert all(answer.headers["retry-after"] for answer in running)
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1 + len(running)
    assert await rows(database) == 1


async def test_what_was_refused_is_not_kept(api: httpx.AsyncClient, database: Database) -> None:
    header, contact = named(), someone()
    for body, status in (
        ({"contact": {"email": "nobody"}}, 422),
        ({"contact": {"id": "con_nobody"}}, 404),
        ({"contact": contact}, 201),
    ):
        assert (await api.post(ENROLL, json=body, headers=header)).status_code == status
    assert await rows(database) == 1


async def test_a_failure_frees_the_key(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    header, body = named(), {"contact": someone()}
    with monkeypatch.context() as patched:
        patched.setattr("worker.connection.Runs.start", _away)
        assert (await api.post(ENROLL, json=body, headers=header)).status_code == 503
    with monkeypatch.context() as patched:
        patched.setattr("worker.connection.Runs.start", _broken)
        assert (await api.post(ENROLL, json=body, headers=header)).status_code == 500
    answer = await api.post(ENROLL, json=body, headers=header)
    assert (answer.status_code, "idempotent-replayed" in answer.headers) == (201, False)


async def _away(*_: Any) -> None:
    raise RunsUnavailable("Temporal is away")


async def _broken(*_: Any) -> None:
    raise ZeroDivisionError


async def test_a_call_that_crashed_is_taken_over(api: httpx.AsyncClient, database: Database) -> None:
    header, body = named(), {"contact": someone()}
    first = await api.post(ENROLL, json=body, headers=header)
    await change(database, status=None, body=None)
    held = await api.post(ENROLL, json=body, headers=header)
    assert (held.status_code, held.json()["type"]) == (409, "urn:cadencia:problem:still_running")
    await change(database, leased_until=clock.machine() - timedelta(seconds=1))
    over = await api.post(ENROLL, json=body, headers=header)
    assert (over.status_code, over.json()["id"]) == (200, first.json()["id"])
    assert (await api.post(ENROLL, json=body, headers=header)).content == over.content


async def test_keys_are_forgotten_after_a_day(api: httpx.AsyncClient, database: Database) -> None:
    header, body = named(), {"contact": someone()}
    await api.post(ENROLL, json=body, headers=header)
    await change(database, created_at=clock.machine() - timedelta(hours=24, seconds=1))
    other = await api.post(ENROLL, json={"contact": someone()}, headers=header)
    assert (other.status_code, "idempotent-replayed" in other.headers) == (201, False)
    async with database.begin() as session:
        await IdempotencyKeys(session).sweep()
    assert await rows(database) == 1
    await change(database, created_at=clock.machine() - timedelta(hours=24, seconds=1))
    async with database.begin() as session:
        await IdempotencyKeys(session).sweep()
    assert await rows(database) == 0


async def change(database: Database, **values: Any) -> None:
    async with database.begin() as session:
        await session.execute(update(IdempotencyKey).values(**values))


@pytest.mark.parametrize("name", ["", "x" * 256, "a b", "\x7f", "ü"])
async def test_keys_that_cannot_be_used(api: httpx.AsyncClient, name: str) -> None:
    headers = {b"Idempotency-Key": name.encode("latin-1")}
    answer = await api.post(ENROLL, json={"contact": someone()}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_other_routes_do_not_look_at_it(api: httpx.AsyncClient, database: Database) -> None:
    assert (await api.get("/v1/enrollments", headers=named())).status_code == 200
    assert await rows(database) == 0
    async with database.read() as session:
        assert await Enrollments(session).page() == ([], None)
