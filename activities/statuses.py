"""How a run stands, for lists: running, paused or parked, as the run itself tells its row."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities import faults
from activities.calls import Call, Nothing, RunStatus
from activities.effects import entries_of
from activities.together import Together
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments

_TOGETHER = 100  # statuses in one transaction


class Statuses:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._recording = Together(self._record_all, _TOGETHER)

    @activity.defn(name="record_status")
    async def record(self, call: Call[RunStatus]) -> Nothing:
        """Writes the status and the last steps, unless the row knows a later status."""
        return await self._recording(call)

    async def _record_all(self, calls: Sequence[Call[RunStatus]]) -> list[Nothing]:
        async def work(session: AsyncSession) -> None:
            await Effects(session).store_steps(entries_of(calls))
            for call in sorted(calls, key=lambda call: call.enrollment_id):
                told = call.order
                await Enrollments(session).set_run_status(
                    call.enrollment_id, told.status, told.at, told.number, told.fault
                )

            parked = [(call.enrollment_id, call.order.fault) for call in calls]
            await faults.record(session, [(id, fault) for id, fault in parked if fault])

        await self._database.write(work)
        return [Nothing() for _ in calls]
