"""Enrollments a second through the HTTP API, on a database file, beside bare starts on the same Temporal server.

No worker runs: what is measured is the way in.
"""

import asyncio
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from temporalio.client import Client

from benchmarks.harness import Contestant, Race, at_once, race, rate
from benchmarks.processes import command, free_ports
from cli.up import prepare
from store.ids import new_id
from tests.temporal import port_of, temporal_server
from worker.connection import WORKFLOWS_QUEUE
from worker.settings import Settings
from workflows.contracts import Enrollment

AIM = 0.7
_BATCH = 100
_CONSENT = {"marketing": {"granted": True, "source": "benchmark"}}


async def measure(*, count: int = 500, callers: int = 32, turns: int = 5) -> Race:
    with TemporaryDirectory() as folder:
        async with temporal_server() as temporal:
            (port,) = free_ports(1)
            settings = Settings(home=Path(folder), api_port=port, temporal_port=port_of(temporal))
            prepare.folder(settings)
            key = await prepare.database(settings)
            async with command("api", settings, port), _caller(settings.api_url, key, callers) as api:

                async def single() -> float:
                    return await rate(count, at_once(callers, count, lambda: _enroll(api)))

                async def batches() -> float:
                    return await rate(count, _enroll_all(api, count))

                async def bare() -> float:
                    return await rate(count, at_once(callers, count, lambda: _start(temporal)))

                contestants = [
                    Contestant("POST …/enrollments", single),
                    Contestant("POST …/enrollments/batch", batches),
                    Contestant("start_workflow", bare),
                ]
                title = f"Enrollments, {callers} callers at once or batches of {_BATCH}, beside bare starts"
                return await race(title, "per second", contestants, turns=turns, aim=AIM)


def _caller(url: str, key: str, callers: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"},
        limits=httpx.Limits(max_connections=callers, max_keepalive_connections=callers),
        timeout=30,
    )


async def _enroll(api: httpx.AsyncClient) -> None:
    await _post(api, "", _somebody(), httpx.codes.CREATED)


async def _enroll_all(api: httpx.AsyncClient, count: int) -> None:
    """One batch after the other. What was written but not started in time would not be counted as done."""
    for first in range(0, count, _BATCH):
        people = [_somebody() for _ in range(min(_BATCH, count - first))]
        answer = await _post(api, "/batch", {"enrollments": people}, httpx.codes.OK)
        statuses = [result["status"] for result in answer.json()["results"]]
        if statuses != ["created"] * len(people):
            raise RuntimeError(f"a batch was answered with {sorted(set(statuses))}")


async def _post(api: httpx.AsyncClient, path: str, body: dict[str, Any], expected: int) -> httpx.Response:
    """Repeats a call that was refused for now, as callers should."""
    while True:
        answer = await api.post(f"/v1/workflows/welcome-series/enrollments{path}", json=body)
        if answer.status_code == expected:
            return answer
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            raise RuntimeError(f"enrolling answered {answer.status_code}: {answer.text}")
        await asyncio.sleep(float(answer.headers["retry-after"]))


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
