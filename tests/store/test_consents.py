"""The latest word of a contact counts."""

from datetime import timedelta

from sqlalchemy import func, select

from store import clock
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.database import Database
from store.tables import Consent
from tests.store.rows import NOON, make_contact


def grant(granted: bool, hours: int, source: str = "form") -> ConsentGrant:
    return ConsentGrant(granted=granted, source=source, at=NOON + timedelta(hours=hours))


async def test_the_latest_wins_in_whatever_order_they_come(database: Database) -> None:
    async with database.begin() as session:
        contacts, contact = Contacts(session), await make_contact(session)
        await contacts.record_consent(contact.id, "marketing", grant(False, hours=2))
        await contacts.record_consent(contact.id, "marketing", grant(True, hours=1))
        await contacts.record_consent(contact.id, "product", grant(True, hours=1))
        assert await contacts.consents(contact.id) == {"marketing": False, "product": True}
        await contacts.record_consent(contact.id, "marketing", grant(True, hours=3))
        assert await contacts.consents(contact.id) == {"marketing": True, "product": True}


async def test_of_two_at_once_the_refusal_wins(database: Database) -> None:
    async with database.begin() as session:
        contacts, contact = Contacts(session), await make_contact(session)
        await contacts.record_consent(contact.id, "marketing", grant(False, hours=1))
        await contacts.record_consent(contact.id, "marketing", grant(True, hours=1))
        assert await contacts.consents(contact.id) == {"marketing": False}


async def test_a_grant_from_the_future_does_not_outlive_a_refusal(database: Database) -> None:
    async with database.begin() as session:
        contacts, contact = Contacts(session), await make_contact(session)
        later = ConsentGrant(granted=True, source="import", at=clock.now() + timedelta(days=365))
        await contacts.record_consent(contact.id, "marketing", later)
        await contacts.record_consent(contact.id, "marketing", ConsentGrant(granted=False, source="link"))
        assert await contacts.consents(contact.id) == {"marketing": False}


async def test_upsert_records_consent_once(database: Database) -> None:
    draft = ContactDraft(
        email="ada@example.com", consent={"marketing": ConsentGrant(granted=True, source="form", proof="box")}
    )
    for _ in range(3):
        async with database.begin() as session:
            contact, _ = await Contacts(session).upsert(draft)
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Consent)) == 1
        assert await Contacts(session).consents(contact.id) == {"marketing": True}
