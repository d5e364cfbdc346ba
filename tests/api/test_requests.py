"""What every route has in common: keys, bodies, problems, documentation, readiness."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import ProgrammingError
from temporalio.client import Client
from temporalio.common import SearchAttributeKey

from store.database import Database
from store.keys import Keys
from tests.api.conftest import Serve, key
from tests.api.test_enrolling import enroll, someone
from tests.api.test_enrollments import message_of
from tests.api.test_problems import fill, full_database
from tests.temporal import port_of
from worker import search_attributes

EVENT = '{"name": "site.visited", "contact": {"email": "a@example.com"}, "properties": %s}'
AWAY = "postgresql+asyncpg://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/workflows", "read"),
        ("GET", "/v1/workflows/waiting", "read"),
        ("POST", "/v1/workflows/waiting/enrollments", "enroll"),
        ("GET", "/v1/enrollments", "read"),
        ("GET", "/v1/enrollments/x", "read"),
        ("POST", "/v1/enrollments/x/pause", "operate"),
        ("POST", "/v1/enrollments/x/resume", "operate"),
        ("POST", "/v1/enrollments/x/exit", "operate"),
        ("POST", "/v1/enrollments/x/migrate", "operate"),
        ("GET", "/v1/problems", "read"),
        ("POST", "/v1/contacts", "enroll"),
        ("GET", "/v1/contacts", "read"),
        ("GET", "/v1/contacts/x", "read"),
        ("PATCH", "/v1/contacts/x", "enroll"),
        ("GET", "/v1/contacts/x/timeline", "read"),
        ("GET", "/v1/contacts/x/decisions", "read"),
        ("POST", "/v1/events", "events"),
        ("POST", "/v1/events/batch", "events"),
        ("POST", "/v1/workflows/waiting/enrollments/batch", "enroll"),
        ("GET", "/v1/messages", "read"),
        ("POST", "/v1/messages/x/resolve", "operate"),
    ],
)
async def test_each_route_needs_its_scope(
    api: httpx.AsyncClient, database: Database, method: str, path: str, scope: str
) -> None:
    without = await api.request(method, path, headers={"Authorization": ""})
    assert (without.status_code, without.headers["www-authenticate"]) == (401, 'Bearer realm="cadencia"')
    others = {"enroll", "events", "read", "operate"} - {scope}
    body: dict[str, Any] = {} if method == "GET" else {"json": {}}
    narrow = {"Authorization": f"Bearer {await key(database, *others)}"}
    refused = await api.request(method, path, headers=narrow, **body)
    assert (refused.status_code, f"scope {scope}" in refused.json()["errors"][0]["detail"]) == (403, True)
    enough = {"Authorization": f"Bearer {await key(database, scope)}"}
    assert (await api.request(method, path, headers=enough, **body)).status_code in {200, 404, 422}


async def test_wrong_and_revoked_keys(api: httpx.AsyncClient, database: Database) -> None:
    for wrong in ("Bearer cad_nothing", "Basic cad_x", "Bearer", "Bearer  ", "Bearer \xff"):
        answer = await api.get("/v1/workflows", headers={b"Authorization": wrong.encode("latin-1")})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (401, "Authorization")
    secret = await key(database, "read")
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await api.get("/v1/workflows", headers=bearer)).status_code == 200
    async with database.begin() as session:
        row = await Keys(session).by_secret(secret)
        assert row
        assert row.last_used_at
        await Keys(session).revoke(row.id)
    for _ in range(25):
        await asyncio.sleep(0.2)
        if (await api.get("/v1/workflows", headers=bearer)).status_code == 401:
            return
    raise AssertionError("a revoked key still works after 5 s")


async def test_the_key_comes_before_the_body(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/events", content="{", headers={"Authorization": "Bearer cad_x"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        ("{", 400, "body"),
        ("", 422, "body"),
        ("null", 422, "body"),
        (b"\xff\xfe", 400, "body"),
        (EVENT % "NaN", 400, "body"),
        (EVENT % '{"a": -Infinity}', 400, "body"),
        (EVENT % '{"a": 1e999}', 400, "body"),
        (EVENT % '{"a": 99999999999999999999}', 400, "body"),
        (EVENT % ('{"a": ' + "9" * 5000 + "}"), 400, "body"),
        (EVENT % ("[" * 40 + "]" * 40), 400, "body"),
        (EVENT % ("[" * 100_000 + "]" * 100_000), 400, "body"),
        (EVENT % r'{"a": "\u0000"}', 422, "properties.a"),
        (EVENT % r'{"a": {"b": ["x", "\ud800"]}}', 422, "properties.a.b.1"),
        (EVENT % r'{"\u0000": 1}', 422, "properties"),
        (EVENT % '{"a": "%s"}' % ("x" * 1_000_001), 413, "body"),
        (EVENT % ('{"a": [' + "1," * 200_000 + "1]}"), 400, "body"),
    ],
)  # fmt: skip
async def test_bodies_that_nobody_should_send(
    api: httpx.AsyncClient, content: str | bytes, status: int, field: str
) -> None:
    answer = await api.post("/v1/events", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_large_body_without_a_length_is_refused(api: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(30):
            yield b" " * 100_000

    answer = await api.post("/v1/events", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_a_body_that_is_no_json(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/events", data={"name": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (415, "Content-Type")


async def test_addresses_and_methods(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/nothing")).json()["errors"][0]["field"] == "path"
    wrong = await api.delete("/v1/events")
    assert (wrong.status_code, wrong.json()["errors"]) == (
        405,
        [{"field": "method", "code": "unknown_value", "detail": "use POST"}],
    )
    several = await api.delete("/v1/contacts/x")
    assert (several.headers["allow"], several.json()["errors"][0]["detail"]) == (
        "GET, PATCH",
        "use GET, PATCH",
    )
    page = await api.post("/problems")
    assert (page.status_code, page.headers["allow"]) == (405, "GET")
    file = await api.get("/docs/files/nothing")
    assert (file.status_code, file.json()["code"]) == (404, "no_route")
    assert (await api.get("/v1/contacts/%00")).status_code == 400
    assert (await api.get("/v1/contacts?email=%00")).status_code == 400


async def test_requests_have_ids(api: httpx.AsyncClient) -> None:
    given = await api.get("/healthz", headers={"X-Request-Id": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    made = await api.get("/v1/nothing", headers={"X-Request-Id": "not an id"})
    assert made.headers["x-request-id"].startswith("req_")


async def test_workflows_are_shown(api: httpx.AsyncClient) -> None:
    shown = (await api.get("/v1/workflows")).json()["data"]
    assert [row["name"] for row in shown] == [
        "waiting",
        "waiting-later",
        "waiting-once",
        "waiting-subscribed",
    ]
    one = (await api.get("/v1/workflows/waiting-later")).json()
    assert (one["reentry"], one["goals"], one["type"]) == ("after 30 days", ["order.completed"], "Waiting")
    unknown = await api.get("/v1/workflows/wating")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "workflow")


async def test_readiness(serve: Serve, temporal: Client, unused_tcp_port: int) -> None:
    async with serve(temporal_port=port_of(temporal)) as api:
        assert (await api.get("/readyz")).json() == {"status": "ok"}
    async with serve(temporal_port=unused_tcp_port, database_url=AWAY) as api:
        assert (await api.get("/healthz")).status_code == 200
        answer = await api.get("/readyz")
        assert answer.status_code == 503
        assert [error["field"] for error in answer.json()["errors"]] == ["database", "temporal"]


async def test_it_is_not_ready_while_enrolling_would_be_refused(
    serve: Serve, temporal: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        full_database(tmp_path) as full,
        serve(temporal_port=port_of(temporal), database_url=full.url) as api,
    ):
        database = api._transport.app.state.services.database  # type: ignore[attr-defined]  # httpx hides the app
        fill(database)
        answer = await api.get("/readyz")
        assert (answer.status_code, "its disk is full" in answer.text) == (503, True), answer.text
    monkeypatch.setattr(
        search_attributes, "ALL", (*search_attributes.ALL, SearchAttributeKey.for_keyword("CadenciaOther"))
    )
    async with serve(temporal_port=port_of(temporal)) as api:
        answer = await api.get("/readyz")
        assert (answer.status_code, "--name CadenciaOther --type Keyword" in answer.text) == (503, True)


async def test_without_a_database(serve: Serve, temporal: Client) -> None:
    async with serve(temporal_port=port_of(temporal), database_url=AWAY) as api:
        answer = await api.get("/v1/enrollments")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (503, "database")
        assert answer.headers["retry-after"]


async def test_our_own_errors_tell_nothing(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ProgrammingError("SELECT secret", {"email": "ada@example.com"}, Exception("ada@example.com"))

    monkeypatch.setattr("store.messages.Messages.page", broken)
    answer = await api.get("/v1/messages")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:cadencia:problem:internal")
    assert "ada" not in answer.text
    assert "Traceback" not in answer.text


async def test_messages_are_listed(api: httpx.AsyncClient, database: Database) -> None:
    enrolled = (await enroll(api, someone())).json()
    async with database.begin() as session:
        session.add(message_of(enrolled["id"], enrolled["contact_id"]))
    for wanted, count in (
        ({}, 1),
        ({"template": "welcome/hello", "status": "sent"}, 1),
        ({"status": "failed"}, 0),
        ({"sent_after": "2099-01-01T00:00:00Z"}, 0),
        ({"sent_after": "2026-01-01T00:00:00+02:00"}, 1),
        ({"contact_id": enrolled["contact_id"], "enrollment_id": enrolled["id"]}, 1),
    ):
        assert len((await api.get("/v1/messages", params=wanted)).json()["data"]) == count, wanted
    wrong = await api.get("/v1/messages", params={"sent_after": "0001-01-01T00:00:00+14:00"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "sent_after")


async def test_what_became_of_an_unknown_message_is_told_once(
    api: httpx.AsyncClient, database: Database
) -> None:
    enrolled = (await enroll(api, someone())).json()
    async with database.begin() as session:
        message = message_of(enrolled["id"], enrolled["contact_id"])
        message.status, message.sent_at = "unknown", None
        session.add(message)
        id = message.id
    for _ in range(2):
        answer = await api.post(f"/v1/messages/{id}/resolve", json={"status": "sent"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["sent_at"] == answer.json()["created_at"]
    causes = (await api.get("/v1/problems")).json()["data"]
    assert "messages_unknown" not in {cause["cause"] for cause in causes}
    otherwise = await api.post(f"/v1/messages/{id}/resolve", json={"status": "failed"})
    assert (otherwise.status_code, otherwise.json()["errors"][0]["detail"]) == (409, "this message is sent")
    unknown = await api.post("/v1/messages/msg_none/resolve", json={"status": "sent"})
    assert unknown.status_code == 404


async def test_the_api_is_documented(api: httpx.AsyncClient, serve: Serve, temporal: Client) -> None:
    document = (await api.get("/openapi.json")).json()
    text = json.dumps(document)
    for name in [part.split('"')[0] for part in text.split("#/components/schemas/")[1:]]:
        assert name in document["components"]["schemas"], name
    assert "HTTPValidationError" not in text
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            if path.startswith("/v1"):
                assert {"400", "401", "403", "422", "503"} <= route["responses"].keys(), (method, path)
                assert route["security"], (method, path)
            assert route["description"], (method, path)
    assert (await api.get("/docs")).status_code == 200
    production = {
        "env": "production",
        "email_url": "smtp://mail.example:25",
        "public_url": "https://m.example",
    }
    async with serve(temporal_port=port_of(temporal), **production) as hidden:
        assert (await hidden.get("/docs")).status_code == 404
        assert (await hidden.get("/openapi.json")).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"contact": {"email": "a@example.com"}}, "name", "missing"),
        ({"name": "a.b", "contact": {"email": "a@example.com"}, "nmae": 1}, "nmae", "unknown_field"),
        ({"name": 1, "contact": {"email": "a@example.com"}}, "name", "wrong_type"),
        ({"name": "a.b", "contact": "a@example.com"}, "contact", "wrong_type"),
        ({"name": "Order Completed", "contact": {"email": "a@example.com"}}, "name", "wrong_format"),
        ({"name": "a.b", "contact": {"email": "nobody"}}, "contact.email", "wrong_format"),
        (
            {"name": "a.b", "contact": {"email": "a@b.de"}, "occurred_at": "soon"},
            "occurred_at",
            "wrong_format",
        ),
        ({"name": "a.b", "contact": {"external_id": "x" * 201}}, "contact.external_id", "out_of_range"),
        ({"name": "a.b", "contact": {"id": "con_nobody"}}, "contact.id", "not_found"),
    ],
)
async def test_each_field_has_a_code(
    api: httpx.AsyncClient, body: dict[str, Any], field: str, code: str
) -> None:
    answer = await api.post("/v1/events", json=body)
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, code), answer.text


async def test_codes_of_filters_and_keys(api: httpx.AsyncClient) -> None:
    wrong = await api.get("/v1/enrollments", params={"status": "asleep", "limit": 501})
    codes = {error["field"]: error["code"] for error in wrong.json()["errors"]}
    assert codes == {"status": "unknown_value", "limit": "out_of_range"}
    unknown = await api.get("/v1/enrollments", headers={"Authorization": "Bearer cad_x"})
    assert (unknown.json()["code"], unknown.json()["errors"][0]["code"]) == ("unauthorised", "forbidden")
