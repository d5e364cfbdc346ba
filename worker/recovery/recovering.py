"""Recovering one enrollment, as an operator decides."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus

from activities.calls import NO_ENROLLMENT
from activities.catalogue import UNSUBSCRIBED, Catalogue, Listed
from activities.endings import withdraw
from activities.enrolling import UnknownWorkflow
from store import clock
from store.database import Database
from store.effects import Effects, TrailEntry
from store.enrollments import Enrollments
from store.recoveries import Recoveries
from store.tables import Enrollment as Row
from worker.connection import PATIENCE, RunEnded, Runs, pace_of_runs, reaching
from worker.plain import PLAIN
from worker.recovery.ledgers import counts_from, ledger_of
from worker.recovery.rowless import NotWritable, Rowless
from workflows.contracts import HABITS, Enrollment

How = Literal["restart", "let_go"]

_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}")


class NothingToRecover(Exception):
    """The run is as it should be, or it cannot be recovered; the text says why, and what to do instead."""


@dataclass(frozen=True)
class Recovered:
    """What became of it. Restarted from recorded steps, what is left to wait `counts_from` the last of them."""

    id: str
    status: Literal["running", "ended"]
    outcome: str | None = None
    counts_from: datetime | None = None


class Recovery:
    """All of it may be repeated."""

    def __init__(self, client: Client, database: Database, catalogue: Catalogue) -> None:
        self._client = client
        self._runs = Runs(client)
        self._rowless = Rowless(client, database)
        self._database = database
        self._catalogue = catalogue

    @property
    def place(self) -> dict[str, str]:
        """Whom the runs are asked of."""
        return {
            "temporal": self._client.service_client.config.target_host,
            "namespace": self._client.namespace,
        }

    async def recover(self, id: str, how: How) -> Recovered | None:
        """None when neither a row nor a run has this id. Raises NothingToRecover, UnknownWorkflow, RunsUnavailable."""
        async with self._database.read() as session:
            row = await Enrollments(session).get(id)
            trail = await Effects(session).trail(id)
        if row is None:
            return await self._without_row(id, how)
        described = await self._described(id)
        if described and described.status == WorkflowExecutionStatus.RUNNING and _waits_for_row(row):
            return await self._go_on(id)
        if why := _why_not(row, described):
            raise NothingToRecover(why)
        return await (self._restart(row, trail) if how == "restart" else self._end(row))

    async def _described(self, id: str) -> WorkflowExecutionDescription | None:
        """None when Temporal knows no run of this id."""
        try:
            async with reaching("Temporal"):
                return await self._client.get_workflow_handle(id).describe(rpc_timeout=PATIENCE)
        except RunEnded:
            return None

    async def _restart(self, row: Row, trail: list[TrailEntry]) -> Recovered:
        """Starts the run again under its id. The row says first from where the run reads its events, so that nothing
        is told twice and nothing is left out."""
        listed = self._listed(row.workflow)
        if listed.stage == PLAIN:
            raise NothingToRecover(
                "a plain workflow records no steps: let it go, and enroll the contact again"
            )
        ledger = ledger_of(row, trail)
        assert ledger.unread is not None
        async with self._database.begin() as session:
            await Recoveries(session).prepare(row, ledger.unread.since.at, {*listed.goals, UNSUBSCRIBED})
        await self._runs.begin(
            listed,
            Enrollment(
                id=row.id,
                workflow=row.workflow,
                subject_kind=row.subject_kind,
                subject_id=row.subject_id,
                entry=row.entry,
                params=row.params if row.round_params is None else row.round_params,
                release=listed.release,
                ledger=ledger,
                pace=pace_of_runs(),
                habits=HABITS,
            ),
        )
        async with self._database.begin() as session:
            await Recoveries(session).finish(row.id, listed.release)
        return Recovered(row.id, "running", counts_from=counts_from(row, trail))

    async def _end(self, row: Row) -> Recovered:
        async with self._database.begin() as session:
            await Enrollments(session).mark_ended(row.id, "lost", None, clock.now())
            await Recoveries(session).finish(row.id, row.release)
            await withdraw(session, [row.id])
        return Recovered(row.id, "ended", outcome="lost")

    async def _without_row(self, id: str, how: How) -> Recovered | None:
        """Only a run of an installed workflow: no other is ours to end."""
        listed = self._catalogue.find(id.partition(":")[0]) if _ID.fullmatch(id) else None
        described = await self._described(id) if listed else None
        if listed is None or described is None or described.workflow_type != listed.type_name:
            return None
        if described.status != WorkflowExecutionStatus.RUNNING:
            return None
        if how == "let_go":
            await self._rowless.let_go(id)
            return Recovered(id, "ended", outcome="terminated")
        try:
            await self._rowless.write_row(id)
        except NotWritable as error:
            raise NothingToRecover(str(error)) from error
        return await self._go_on(id)

    async def _go_on(self, id: str) -> Recovered:
        await self._rowless.go_on(id)
        return Recovered(id, "running")

    def _listed(self, workflow: str) -> Listed:
        listed = self._catalogue.find(workflow)
        if listed is None:
            raise UnknownWorkflow(workflow, list(self._catalogue))
        return listed


def _waits_for_row(row: Row) -> bool:
    """Its row was written anew, and its run was not asked to go on yet, or could not be reached."""
    return row.status == "running" and (row.fault or "").startswith(NO_ENROLLMENT)


def _why_not(row: Row, described: WorkflowExecutionDescription | None) -> str | None:
    """Why there is nothing to recover."""
    if row.status == "ended":
        return f"it ended as {row.outcome}"
    if row.status == "pending":
        return "it is not started yet, which happens within two minutes"
    if described and described.status == WorkflowExecutionStatus.RUNNING:
        return "Temporal has its run, which goes on: see it with `cadencia enrollments show`"
    if described:
        return "its run is over; its row will say so within two minutes"
    if row.missing_since is None:
        return "Temporal does not know its run, but that was not seen before: repeat the call after a minute"
    return None
