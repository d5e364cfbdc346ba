"""Thirty people are inside a workflow of a package with events, and it is edited six times in a row."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from store.database import Database
from tests.workflows.stack import Run, Stack, running, time_skipping
from tests.workflows.versions import BROKEN, CHANGED, INSERTED, REMOVED, RENAMED, Edits, Versions
from worker.catalogue import install
from worker.moving import Report, move
from worker.runner import runner_of
from worker.settings import Settings
from worker.testing.servers import Clock

GROUP = 10
FIRST, BASKET, SECOND = "sleep:first#1", "wait_for:basket.filled[items > 2]#1", "sleep:second#1"
HELLO, GUIDE, OFFER = "welcome/hello", "welcome/guide", "welcome/offer"
SLACK = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def ledgers_can_be_rebuilt() -> None:
    """Not by the code that these runs began on."""


@dataclass
class Shop:
    """Those inside, by the wait at which they stood before any edit, and when each wait was due."""

    server: tuple[Client, Clock]
    folder: Path
    versions: Versions
    people: dict[str, list[Run]] = field(default_factory=dict)
    due: dict[str, datetime] = field(default_factory=dict)

    @property
    def everybody(self) -> list[Run]:
        return [run for group in self.people.values() for run in group]

    async def enter(self) -> None:
        async with running(*self.server, self.folder, self.versions.write()) as stack:
            for at in (FIRST, BASKET, SECOND):
                self.people[at] = await asyncio.gather(*(_enter(stack, at) for _ in range(GROUP)))
            for run in self.everybody:
                (step,) = (await run.state()).steps
                assert step.due
                self.due[run.enrolled.id] = step.due

    @asynccontextmanager
    async def edited(self, edits: Edits = ()) -> AsyncIterator[Report]:
        """A worker of the edited code, and what it says of those inside."""
        package = self.versions.write(edits)
        report = await self._moved(package)
        async with running(*self.server, self.folder, package) as stack:
            self.people = {
                at: [replace(run, stack=stack) for run in runs] for at, runs in self.people.items()
            }
            await asyncio.gather(*(run.quiet() for run in self.everybody))
            yield report
            listed = await self.parked()
            assert listed.keys() == report.parked.keys()
            assert all(fault.startswith(report.parked[id]) for id, fault in listed.items())

    async def _moved(self, package: str) -> Report:
        settings = Settings(home=self.folder, workflows=[package])
        installed, database = install(settings), Database(settings.database_url)
        try:
            (report,) = await move(self.server[0], database, installed.classes, runner_of(installed))
        finally:
            await database.close()
        return report

    async def parked(self) -> dict[str, str]:
        """By the rows, which lists show: why each is parked."""
        rows = [await run.row() for run in self.everybody]
        return {row.id: str(row.fault) for row in rows if row.run_status == "parked"}

    async def waits_as_before(self, *groups: str) -> None:
        for run in (run for at in groups for run in self.people[at]):
            (step,) = (await run.state()).steps
            assert step.due == self.due[run.enrolled.id]


async def _enter(stack: Stack, at: str) -> Run:
    run = await stack.enroll("shopping", params={} if at == FIRST else {"first": "PT1S"})
    await _come_to(run, FIRST if at == FIRST else BASKET)
    if at == SECOND:
        await run.event("basket.filled", properties={"items": 3})
        await _come_to(run, SECOND)
    return run


async def _come_to(run: Run, at: str) -> None:
    """In the machine's time: a run that moves would lose what its clock was put forward."""
    async with asyncio.timeout(20):
        while [step.key for step in (await run.state()).steps] != [at]:  # noqa: ASYNC110  # it is asked
            await asyncio.sleep(0.05)


@pytest.mark.timeout(180)
async def test_six_edits_cost_nobody_their_waiting_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    async with time_skipping() as server:
        shop = Shop(server, tmp_path, Versions(tmp_path))
        await shop.enter()
        async with shop.edited(INSERTED) as report:
            assert not report.parked
            await shop.waits_as_before(FIRST, BASKET, SECOND)
        async with shop.edited(REMOVED) as report:
            assert Counter(report.parked.values()) == {"score:has looked around#1": 2 * GROUP}
            await shop.waits_as_before(FIRST)
        async with shop.edited(RENAMED) as report:
            assert Counter(report.parked.values()) == {FIRST: 2 * GROUP}
        async with shop.edited(INSERTED) as report:
            assert not report.parked
            await shop.waits_as_before(FIRST, BASKET, SECOND)
        async with shop.edited(CHANGED) as report:
            assert Counter(report.parked.values()) == {BASKET: GROUP}
        with pytest.raises(SyntaxError):
            install(Settings(home=tmp_path, workflows=[shop.versions.write(BROKEN)]))
        async with shop.edited(INSERTED) as report:
            assert not report.parked
            await shop.waits_as_before(FIRST, BASKET, SECOND)
            await _ends_as_it_would_have(shop)


async def _ends_as_it_would_have(shop: Shop) -> None:
    await asyncio.gather(*(_ends(shop, run) for run in shop.everybody))


async def _ends(shop: Shop, run: Run) -> None:
    (step,) = (await run.state()).steps
    now = await shop.server[1].now(run.handle)
    await run.advance(shop.due[run.enrolled.id] - now - SLACK)
    assert [one.key for one in (await run.state()).steps] == [step.key]
    await run.advance(2 * SLACK)
    assert step.key in [entry.key for entry in (await run.state()).trail]
    for _ in range(2):
        await run.advance(timedelta(days=11))
    assert await run.outcome() == "completed"
    assert await run.sent() == [HELLO, GUIDE, OFFER]
    scores = [entry.key for entry in await run.trail() if entry.key.startswith("score:")]
    assert len(scores) == len(set(scores))
