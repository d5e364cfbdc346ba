"""Admission: refused at once and whole, and no key takes the room of another."""

import asyncio
import time
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from api.admission import BATCH, Admission
from api.errors import Problem
from store.database import Database
from tests.api.conftest import Serve, key
from tests.api.test_enrolling import someone
from tests.temporal import port_of

ENROLL = "/v1/workflows/waiting/enrollments"


def fill(admission: Admission, stack: ExitStack, key: str, weight: int = 1) -> tuple[int, int | None]:
    """How many are let in until one is refused, and with which status."""
    for count in range(1000):
        try:
            stack.enter_context(admission.admitted(key, weight))
        except Problem as problem:
            return count, problem.status_code if problem.headers else None
    return 1000, None


def test_keys_share_the_room() -> None:
    admission = Admission(60)
    with ExitStack() as stack:
        assert fill(admission, stack, "a") == (30, 429)
        assert fill(admission, stack, "b") == (20, 429)
        assert fill(admission, stack, "c") == (10, 503)
    with ExitStack() as stack:
        assert fill(admission, stack, "c") == (30, 429)


def test_a_batch_takes_more_room() -> None:
    admission = Admission(4 * BATCH)
    with ExitStack() as stack:
        assert fill(admission, stack, "a", BATCH) == (2, 429)
        assert fill(admission, stack, "b", BATCH) == (1, 429)
    small = Admission(4)
    with ExitStack() as stack:
        assert fill(small, stack, "a", BATCH) == (1, 429)


async def test_overload_is_answered_at_once(
    serve: Serve, temporal: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written, the body is not even read, and health, mail links and other keys go on."""
    hold, began = asyncio.Event(), asyncio.Semaphore(0)

    async def slow(*_: Any) -> None:
        began.release()
        await hold.wait()

    monkeypatch.setattr("worker.connection.Runs.start", slow)
    async with serve(temporal_port=port_of(temporal), api_concurrency=8) as api:
        calls = [asyncio.create_task(api.post(ENROLL, json={"contact": someone()})) for _ in range(4)]
        for _ in range(4):
            await began.acquire()
        took = []
        for _ in range(20):
            start = time.perf_counter()
            refused = await api.post(ENROLL, content=unread())
            took.append(time.perf_counter() - start)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1"), refused.text
        assert sorted(took)[10] < 0.1
        assert (await api.get("/healthz")).status_code == 200
        assert (await api.get("/readyz")).status_code == 200
        assert (await api.get("/u/nothing")).status_code == 404
        other = {"Authorization": f"Bearer {await key(database, 'admin')}"}
        assert (await api.get("/v1/contacts", headers=other)).status_code == 200
        assert (await api.get("/v1/contacts")).status_code == 429
        hold.set()
        assert {call.status_code for call in await asyncio.gather(*calls)} == {201}
        assert len((await api.get("/v1/contacts")).json()["data"]) == 4


async def unread() -> Any:
    raise AssertionError("the body was read")
    yield b""


async def test_room_is_given_back_whatever_happens(serve: Serve, temporal: Client) -> None:
    async with serve(temporal_port=port_of(temporal), api_concurrency=2) as api:
        for _ in range(10):
            assert (await api.post("/v1/events", content="{")).status_code == 415
            assert (await api.get("/v1/enrollments/none")).status_code == 404
            assert (await api.post("/v1/contacts", json={})).status_code == 422
        assert (await api.get("/v1/contacts")).status_code == 200


async def test_a_crowd_with_one_key_leaves_room_for_another(
    serve: Serve, temporal: Client, database: Database
) -> None:
    async with serve(temporal_port=port_of(temporal), api_concurrency=16) as api:
        other = {"Authorization": f"Bearer {await key(database, 'admin')}"}

        async def alone() -> list[httpx.Response]:
            return [await api.get("/v1/workflows", headers=other) for _ in range(20)]

        crowd = [api.post("/v1/contacts", json=someone()) for _ in range(200)]
        answers, (calls,) = await asyncio.gather(asyncio.gather(*crowd), asyncio.gather(alone()))
    assert {answer.status_code for answer in answers} <= {201, 429}
    assert {call.status_code for call in calls} == {200}
