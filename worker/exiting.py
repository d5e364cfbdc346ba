"""Exit: a run is asked to leave; one that does not answer is cancelled; one whose tasks only fail is terminated."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import structlog
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from activities.catalogue import Catalogue
from activities.endings import withdraw
from activities.runs import RunsUnavailable
from store import clock
from store import exits as stored
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments
from store.tables import Enrollment
from worker.connection import RunEnded, Runs, UpdateRefused, reaching
from workflows.analysis.compensations import declared_in
from workflows.contracts import Exit

_ANSWERS_WITHIN = timedelta(seconds=5)
_PATIENCE = timedelta(seconds=5)  # for one call to Temporal
_FAILED = 3  # attempts at a workflow task, after which it is not expected to succeed
_MOST = 200  # exits that one pass of upkeep looks after

_log = structlog.get_logger(__name__)


class Exits:
    def __init__(self, client: Client, database: Database, catalogue: Catalogue) -> None:
        self._client = client
        self._runs = Runs(client)
        self._database = database
        self._catalogue = catalogue

    async def exit(self, row: Enrollment, order: Exit) -> bool:
        """Takes an enrollment out of its workflow. False when that is noted and will happen later."""
        if row.status == "ended":
            return True
        if row.status == "running" and row.lost_at is None and await self._answers(row, order):
            return True
        async with self._database.begin() as session:
            await stored.Exits(session).note(row.id, order.reason, clock.now())
        try:
            return await self._leave(row, order.reason)
        except RunsUnavailable as away:
            _log.warning("an exit waits", enrollment=row.id, because=str(away))
            return False

    async def finish(self) -> None:
        """Looks again at those that were asked to leave. Upkeep does in each pass."""
        async with self._database.read() as session:
            rows = await stored.Exits(session).under_way(_MOST)
        for row in rows:
            try:
                await self._leave(row, row.reason or "operator")
            except RunsUnavailable as away:
                _log.warning("an exit waits", enrollment=row.id, because=str(away))

    async def _answers(self, row: Enrollment, order: Exit) -> bool:
        """Whether the run itself took the order."""
        try:
            await self._runs.update(row.id, "exit", order, within=_ANSWERS_WITHIN)
        except (UpdateRefused, RunEnded, RunsUnavailable) as silent:  # a plain workflow has no such update
            _log.info("a run does not take an exit", enrollment=row.id, because=str(silent))
            return False
        return True

    async def _leave(self, row: Enrollment, reason: str) -> bool:
        """Ends what cannot answer any more; requests the cancellation of what may. Raises RunsUnavailable."""
        if row.lost_at is not None:
            return await self._end(row, reason, await self._not_undone(row))
        handle = self._client.get_workflow_handle(row.id)
        try:
            async with reaching("Temporal"):
                run = await handle.describe(rpc_timeout=_PATIENCE)
        except RunEnded:  # there is no such run: it was not started or, as upkeep will see, is lost
            return row.status == "pending" and await self._end(row, reason, [])
        if run.status != WorkflowExecutionStatus.RUNNING:
            return False  # it is over; upkeep writes its outcome
        if run.raw_description.pending_workflow_task.attempt >= _FAILED:
            return await self._terminate(row, reason, handle)
        if not run.raw_description.workflow_extended_info.cancel_requested:
            async with reaching("Temporal"):
                await handle.cancel(rpc_timeout=_PATIENCE)
        return False

    async def _terminate(self, row: Enrollment, reason: str, handle: WorkflowHandle[object, object]) -> bool:
        keys = await self._not_undone(row)
        async with self._database.begin() as session:  # first: nothing else knows it once the run is closed
            await stored.Exits(session).note_not_undone(row.id, keys)
        async with reaching("Temporal"):
            await handle.terminate(reason=f"exit: {reason}; its workflow tasks fail", rpc_timeout=_PATIENCE)
        return await self._end(row, reason, keys)

    async def _end(self, row: Enrollment, reason: str, not_undone: list[str]) -> bool:
        async with self._database.begin() as session:
            await stored.Exits(session).note_not_undone(row.id, not_undone)
            await Enrollments(session).mark_ended(row.id, "exited", reason, clock.now())
            await withdraw(session, [row.id])
        _log.info("exited without its run", enrollment=row.id, not_undone=not_undone)
        return True

    async def _not_undone(self, row: Enrollment) -> list[str]:
        """Keys of the compensations that were declared and not run, as the database and the run's history tell."""
        async with self._database.read() as session:
            keys = [entry.key for entry in await Effects(session).trail(row.id)]
        try:
            async with reaching("Temporal"):
                history = await self._client.get_workflow_handle(row.id).fetch_history(rpc_timeout=_PATIENCE)
        except (RunEnded, RunsUnavailable):
            return open_compensations(keys)
        listed = self._catalogue.find(row.workflow)
        return open_compensations([*keys, *declared_in(history, listed.code if listed else None)])


def open_compensations(keys: Iterable[str]) -> list[str]:
    """Those of a ledger's keys that declare what was never undone. Undone is the latest first, by its label."""
    keys = list(dict.fromkeys(keys))
    undone = Counter(label for key in keys if "undo/" in key and (label := _label(key)))
    left = []
    for key in reversed([key for key in keys if "compensate_with:" in key]):
        label = _label(key)
        if undone[label]:
            undone[label] -= 1
        else:
            left.append(key)
    return left[::-1]


def _label(key: str) -> str:
    found = re.search(r":(.*)#\d+$", key)
    return found[1] if found else ""
