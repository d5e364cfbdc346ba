"""What nobody should send: refused, without growing, and while others are served."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from store.database import Database
from tests.api.process import Served, served

MB = 1_000_000
EVENT = b'{"name": "site.visited", "contact": {"email": "a@example.com"}, "properties": %s}'
EVENTS = b'{"events": [%s]}'
DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
BODIES = {
    "10 MB": ("/v1/events", b'"' + b"x" * 10 * MB + b'"'),
    "10 MB of a batch": ("/v1/events/batch", EVENTS % (b"[]," * 3 * MB + b"[]")),
    "10 MB of depth": ("/v1/events/batch", b"[" * 5 * MB + b"]" * 5 * MB),
    "10 MB of text": ("/v1/events/batch", b'["' + b"\\ud800" * (10 * MB // 6 - 10) + b'"]'),
    "10 MB of digits": ("/v1/events/batch", b"9" * 10 * MB),
    "more than 10 MB": ("/v1/events/batch", b"[" + b" " * 10 * MB + b"]"),
    "depth": ("/v1/events", EVENT % DEEP),
    "lists in depth": ("/v1/events", EVENT % (b"[" * 10_000 + b"]" * 10_000)),
    "NaN": ("/v1/events", EVENT % b'{"a": NaN}'),
    "NUL": ("/v1/events", EVENT % rb'{"a": "\u0000"}'),
    "a raw NUL": ("/v1/events", EVENT % b'{"a": "\0"}'),
    "half a pair": ("/v1/events", EVENT % rb'{"a": "\ud800"}'),
    "half a pair as a name": ("/v1/events", EVENT % rb'{"\udfff": [1]}'),
    "a huge integer": ("/v1/events", EVENT % b'{"a": %s}' % (b"9" * 400_000)),
    "a huge exponent": ("/v1/events", EVENT % b'{"a": 1e400}'),
    "no UTF-8": ("/v1/events", EVENT % b'{"a": "\xff"}'),
}


@pytest.fixture
async def process(database: Database, temporal: Client, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(database, temporal, tmp_path) as process:
        yield process


async def send(http: httpx.AsyncClient, name: str) -> int:
    path, body = BODIES[name]
    try:
        answer = await http.post(path, content=body, headers={"Content-Type": "application/json"})
    except httpx.WriteError:  # refused by its length, and closed before all of it was taken
        return 413
    return answer.status_code


async def test_all_of_it_is_refused_and_nothing_stays(process: Served) -> None:
    """Fifty and more requests; the first round warms up what the process keeps anyway."""
    bearer = {"Authorization": f"Bearer {process.key}"}
    async with httpx.AsyncClient(base_url=process.url, headers=bearer, timeout=30, trust_env=False) as http:
        for name in BODIES:
            assert 400 <= await send(http, name) < 500, name
        before, slowest = process.memory, 0.0
        for _ in range(4):
            for name in BODIES:
                began = time.perf_counter()
                assert 400 <= await send(http, name) < 500, name
                slowest = max(slowest, time.perf_counter() - began)
        grown = process.memory - before
        assert (await http.get("/readyz")).status_code == 200
        assert (await http.get("/v1/contacts")).json()["data"] == []
    assert grown < 25 * MB, f"{grown / MB:.0f} MB more after {4 * len(BODIES)} requests"
    assert slowest < 3, f"{slowest:.1f} s for one request"


async def test_a_slow_sender_does_not_hold_up_others(process: Served) -> None:
    bearer = {"Authorization": f"Bearer {process.key}", "Content-Type": "application/json"}

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(15):
            await asyncio.sleep(0.1)
            yield b" "

    async with httpx.AsyncClient(base_url=process.url, headers=bearer, timeout=30, trust_env=False) as http:
        slow = [asyncio.create_task(http.post("/v1/events", content=trickle())) for _ in range(20)]
        await asyncio.sleep(0.2)
        assert (await http.get("/v1/workflows")).status_code == 200
        assert {answer.status_code for answer in await asyncio.gather(*slow)} == {400}
