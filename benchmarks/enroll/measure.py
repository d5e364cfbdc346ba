"""Enrollments a second through the HTTP API, on a database file, beside bare starts on the same Temporal server.

No worker runs: what is measured is the way in.
"""

from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

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

                async def bare() -> float:
                    return await rate(count, at_once(callers, count, lambda: _start(temporal)))

                contestants = [Contestant("POST …/enrollments", single), Contestant("start_workflow", bare)]
                title = f"Enrollments, {callers} callers at once, beside bare starts of the same workflow"
                return await race(title, "per second", contestants, turns=turns, aim=AIM)


def _caller(url: str, key: str, callers: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"},
        limits=httpx.Limits(max_connections=callers, max_keepalive_connections=callers),
        timeout=30,
    )


async def _enroll(api: httpx.AsyncClient) -> None:
    """A contact nobody knew, as a sign-up form sends it."""
    contact = {"email": f"{token_hex(8)}@example.com", "name": "Ann Lee", "consent": _CONSENT}
    answer = await api.post("/v1/workflows/welcome-series/enrollments", json={"contact": contact})
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(f"enrolling answered {answer.status_code}: {answer.text}")


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
