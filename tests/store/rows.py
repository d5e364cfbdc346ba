"""Rows that other rows need."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from store.contacts import ContactDraft, Contacts
from store.enrollments import Enrollments
from store.tables import Contact, Enrollment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def make_contact(session: AsyncSession, email: str = "ada@example.com", **fields: Any) -> Contact:
    contact, _ = await Contacts(session).upsert(ContactDraft(email=email, **fields))
    return contact


async def make_enrollment(
    session: AsyncSession, contact: Contact, entry: str = "1", workflow: str = "welcome-series", **fields: Any
) -> Enrollment:
    enrollment = Enrollment(
        id=f"{workflow}:{contact.id}:{entry}",
        workflow=workflow,
        subject_kind="contact",
        subject_id=contact.id,
        contact_id=contact.id,
        entry=entry,
        release="r1",
        **fields,
    )
    await Enrollments(session).insert(enrollment)
    return enrollment
