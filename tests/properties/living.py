"""Programs as enrollments of the real thing: a worker that is killed, a server that asks for continue-as-new early."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from temporalio.client import Client, WorkflowFailureError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.routing import Happening
from activities.runs import RunsUnavailable
from store import clock
from store.contacts import ContactDraft
from store.migrate import upgrade
from store.tables import Effect, Score
from tests.proofs.bench import cadencia
from tests.proofs.processes import Process
from tests.properties.generated import EVENTS
from tests.properties.programs import Reading
from tests.workflows.rebuilding import compare, stages
from worker import pace, search_attributes
from worker.catalogue import Installed, install
from worker.composition import Composition, compose
from worker.connection import RunEnded, Runs
from worker.embedded import find
from worker.settings import Settings

SPEED = 86_400
"""Of the clock: a day in a second."""
PATIENCE = 180.0


@dataclass
class Life:
    client: Client
    composition: Composition
    installed: Installed
    worker: Process

    async def run(self, programs: list[list[Any]], kills: int) -> int:
        """Enrolls somebody in each program, answers its waits, kills the worker meanwhile, and compares.

        Returns how many effects there were.
        """
        readings = [await self._enroll(program) for program in programs]
        killing = asyncio.create_task(self._kill(kills))
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(self._accompany(reading) for reading in readings))
        await killing
        for program, reading in zip(programs, readings, strict=True):
            await self._judge(program, reading)
        return sum(len(reading.effects) for reading in readings)

    async def _enroll(self, program: list[Any]) -> Reading:
        draft = ContactDraft(email=f"{secrets.token_hex(8)}@example.com")
        enrolled = await self.composition.enroller.enroll(
            "generated", draft, params={"program": json.dumps(program)}
        )
        return Reading(enrolled.id, enrolled.contact_id).read(program)

    async def _kill(self, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(1.5)
            self.worker.kill()
            await self.worker.start()

    async def _accompany(self, reading: Reading) -> None:
        """Sends each event when the wait for it is open, until the run is over."""
        told: set[str] = set()
        runs = Runs(self.client)
        while True:
            with suppress(RunsUnavailable):
                state = await runs.state(reading.enrollment_id)
                if state.status == "ended":
                    return
                assert state.parked is None, state.parked
                for key in {step.key for step in state.steps} & reading.answered.keys() - told:
                    await self._answer(reading, key)
                    told.add(key)
            await asyncio.sleep(0.1)

    async def _answer(self, reading: Reading, key: str) -> None:
        await self.composition.router.post(
            Happening(
                id=f"{reading.enrollment_id}/{key}",
                name=EVENTS[reading.answered[key]].name,
                contact=reading.subject_id,
            )
        )

    async def _judge(self, program: list[Any], reading: Reading) -> None:
        with suppress(WorkflowFailureError, RunEnded):
            result = await self.client.get_workflow_handle(reading.enrollment_id).result()
            assert result["outcome"] == reading.outcome, program
        async with self.composition.database.read() as session:
            mine = col(Effect.enrollment_id) == reading.enrollment_id
            effects = (await session.scalars(select(col(Effect.key)).where(mine))).all()
            scored = col(Score.enrollment_id) == reading.enrollment_id
            scores = (await session.scalars(select(col(Score.key)).where(scored))).all()
        assert sorted(effects) == sorted(reading.effects), program
        assert max(Counter(scores).values(), default=1) == 1, "an effect was done twice"
        history = await self.client.get_workflow_handle(reading.enrollment_id).fetch_history()
        *_, last = stages(history)
        await compare(self.installed, last)


@asynccontextmanager
async def living() -> AsyncIterator[Life]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cadencia-programs-")))
        settings = Settings(
            home=folder, workflows=["tests.properties.generated"], speed=SPEED, log_level="error"
        )
        env = await stack.enter_async_context(
            await WorkflowEnvironment.start_local(
                dev_server_existing_path=str(find(settings)),
                data_converter=pydantic_data_converter,
                dev_server_log_level="error",
                dev_server_extra_args=[
                    "--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=25",
                    "--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"',
                ],
            )
        )  # fmt: skip
        await search_attributes.register(env.client)
        pace.start(settings)
        stack.callback(clock.set_pace, clock.REAL)
        await upgrade(settings.database_url)
        installed = install(settings)
        composition = compose(settings, installed.catalogue, Runs(env.client))
        stack.push_async_callback(composition.close)
        target = {"TEMPORAL_ADDRESS": env.client.service_client.config.target_host}
        worker = cadencia("worker", settings, folder / "worker.log", tells=True, env=target)
        stack.callback(worker.kill)
        await worker.start()
        yield Life(env.client, composition, installed, worker)
