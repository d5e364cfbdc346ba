"""Enrollments a second through the HTTP API, on a database file, beside bare starts on the same Temporal server.

No worker runs: what is measured is the way in. The callers take as little of the machine as they can: a well-known HTTP
library in their place costs two thirds of what the API does.
"""

import asyncio
import json
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from temporalio.client import Client

from benchmarks.harness import Contestant, Race, at_once, race, rate
from benchmarks.processes import command, free_ports
from cli.up import home, prepare
from store.ids import new_id
from tests.proofs.http import Connections
from tests.temporal import port_of, temporal_server
from worker.connection import WORKFLOWS_QUEUE
from worker.settings import Settings
from workflows.contracts import Enrollment

AIM = 0.7
_BATCH = 100
_PATH = "/v1/workflows/welcome-series/enrollments"
_PATIENCE = 30.0  # seconds for an answer
_RETRY_AFTER = 1.0  # seconds, as a refusal asks for
_CONSENT = {"marketing": {"granted": True, "source": "benchmark"}}


async def measure(*, count: int = 500, callers: int = 32, turns: int = 5) -> Race:
    with TemporaryDirectory() as folder:
        async with temporal_server() as temporal:
            (port,) = free_ports(1)
            settings = Settings(home=Path(folder), api_port=port, temporal_port=port_of(temporal))
            home.folder(settings)
            key = await prepare.database(settings)
            async with command("api", settings, port), _importer(settings.api_url, key) as importer:
                connections = Connections(port)

                async def single() -> float:
                    calls = at_once(callers, count, lambda: _enroll(connections, port, key))
                    return await rate(count, calls)

                async def batches() -> float:
                    return await rate(count, _enroll_all(importer, count))

                async def bare() -> float:
                    return await rate(count, at_once(callers, count, lambda: _start(temporal)))

                contestants = [
                    Contestant("POST …/enrollments", single),
                    Contestant("POST …/enrollments/batch", batches),
                    Contestant("start_workflow", bare),
                ]
                title = f"Enrollments, {callers} callers at once or batches of {_BATCH}, beside bare starts"
                return await race(title, "per second", contestants, turns=turns, aim=AIM)


async def _enroll(connections: Connections, port: int, key: str) -> None:
    """Repeats a call that was refused for now, as callers should."""
    body = json.dumps(_somebody()).encode()
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    while (status := await connections.call(head.encode() + body, _PATIENCE)) != "201":
        if status != "429":
            raise RuntimeError(f"enrolling was answered with {status}")
        await asyncio.sleep(_RETRY_AFTER)


def _importer(url: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=_PATIENCE, trust_env=False
    )


async def _enroll_all(importer: httpx.AsyncClient, count: int) -> None:
    """One batch after the other. What was written but not started in time would not be counted as done."""
    for first in range(0, count, _BATCH):
        people = [_somebody() for _ in range(min(_BATCH, count - first))]
        answer = await importer.post(f"{_PATH}/batch", json={"enrollments": people})
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"a batch was answered with {answer.status_code}: {answer.text}")
        statuses = [result["status"] for result in answer.json()["results"]]
        if statuses != ["created"] * len(people):
            raise RuntimeError(f"a batch was answered with {sorted(set(statuses))}")


def _somebody() -> dict[str, Any]:
    """A contact nobody knew, as a sign-up form sends it."""
    return {"contact": {"email": f"{token_hex(8)}@example.com", "name": "Ann Lee", "consent": _CONSENT}}


async def _start(temporal: Client) -> None:
    subject = new_id("con")
    enrollment = Enrollment(
        id=f"bare:{subject}:1",
        workflow="welcome-series",
        subject_kind="contact",
        subject_id=subject,
        entry="1",
        release="bare",
    )
    await temporal.start_workflow("WelcomeSeries", enrollment, id=enrollment.id, task_queue=WORKFLOWS_QUEUE)
