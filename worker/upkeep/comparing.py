"""Rows that say `running` are compared with the runs that Temporal has: each store may be an older one, restored."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from temporalio.client import Client, WorkflowExecutionStatus

from activities.catalogue import Catalogue, Listed
from store import clock
from store.database import Database
from store.findings import RUNS_WITHOUT_ROW, STORES_PART, Findings
from store.presence import Numbers, Presence, Standing
from worker.upkeep.reconciling import Reconciler, describe, rfc3339

_SETTLED = timedelta(minutes=2)
"""Visibility lags behind, and so does the row of a new run."""
_AGAIN = timedelta(minutes=1)
_MOST_LOST = 20
"""More at once are not lost but told of: the namespace may be a wrong one, or a whole store an older one."""
_PAGE = 1_000
_ASKED = 500  # runs that one pass asks Temporal for
_NAMED = 500  # runs without a row that the finding names
_AT_ONCE = 16

_log = structlog.get_logger(__name__)


@dataclass
class _Seen:
    """What one look at all workflows found. `absent`: rows whose run visibility does not show."""

    rows: int = 0
    runs: int = 0
    absent: list[Standing] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    rowless: list[str] = field(default_factory=list)


class Comparison:
    """`settled`: rows and runs that are younger do not count. `again`: how long after it was found missing a run that
    is still missing is lost."""

    def __init__(
        self,
        client: Client,
        database: Database,
        catalogue: Catalogue,
        reconciler: Reconciler,
        *,
        settled: timedelta = _SETTLED,
        again: timedelta = _AGAIN,
    ) -> None:
        self._settled = settled
        self._again = again
        self._client = client
        self._database = database
        self._catalogue = catalogue
        self._reconciler = reconciler

    async def run(self) -> None:
        """Marks rows whose run is missing or lost, and tells when the stores part as a whole."""
        now = clock.machine()
        seen = await self._look(now - self._settled)
        asked, unasked = _chosen(seen.absent)
        unknown = await self._unknown(asked, seen)
        missing = [*unknown, *unasked]
        due = clock.at(now - self._again)
        again = [one.id for one in unknown if one.missing_since and one.missing_since <= due]
        parted = len(missing) > _MOST_LOST
        async with self._database.begin() as session:
            presence = Presence(session)
            await presence.mark_found(seen.present)
            await presence.mark_missing([one.id for one in missing], clock.at(now))
            await presence.mark_lost([] if parted else again, clock.at(now))
            await Findings(session).set(STORES_PART, self._parted(seen, missing) if parted else None)
            await Findings(session).set(RUNS_WITHOUT_ROW, _rowless(seen.rowless))
        if missing or seen.rowless:
            _log.warning("rows and runs differ", missing=len(missing), runs_without_row=len(seen.rowless))

    async def _look(self, before: datetime) -> _Seen:
        async with self._database.read() as session:
            numbers = await Presence(session).numbers(clock.at(before))
        seen = _Seen()
        for listed in self._catalogue.values():
            mine = numbers.get(listed.slug, Numbers())
            runs = await self._count(listed)
            seen.rows += mine.rows
            seen.runs += runs
            if mine.missing or (runs != mine.rows and await self._count(listed, before) != mine.older):
                await self._page(listed, before, seen)
        return seen

    async def _count(self, listed: Listed, before: datetime | None = None) -> int:
        began = f" AND StartTime < '{rfc3339(before)}'" if before else ""
        return (await self._client.count_workflows(_running(listed) + began)).count

    async def _page(self, listed: Listed, before: datetime, seen: _Seen) -> None:
        runs = {
            run.id: run.start_time
            async for run in self._client.list_workflows(_running(listed), page_size=_PAGE)
        }
        after = ""
        while True:
            async with self._database.read() as session:
                rows = await Presence(session).running(listed.slug, clock.at(before), _PAGE, after)
            seen.absent += [row for row in rows if row.id not in runs and not row.lost_at]
            seen.present += [row.id for row in rows if row.id in runs and row.missing_since]
            if len(rows) < _PAGE:
                break
            after = rows[-1].id
        async with self._database.read() as session:
            known = await Presence(session).known(list(runs))
        seen.rowless += sorted(id for id, began in runs.items() if id not in known and began < before)

    async def _unknown(self, rows: Iterable[Standing], seen: _Seen) -> list[Standing]:
        """Those whose run Temporal itself does not know. The row of a run that is over is settled."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def ask(row: Standing) -> Standing | None:
            async with turn:
                described = await describe(self._client, row.id)
                if described is None:
                    return row
                if described.status != WorkflowExecutionStatus.RUNNING:
                    await self._reconciler.settle(row.id, described)
                elif row.missing_since:
                    seen.present.append(row.id)
                return None

        return [row for row in await asyncio.gather(*map(ask, rows)) if row]

    def _parted(self, seen: _Seen, missing: Sequence[Standing]) -> dict[str, object]:
        return {
            "rows": seen.rows,
            "runs": seen.runs,
            "missing": len(missing),
            "temporal": self._client.service_client.config.target_host,
            "namespace": self._client.namespace,
        }


def _chosen(absent: Sequence[Standing]) -> tuple[list[Standing], list[Standing]]:
    """The rows to ask Temporal for in this pass, and those of the others that were missing before.

    As many as may be lost are asked for again first, then those that were never missed, then what else is missing.
    """
    known = [row for row in absent if row.missing_since]
    others = [row for row in absent if not row.missing_since]
    ordered = [*known[:_MOST_LOST], *others, *known[_MOST_LOST:]]
    return ordered[:_ASKED], [row for row in ordered[_ASKED:] if row.missing_since]


def _running(listed: Listed) -> str:
    return f"WorkflowType = '{listed.type_name}' AND ExecutionStatus = 'Running'"


def _rowless(ids: Sequence[str]) -> dict[str, object] | None:
    return {"count": len(ids), "ids": list(ids[:_NAMED])} if ids else None
