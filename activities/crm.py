"""The built-in CRM: where a contact is in its lifecycle."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import Call, Nothing, UpdateCrm
from activities.effects import once
from store import clock
from store.contacts import Contacts
from store.database import Database


class Crm:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="update_crm")
    async def set_stage(self, call: Call[UpdateCrm]) -> Nothing:
        """Moves a contact to a stage."""

        async def work(session: AsyncSession) -> Nothing:
            contact = await Contacts(session).lock(call.subject_id)
            if contact is not None:
                contact.stage = call.order.stage
                contact.updated_at = clock.now()
            return Nothing()

        return await once(self._database, call, Nothing, work)
