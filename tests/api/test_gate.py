"""The way to `/v1`: overload is answered at once, and neither strangers nor slow senders and readers hold up work."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Send
from temporalio.client import Client

from api.access import Caller, Callers
from store.database import Database
from tests.api.conftest import Serve, key
from tests.api.test_enrolling import someone
from tests.temporal import port_of

ENROLL = "/v1/workflows/waiting/enrollments"
JSON = {"Content-Type": "application/json"}


@dataclass
class Starts:
    """Starts of runs: each tells that it `began`, and is held until they may `go`."""

    began: asyncio.Semaphore
    go: asyncio.Event

    async def start(self, *_: Any) -> None:
        self.began.release()
        await self.go.wait()


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Starts:
    starts = Starts(asyncio.Semaphore(0), asyncio.Event())
    monkeypatch.setattr("worker.connection.Runs.start", starts.start)
    return starts


async def test_overload_is_answered_at_once(
    serve: Serve, temporal: Client, database: Database, starts: Starts
) -> None:
    """Where no call may wait: nothing is written, the body is not even read, and health and mail links go on."""
    async with serve(temporal_port=port_of(temporal), api_concurrency=8, api_longest_wait=0) as api:
        calls = [asyncio.create_task(api.post(ENROLL, json={"contact": someone()})) for _ in range(8)]
        for _ in range(8):
            await starts.began.acquire()
        for _ in range(20):
            refused = await api.post(ENROLL, content=unread())
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1"), refused.text
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["x-request-id"].startswith("req_")
            assert refused.json()["type"] == "urn:cadencia:problem:too_many"
        assert (await api.get("/healthz")).status_code == 200
        assert (await api.get("/readyz")).status_code == 200
        assert (await api.get("/u/nothing")).status_code == 404
        other = {"Authorization": f"Bearer {await key(database, 'admin')}"}
        assert (await api.get("/v1/contacts", headers=other)).status_code == 200
        assert (await api.get("/v1/contacts")).status_code == 429
        starts.go.set()
        assert {call.status_code for call in await asyncio.gather(*calls)} == {201}
        assert len((await api.get("/v1/contacts")).json()["data"]) == 8


async def test_what_finds_no_room_waits_for_it(serve: Serve, temporal: Client, starts: Starts) -> None:
    """Who hangs up meanwhile is not worked for."""
    async with serve(temporal_port=port_of(temporal), api_concurrency=2, api_longest_wait=60) as api:
        calls = [asyncio.create_task(api.post(ENROLL, json={"contact": someone()})) for _ in range(2)]
        for _ in range(2):
            await starts.began.acquire()
        given_up = [asyncio.create_task(api.post(ENROLL, json={"contact": someone()})) for _ in range(3)]
        calls += [asyncio.create_task(api.post(ENROLL, json={"contact": someone()})) for _ in range(3)]
        for _ in range(100):
            await asyncio.sleep(0)
        for call in given_up:
            call.cancel()
        starts.go.set()
        assert {call.status_code for call in await asyncio.gather(*calls)} == {201}
        assert len((await api.get("/v1/contacts")).json()["data"]) == 5


async def unread() -> Any:
    raise AssertionError("the body was read")
    yield b""


async def test_slow_senders_hold_up_no_work(serve: Serve, temporal: Client, starts: Starts) -> None:
    """Three bodies trickle, and as many calls as ever are worked on. But not all bodies of a key may trickle."""
    sent = asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        starts.began.release()
        await sent.wait()

    async with serve(temporal_port=port_of(temporal), api_concurrency=2) as api:

        async def under_way(**body: Any) -> asyncio.Task[httpx.Response]:
            call = asyncio.create_task(api.post(ENROLL, **body))
            await starts.began.acquire()
            return call

        assert (await api.get("/v1/contacts")).status_code == 200  # the key is known from now on
        senders = [await under_way(content=trickle(), headers=JSON) for _ in range(3)]
        calls = [await under_way(json={"contact": someone()}) for _ in range(2)]
        starts.go.set()
        assert {call.status_code for call in await asyncio.gather(*calls)} == {201}
        senders.append(await under_way(content=trickle(), headers=JSON))
        assert (await api.get("/v1/contacts")).status_code == 429
        sent.set()
        assert {call.status_code for call in await asyncio.gather(*senders)} == {400}
        assert (await api.get("/v1/contacts")).status_code == 200


async def test_a_body_that_does_not_come(
    serve: Serve, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr("api.gate.READ_WITHIN", 0.05)
    async with serve(temporal_port=port_of(temporal)) as api:
        answer = await api.post(ENROLL, content=never(), headers=JSON)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert answer.json()["errors"][0]["field"] == "body"


async def test_who_is_slow_to_read_holds_up_no_work(serve: Serve, temporal: Client) -> None:
    async with serve(temporal_port=port_of(temporal), api_concurrency=2) as api:
        stuck, free = asyncio.Event(), asyncio.Event()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                stuck.set()
                await free.wait()

        reader = asyncio.create_task(_get(api, "/v1/contacts", send))
        await stuck.wait()
        assert (await api.get("/v1/contacts")).status_code == 200
        free.set()
        await reader


async def _get(api: httpx.AsyncClient, path: str, send: Send) -> None:
    request = api.build_request("GET", path)
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    app: FastAPI = api._transport.app  # type: ignore[attr-defined]  # httpx hides the app it calls
    await app(scope, receive, send)


async def test_unknown_keys_hold_up_nobody_who_is_known(
    serve: Serve, temporal: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While many with keys that nobody made are looked up, one that is known is served."""
    hold, looked_up, lookup = asyncio.Event(), asyncio.Semaphore(0), Callers.by_secret

    async def slow(callers: Callers, secret: str) -> Caller | None:
        if secret.startswith("wrong"):
            looked_up.release()
            await hold.wait()
        return await lookup(callers, secret)

    monkeypatch.setattr(Callers, "by_secret", slow)
    async with serve(temporal_port=port_of(temporal), api_concurrency=8) as api:
        assert (await api.get("/v1/contacts")).status_code == 200

        async def wrong(number: int) -> int:
            headers = {"Authorization": f"Bearer wrong-{number}"}
            return (await api.get("/v1/contacts", headers=headers)).status_code

        crowd = [asyncio.create_task(wrong(number)) for number in range(20)]
        for _ in range(8):
            await looked_up.acquire()
        assert (await api.get("/v1/contacts")).status_code == 200
        hold.set()
        assert sorted(await asyncio.gather(*crowd)) == [401] * 8 + [503] * 12


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


async def test_a_burst_is_not_an_overload(serve: Serve, temporal: Client) -> None:
    """A hundred calls by fifty callers at once, with one key that nobody has used before: all are done."""
    async with serve(temporal_port=port_of(temporal), api_concurrency=128, api_longest_wait=60) as api:

        async def caller() -> list[int]:
            return [(await api.post(ENROLL, json={"contact": someone()})).status_code for _ in range(2)]

        answers = await asyncio.gather(*(caller() for _ in range(50)))
    assert {status for statuses in answers for status in statuses} == {201}
