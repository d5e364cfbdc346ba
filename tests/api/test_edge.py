"""What is around every answer: HEAD, compression, what may be kept, and a note of it."""

import re

import httpx
import structlog

from activities.links import Links
from store.database import Database
from tests.api.test_enrolling import enroll, someone


async def test_head_is_answered_wherever_get_is(api: httpx.AsyncClient) -> None:
    enrolled = (await enroll(api, someone())).json()
    ids = {"contacts": enrolled["contact_id"], "enrollments": enrolled["id"], "workflows": "waiting"}
    document = (await api.get("/openapi.json")).json()
    routes = [path for path, methods in document["paths"].items() if "get" in methods]
    assert {"/healthz", "/readyz", "/metrics", "/v1/contacts", "/v1/contacts/{id}"} <= set(routes)
    for route in routes:
        path = re.sub(r"\{\w+}", ids.get(route.split("/")[2] if route.count("/") > 2 else "", "x"), route)
        shown, head = await api.get(path), await api.head(path)
        assert (head.status_code, head.headers["content-type"]) == (
            shown.status_code,
            shown.headers["content-type"],
        ), route
    assert (await api.head("/v1/contacts", headers={"Authorization": ""})).status_code == 401
    assert (await api.head("/v1/events")).status_code == 405


async def test_a_slash_too_many_leads_nowhere(api: httpx.AsyncClient) -> None:
    for path in ("/v1/contacts/", "/healthz/", "/v1/workflows/waiting/"):
        answer = await api.get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
        assert "location" not in answer.headers


async def test_what_is_about_people_is_kept_nowhere(
    api: httpx.AsyncClient, links: Links, database: Database
) -> None:
    enrolled = (await enroll(api, someone())).json()
    answers = [
        await api.get("/v1/contacts"),
        await api.get(f"/v1/contacts/{enrolled['contact_id']}"),
        await api.get("/v1/contacts", headers={"Authorization": ""}),
        await api.get("/v1/nowhere"),
        await api.get(links.unsubscribe(enrolled["contact_id"], "msg_1")),
        await api.get(links.open("msg_1")),
        await api.get(links.click("msg_1", "https://shop.example")),
        await api.get("/t/wrong"),
    ]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_what_is_large_is_compressed_for_those_who_can_read_it(
    api: httpx.AsyncClient, links: Links
) -> None:
    for _ in range(10):
        await enroll(api, someone(), "waiting")
    packed = await api.get("/v1/enrollments", headers={"Accept-Encoding": "gzip"})
    plain = await api.get("/v1/enrollments", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    small = await api.get("/healthz", headers={"Accept-Encoding": "gzip"})
    page = await api.get(links.unsubscribe("con_1", "msg_1"), headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in {**small.headers, **page.headers}


async def test_each_answer_is_noted_without_anything_personal(
    api: httpx.AsyncClient, database: Database, links: Links
) -> None:
    contact = someone(name="Ada Lovelace")
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        made = await api.post("/v1/contacts", json=contact)
        shown = await api.get(f"/v1/contacts/{made.json()['id']}", headers={"X-Request-Id": "mine-1"})
        found = await api.get("/v1/contacts", params={"email": contact["email"]})
        wrong = await api.get("/v1/contacts", headers={"Authorization": "Bearer cad_wrong"})
        opened = await api.head(links.open("msg_1"))
        nowhere = await api.get("/ada@example.com")
    answers = [made, shown, found, wrong, opened, nowhere]
    noted = [line for line in lines if line["event"] == "request"]
    assert [line["request_id"] for line in noted] == [answer.headers["x-request-id"] for answer in answers]
    assert noted[1]["request_id"] == "mine-1"
    assert [(line["method"], line["route"], line["status"]) for line in noted] == [
        ("POST", "/v1/contacts", 201),
        ("GET", "/v1/contacts/{id}", 200),
        ("GET", "/v1/contacts", 200),
        ("GET", "none", 401),
        ("HEAD", "/o/{token}.gif", 200),
        ("GET", "none", 404),
    ]
    assert [bool(line["key"]) for line in noted] == [True, True, True, False, False, False]
    assert noted[0]["key"].startswith("key_")
    assert all(line["ms"] >= 0 for line in noted)
    for personal in (contact["email"], "Ada", made.json()["id"], "ada@"):
        assert personal not in str(noted)
