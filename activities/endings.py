"""How an enrollment ended, for lists and reports."""

from temporalio import activity

from activities.calls import Call, End, Nothing
from activities.effects import rows
from store import clock
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments


class Endings:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="record_end")
    async def record(self, call: Call[End]) -> Nothing:
        """Writes the outcome and the last steps."""
        async with self._database.begin() as session:
            await Effects(session).store_steps(call.enrollment_id, rows(call.entries))
            await Enrollments(session).mark_ended(
                call.enrollment_id, call.order.outcome, call.order.reason, clock.now()
            )
        return Nothing()
