"""How an enrollment ended, for lists and reports."""

from collections.abc import Collection, Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities import faults
from activities.calls import Call, End, Nothing
from activities.effects import entries_of
from activities.together import Together
from store import clock
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments
from store.messages import Messages
from store.tasks import Tasks

_TOGETHER = 100  # ends in one transaction


async def withdraw(session: AsyncSession, enrollment_ids: Collection[str]) -> None:
    """What was still to be done for enrollments that have ended: tasks of people, mails that were tried again."""
    await Tasks(session).withdraw(enrollment_ids)
    await Messages(session).withdraw(enrollment_ids)


class Endings:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._recording = Together(self._record_all, _TOGETHER)

    @activity.defn(name="record_end")
    async def record(self, call: Call[End]) -> Nothing:
        """Writes the outcome and the last steps, and withdraws what people were still asked to do.

        A run without a row ends without any of it: an older database was restored, and nobody asks for its outcome.
        """
        try:
            return await self._recording(call)
        except IntegrityError:
            async with self._database.read() as session:
                if await Enrollments(session).get(call.enrollment_id):
                    raise
            return Nothing()

    async def _record_all(self, calls: Sequence[Call[End]]) -> list[Nothing]:
        endings = {call.enrollment_id: (call.order.outcome, call.order.reason) for call in calls}

        async def work(session: AsyncSession) -> None:
            await Effects(session).store_steps(entries_of(calls))
            await Enrollments(session).mark_all_ended(endings, clock.now())
            await withdraw(session, endings)
            await faults.record(
                session, [(call.enrollment_id, one) for call in calls for one in call.order.faults]
            )

        await self._database.write(work)
        return [Nothing() for _ in calls]
