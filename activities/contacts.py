"""Changes to contacts."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.calls import Call, Nothing, UpdateContact, WithdrawConsent
from activities.effects import once
from store.contacts import ConsentGrant, Contacts
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

    @activity.defn(name="withdraw_consent")
    async def withdraw_consent(self, call: Call[WithdrawConsent]) -> Nothing:
        """The contact no longer agrees to a topic: nothing of it is sent from now on, by any workflow."""

        async def work(session: AsyncSession) -> Nothing:
            contacts = Contacts(session)
            if await contacts.lock(call.subject_id) is not None:
                grant = ConsentGrant(granted=False, source=f"workflow {call.workflow}")
                await contacts.record_consent(call.subject_id, call.order.topic, grant)
            return Nothing()

        return await once(self._database, call, Nothing, work)
