"""When a worker starts: every enrollment inside is brought to the code that is installed now, while others are served.

Only where one build runs. Where releases are named, each finishes on its own.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

import structlog
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkflowRunner

from activities.calls import Entry
from store import clock
from store.database import Database
from store.releases import Releases
from store.tables import Enrollment
from worker.moving.judging import Judged, fitted, judge
from worker.moving.report import Report
from worker.moving.restarting import hand_over, start_again
from workflows.analysis.reading import read_history
from workflows.contracts import HABITS, Moved
from workflows.kit.declaration import declaration_of
from workflows.kit.habits import PARKED
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
        if report.going_on or report.moved or report.parked:
            _log.info(
                "enrollments on new code",
                workflow=report.workflow,
                going_on=report.going_on,
                moved=report.moved,
                parked=len(report.parked),
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
        if marked := await self._parked_by_marker():
            await self._batch(marked)
        after = ""
        while rows := await self._inside(after):
            await self._batch([row.id for row in rows])
            after = rows[-1].id
        return self._report

    async def _parked_by_marker(self) -> list[str]:
        """Those whom a release of the first habit parked. Their rows do not say so, and may name today's code: each is
        started again, to go on or to park as runs do now."""
        query = (
            f"WorkflowType = '{self._cls.__name__}' AND ExecutionStatus = 'Running' "
            f"AND TemporalChangeVersion = '{PARKED}'"
        )
        return [run.id async for run in self._client.list_workflows(query)]

    async def _inside(self, after: str) -> list[Enrollment]:
        async with self._database.read() as session:
            return await Releases(session).inside(self._report.workflow, self._release, _BATCH, after)

    async def _batch(self, ids: Sequence[str]) -> None:
        found = await asyncio.gather(*(self._history(id) for id in ids))
        histories = [history for history in found if history and not _closed(history)]
        read = {one.workflow_id: read_history(one) for one in histories}
        here = [one for one in histories if read[one.workflow_id].enrollment.release == self._release]
        # One that was moved by a worker which then died may not have been told all.
        await asyncio.gather(*(hand_over(self._client, one) for one in here))
        going_on = [one for one in here if not read[one.workflow_id].parked]
        self._report.going_on += len(going_on)
        others = [one for one in histories if one not in going_on]
        judged = await judge(self._cls, others, self._runner)
        await asyncio.gather(*(self._settle(one) for one in judged))
        async with self._database.begin() as session:
            await Releases(session).renew(ids, self._release)

    async def _history(self, id: str) -> WorkflowHistory | None:
        """None when its run has not begun."""
        async with self._turn:
            try:
                return await self._client.get_workflow_handle(id).fetch_history()
            except RPCError as error:
                if error.status == RPCStatusCode.NOT_FOUND:
                    return None
                raise

    async def _settle(self, judged: Judged) -> None:
        async with self._turn:
            if judged.ledger is None:
                self._report.going_on += 1
                return
            judged = await self._without_withdrawn(judged)
            ledger = judged.recorded.enrollment.ledger
            fault = ledger.fault if ledger else None
            stays = judged.parking is not None and fault == judged.parking.fault
            if not stays and not await self._restart(judged):
                return
        if judged.parking:
            self._report.parked[judged.history.workflow_id] = judged.parts_at or judged.parking.fault
        else:
            self._report.moved += 1

    async def _restart(self, judged: Judged) -> bool:
        """False when the run has ended meanwhile."""
        assert judged.ledger is not None
        before = judged.recorded.enrollment
        ledger = judged.ledger.model_copy(
            update={
                "fault": judged.parking.fault if judged.parking else None,
                "told": None,
                "moved": Moved(
                    release=before.release, path=self._path(judged.history), because=_because(judged)
                ),
            }
        )
        renewed = {"ledger": ledger, "release": self._release, "habits": HABITS}
        heard = judged.recorded.heard
        if not await start_again(self._client, judged.history, heard, before.model_copy(update=renewed)):
            return False
        begun = await self._client.get_workflow_handle(before.id).fetch_history()
        await hand_over(self._client, begun)
        return True

    def _path(self, history: WorkflowHistory) -> str:
        """Where Temporal UI shows the run."""
        id, run_id = quote(history.workflow_id, safe=""), quote(history.run_id, safe="")
        return f"/namespaces/{quote(self._client.namespace)}/workflows/{id}/{run_id}/history"

    async def _without_withdrawn(self, judged: Judged) -> Judged:
        """Effects under way that nobody asks for any more are called off; one that was done counts as a step."""
        done = []
        for key in judged.withdrawn:
            async with self._database.begin() as session:
                result = await Releases(session).settle_effect(
                    judged.recorded.enrollment.id, key, call_off=judged.parking is None
                )
            if result is not None:
                done.append(Entry(key=key, result=result, at=clock.now()))
        return fitted(self._cls, judged, done) if done else judged


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


def _because(judged: Judged) -> str:
    if judged.parking:
        return "its code was edited, and does not fit what was done"
    return "it was parked, and fits the code now" if judged.recorded.parked else "its code was edited"
