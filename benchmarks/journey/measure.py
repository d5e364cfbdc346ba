"""Journeys a second, many at once, beside bare workflows on the same in-memory server and in the same process."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from temporalio.client import Client
from temporalio.worker import Worker

from benchmarks.harness import Contestant, Race, race, rate
from benchmarks.journey.bare import Bare, nothing
from benchmarks.journey.ours import journeys
from tests.temporal import temporal_server

AIM = 0.8
_QUEUE = "bare"


async def measure(*, at_once: int = 100, turns: int = 5) -> Race:
    with TemporaryDirectory() as folder:
        async with (
            temporal_server() as client,
            journeys(client, Path(folder)) as ours,
            Worker(client, task_queue=_QUEUE, workflows=[Bare], activities=[nothing]),
        ):

            async def three_emails() -> float:
                rows = await ours.enrolled(at_once)
                return await rate(at_once, ours.run(rows))

            async def bare() -> float:
                return await rate(at_once, _bare(client, at_once))

            contestants = [
                Contestant("three emails", three_emails),
                Contestant("three bare activities", bare),
            ]
            title = f"Journeys, {at_once} at once: rows, SMTP and all, beside activities that do nothing"
            result = await race(title, "workflows/s", contestants, turns=turns, aim=AIM)
            sent, due = await ours.sent(), at_once * 3 * (turns + 1)
            if sent != due:
                raise RuntimeError(f"{sent} of {due} emails were sent: this run measured something else")
            return result


async def _bare(client: Client, count: int) -> None:
    await asyncio.gather(
        *(
            client.execute_workflow(Bare.run, "subject", id=f"bare-{uuid4().hex}", task_queue=_QUEUE)
            for _ in range(count)
        )
    )
