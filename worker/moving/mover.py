"""When a worker starts: every enrollment inside is brought to the code that is installed now, while others are served.

Only where one build runs. Where releases are named, each finishes on its own.
"""

import asyncio
from collections.abc import Sequence

import structlog
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkflowRunner

from activities.calls import Entry
from store import clock
from store.database import Database
from store.releases import Releases
from store.tables import Enrollment
from worker.moving.judging import Judged, judge, refitted
from worker.moving.report import Report
from worker.moving.restarting import start_again, tell_again
from workflows.analysis.reading import read_history
from workflows.kit.declaration import declaration_of
from workflows.kit.release import release_of
from workflows.kit.workflow import MarketingWorkflow

_BATCH = 200
_AT_ONCE = 16

_log = structlog.get_logger(__name__)


async def move(
    client: Client, database: Database, classes: Sequence[type[MarketingWorkflow]], runner: WorkflowRunner
) -> list[Report]:
    """One report for each workflow that somebody is inside of on other code."""
    reports = []
    for cls in classes:
        report = await _Mover(client, database, cls, runner).run()
        if report.going_on or report.moved or report.parked or report.stuck:
            _log.info(
                "enrollments on new code",
                workflow=report.workflow,
                going_on=report.going_on,
                moved=report.moved,
                parked=len(report.parked),
                stuck=len(report.stuck),
            )
            reports.append(report)
    return reports


class _Mover:
    """Moves those inside one workflow."""

    def __init__(
        self, client: Client, database: Database, cls: type[MarketingWorkflow], runner: WorkflowRunner
    ) -> None:
        self._client = client
        self._database = database
        self._cls = cls
        self._runner = runner
        self._release = release_of(cls)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        declaration = declaration_of(cls)
        assert declaration is not None
        self._report = Report(declaration.slug)

    async def run(self) -> Report:
        after = ""
        while rows := await self._inside(after):
            await self._batch(rows)
            after = rows[-1].id
        return self._report

    async def _inside(self, after: str) -> list[Enrollment]:
        async with self._database.read() as session:
            return await Releases(session).inside(self._report.workflow, self._release, _BATCH, after)

    async def _batch(self, rows: Sequence[Enrollment]) -> None:
        found = await asyncio.gather(*(self._history(row.id) for row in rows))
        histories = [history for history in found if history and not _closed(history)]
        # One that was moved by a worker which then died may not have been told all.
        moved = [one for one in histories if _release(one) == self._release]
        await asyncio.gather(*(tell_again(self._client, one) for one in moved))
        self._report.going_on += len(moved)
        others = [one for one in histories if one not in moved]
        judged = await judge(self._cls, others, self._runner)
        settled = await asyncio.gather(*(self._settle(one) for one in judged))
        unbegun = [row.id for row, history in zip(rows, found, strict=True) if history is None]
        renewed = [one.workflow_id for one in moved] + [id for id in settled if id] + unbegun
        async with self._database.begin() as session:
            await Releases(session).renew(renewed, self._release)

    async def _history(self, id: str) -> WorkflowHistory | None:
        """None when its run has not begun."""
        async with self._turn:
            try:
                return await self._client.get_workflow_handle(id).fetch_history()
            except RPCError as error:
                if error.status == RPCStatusCode.NOT_FOUND:
                    return None
                raise

    async def _settle(self, judged: Judged) -> str | None:
        """The enrollment's id, when it is now on the new release."""
        id = judged.history.workflow_id
        async with self._turn:
            if judged.error is not None:
                self._report.stuck[id] = judged.error
                return None
            if judged.ledger is None:
                self._report.going_on += 1
                return id
            judged = await self._without_withdrawn(judged)
            if not (judged.recorded.parked and judged.parts_at):
                await self._restart(judged)
        if judged.parts_at:
            self._report.parked[id] = judged.parts_at
        else:
            self._report.moved += 1
        return id

    async def _restart(self, judged: Judged) -> None:
        renewed = {"ledger": judged.ledger, "release": self._release}
        enrollment = judged.recorded.enrollment.model_copy(update=renewed)
        await start_again(self._client, judged.history, enrollment)
        begun = await self._client.get_workflow_handle(enrollment.id).fetch_history()
        await tell_again(self._client, begun)

    async def _without_withdrawn(self, judged: Judged) -> Judged:
        """Effects under way that nobody asks for any more are called off; one that was done counts as a step."""
        done = []
        for key in judged.withdrawn:
            async with self._database.begin() as session:
                result = await Releases(session).settle_effect(
                    judged.recorded.enrollment.id, key, call_off=judged.parts_at is None
                )
            if result is not None:
                done.append(Entry(key=key, result=result, at=clock.now()))
        return refitted(self._cls, judged, done) if done else judged


def _closed(history: WorkflowHistory) -> bool:
    return str(history.events[-1].WhichOneof("attributes")).startswith(
        (
            "workflow_execution_completed",
            "workflow_execution_failed",
            "workflow_execution_timed_out",
            "workflow_execution_canceled",
            "workflow_execution_terminated",
        )
    )


def _release(history: WorkflowHistory) -> str:
    return read_history(history).enrollment.release
