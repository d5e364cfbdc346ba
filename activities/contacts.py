"""Changes to contacts."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import Call, Nothing, UpdateContact
from activities.effects import once
from store.contacts import Contacts
from store.database import Database


class ContactRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="update_contact")
    async def update(self, call: Call[UpdateContact]) -> Nothing:
        """Merges attributes; None removes one."""

        async def work(session: AsyncSession) -> Nothing:
            contacts = Contacts(session)
            contact = await contacts.lock(call.subject_id)
            if contact is not None:
                contacts.merge_attributes(contact, dict(call.order.attributes))
            return Nothing()

        return await once(self._database, call, Nothing, work)
