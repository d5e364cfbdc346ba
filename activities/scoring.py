"""Lead scores."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import AddScore, Call, Nothing
from activities.effects import once
from store.contacts import Contacts
from store.database import Database


class Scoring:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="score")
    async def add(self, call: Call[AddScore]) -> Nothing:
        """Adds points to a contact's score, and keeps why."""

        async def work(session: AsyncSession) -> Nothing:
            order = call.order
            await Contacts(session).add_score(
                call.subject_id, order.points, order.reason, call.enrollment_id, call.key
            )
            return Nothing()

        return await once(self._database, call, Nothing, work)
