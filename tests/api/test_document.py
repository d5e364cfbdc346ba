"""docs/api.md: every route is in it, and every request that it shows is answered."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx

from store.database import Database
from tests.api.process import served
from tests.api.test_tasks import task_of
from tests.docs.documents import ROOT, blocks
from tests.temporal import temporal_server

DOCUMENT = ROOT / "docs" / "api.md"
STEERING = {
    "/pause": 503,
    "/resume": 503,
    "/exit": 202,
    "/migrate": 503,
    "/resolve": 404,
}  # there is no worker that could obey


def requests() -> Iterator[tuple[str, str, dict[str, str], str]]:
    for block in blocks(DOCUMENT, "http"):
        head, _, body = block.partition("\n\n")
        first, *headers = head.splitlines()
        method, path = first.split()
        yield method, path, dict(line.split(": ") for line in headers), body


async def test_every_route_is_named(api: httpx.AsyncClient) -> None:
    text = DOCUMENT.read_text()
    paths = (await api.get("/openapi.json")).json()["paths"]
    named = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert {route for route in named if f"`{route}`" not in text} == set()
    assert {route for route in re.findall(r"`([A-Z]+ /[^`?]*)`", text) if route not in named} == set()
    shown = {
        method + re.sub(r"\$[A-Z]+|welcome-series|(?<=teams/)sales", "{}", path.partition("?")[0])
        for method, path, _, _ in requests()
    }
    wanted = {route.replace(" ", "") for route in named if " /v1/" in route}
    assert {re.sub(r"{\w+}", "{}", route) for route in wanted} <= shown | {"GET/v1/workflows"}


async def test_every_request_is_answered(database: Database, tmp_path: Path) -> None:
    known: dict[str, str] = {}
    async with temporal_server() as temporal, served(database, temporal, tmp_path) as process:
        bearer = {"Authorization": f"Bearer {process.key}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(
            base_url=process.url, headers=bearer, timeout=30, trust_env=False
        ) as http:
            for method, path, headers, body in requests():
                for name, value in known.items():
                    path = path.replace(f"${name}", value)
                answer = await http.request(method, path, headers=headers, content=body)
                if path.endswith("/recover"):
                    assert answer.status_code == 409, "nothing is lost"
                    continue
                steered = next((code for verb, code in STEERING.items() if path.endswith(verb)), None)
                if steered:
                    assert answer.status_code == steered, answer.text
                    continue
                assert answer.is_success, (method, path, answer.text)
                if path.endswith("/enrollments") and method == "POST":
                    known = {"ENROLLMENT": answer.json()["id"], "CONTACT": answer.json()["contact_id"]}
                    known["TASK"] = (await task_of(database, known["ENROLLMENT"], answers=["yes"])).id
                    assert json.loads(blocks(DOCUMENT, "json")[1]).keys() == answer.json().keys()


async def test_the_error_is_the_one_that_is_answered(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/workflows/waiting/enrollments", json={"contact": {"email": "nobody"}})
    assert answer.json() == json.loads(blocks(DOCUMENT, "json")[0])
