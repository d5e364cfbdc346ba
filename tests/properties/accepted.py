"""Enrollments with parameters that the API accepted, as an operator and as Temporal see them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus

from activities.runs import RunsUnavailable
from tests.proofs.bench import Bench, running
from worker.connection import RunEnded, Runs

SPEED = 3600
"""Of the clock: an hour in a second."""
REFUSED = 20
"""Percent of the addresses whose mail the relay refuses, until everybody is to leave: an exit awaits the mail that is
under way."""
HELD_UP = {"lost", "parked", "failing_tasks", "mail_not_going_out", "template_broken", "step_failing"}
"""Causes that hold enrollments up."""
NAMED_WITHIN, ENDED_WITHIN = 120.0, 60.0


@dataclass
class Accepted:
    """What was enrolled. `wedged`: runs of which a workflow task failed twice in a row."""

    bench: Bench
    client: Client
    http: httpx.AsyncClient
    ids: list[str] = field(default_factory=list)
    wedged: set[str] = field(default_factory=set)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def enroll(self, workflow: str, params: dict[str, Any]) -> bool:
        """Whether the API accepted them. It must say what it refuses."""
        contact = {
            "email": f"{secrets.token_hex(8)}@example.com",
            "consent": {"marketing": {"granted": True, "source": "test"}},
        }
        body = {"contact": contact, "params": params}
        answer = await self.http.post(f"/v1/workflows/{workflow}/enrollments", json=body)
        if answer.status_code == 422:
            assert all(error["field"].startswith("params.") for error in answer.json()["errors"]), answer.text
            return False
        assert answer.status_code == 201, answer.text
        self.ids.append(answer.json()["id"])
        return True

    async def judge(self) -> None:
        """Runs go on, those that stand still are named, and everybody can leave."""
        watching = asyncio.create_task(self._watch())
        await self._named()
        self.bench.faults()
        await asyncio.gather(*(self._exit(id) for id in self.ids))
        watching.cancel()
        assert not self.wedged, self.wedged

    async def _named(self) -> None:
        """Until problems and a look of our own agree on somebody, and a second look is as the first."""
        deadline = asyncio.get_running_loop().time() + NAMED_WITHIN
        while True:
            before = await self._standing_still()
            named = await self._problems()
            if named and named == before == await self._standing_still():
                return
            late = asyncio.get_running_loop().time() > deadline
            assert not late, (f"named in vain: {named - before}", f"not named: {before - named}")
            await asyncio.sleep(1)

    async def _problems(self) -> set[str]:
        """Whom problems and the lists name. A cause names some and counts all; the lists have all."""
        problems = (await self.http.get("/v1/problems")).raise_for_status().json()
        causes = [cause for cause in problems["data"] if cause["cause"] in HELD_UP]
        some = {id for cause in causes for id in cause["enrollments"]}
        listed: set[str] = set()
        for status in ("parked", "failing", "lost"):
            page = await self.http.get("/v1/enrollments", params={"status": status, "limit": 500})
            listed |= {row["id"] for row in page.raise_for_status().json()["data"]}
        agree = some <= listed and sum(cause["count"] for cause in causes) >= len(listed)
        return listed if agree else set()

    async def _standing_still(self) -> set[str]:
        looks = await asyncio.gather(*(self._stands_still(id) for id in self.ids))
        return {id for id, still in zip(self.ids, looks, strict=True) if still}

    async def _stands_still(self, id: str) -> bool:
        described = await self.client.get_workflow_handle(id).describe()
        if described.status != WorkflowExecutionStatus.RUNNING:
            return False
        if _attempts(described) >= 2:
            return True
        with suppress(RunsUnavailable, RunEnded):
            return (await Runs(self.client).state(id)).status == "parked"
        return False

    async def _watch(self) -> None:
        while True:
            for id in self.ids:
                described = await self.client.get_workflow_handle(id).describe()
                if described.raw_description.pending_workflow_task.attempt > 2:
                    self.wedged.add(id)
            await asyncio.sleep(0.5)

    async def _exit(self, id: str) -> None:
        async with self._turn:
            answer = await self.http.post(f"/v1/enrollments/{id}/exit")
        assert answer.status_code in (200, 202), answer.text
        outcome = await self._outcome(id)
        had_ended = answer.json()["status"] == "ended"
        assert had_ended or outcome == "exited", outcome

    async def _outcome(self, id: str) -> str:
        deadline = asyncio.get_running_loop().time() + ENDED_WITHIN
        while True:
            async with self._turn:
                row = (await self.http.get(f"/v1/enrollments/{id}")).raise_for_status().json()
            if row["status"] == "ended":
                return str(row["outcome"])
            assert asyncio.get_running_loop().time() < deadline, row
            await asyncio.sleep(1)


def _attempts(described: WorkflowExecutionDescription) -> int:
    """Of what the run tries now: its workflow task, and its activities."""
    raw = described.raw_description
    return max(
        [raw.pending_workflow_task.attempt, *(activity.attempt for activity in raw.pending_activities)]
    )


@asynccontextmanager
async def accepting(packages: Sequence[str]) -> AsyncIterator[Accepted]:
    async with running(workflows=list(packages), speed=SPEED) as bench, bench.http() as http:
        bench.faults(refused=REFUSED)
        yield Accepted(bench, await bench.client(), http)
