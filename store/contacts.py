"""Contacts: found by any of their ids, changed field by field."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Select, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.consents import Consents, Report
from store.drafts import ConsentGrant, ContactDraft, ContactIds, normalise_email
from store.pages import Page, newest_first, oldest_first
from store.statements import insert_new
from store.tables import Contact, Score

__all__ = [
    "ConflictingIds",
    "ConsentGrant",
    "ContactDraft",
    "ContactIds",
    "Contacts",
    "OtherIds",
    "normalise_email",
]


class ConflictingIds(Exception):
    """The ids given name two different contacts. `fields` are the ids' names, `owners` their contacts, where known."""

    def __init__(self, fields: tuple[str, ...], owners: Mapping[str, str]) -> None:
        super().__init__(f"{' and '.join(fields)} name different contacts")
        self.fields = fields
        self.owners = owners


class OtherIds(ConflictingIds):
    """The contact does not have these `fields` as they are given, and `ContactIds` change none."""


class Contacts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._consents = Consents(session)

    async def get(self, id: str) -> Contact | None:
        return await self._session.get(Contact, id)

    async def of_ids(self, ids: Collection[str]) -> dict[str, Contact]:
        """Those of the contacts that are there, by id."""
        query = select(Contact).where(col(Contact.id).in_(ids))
        return {contact.id: contact for contact in await self._session.scalars(query)} if ids else {}

    async def lock(self, id: str) -> Contact | None:
        """The contact as it is now, kept from changing until the transaction ends."""
        query = _locked(select(Contact).where(col(Contact.id) == id))
        return (await self._session.scalars(query)).one_or_none()

    async def find(
        self, *, id: str | None = None, external_id: str | None = None, email: str | None = None
    ) -> Contact | None:
        """The contact that the given ids name; `email` is normalised. ConflictingIds when they disagree.

        An id decides before an external id, an external id before an email: the weaker one may be new.
        """
        return await self._find(select(Contact), id, external_id, email)

    async def upsert(self, draft: ContactDraft, reported_by: str | None = None) -> tuple[Contact, bool]:
        """The contact of the draft, locked, and whether it is new. Parallel calls for one contact make one.

        `reported_by` is the name of the key that brings the draft's consent.
        LookupError when `id` names no contact, ConflictingIds when the ids name two, ValueError without any;
        OtherIds when `ContactIds` would change it.
        """
        if not draft.named():
            raise ValueError("a contact needs an id, an external_id or an email")
        contact, created = await self._find_or_insert(draft)
        await self._change(contact, draft)
        if draft.consent:
            await self._consents.record(contact.id, Report(draft.consent, reported_by))
        return contact, created

    async def record_consent(self, contact_id: str, topic: str, grant: ConsentGrant) -> None:
        """Add what the contact did themselves, or a workflow did for them. Lock the contact first."""
        await self._consents.record(contact_id, Report({topic: grant}))

    async def consents(self, contact_id: str) -> dict[str, bool]:
        """What counts now, by topic. A topic never spoken of is not in it."""
        return await self._consents.granted(contact_id)

    def merge_attributes(self, contact: Contact, attributes: Mapping[str, JsonValue]) -> None:
        """Set attributes key by key; null removes. Lock the contact first."""
        _merge(contact, attributes)

    async def add_score(
        self,
        contact_id: str,
        points: int,
        reason: str,
        enrollment_id: str | None = None,
        key: str | None = None,
    ) -> None:
        """Add points, or take them when negative, and keep why."""
        self._session.add(
            Score(contact_id=contact_id, points=points, reason=reason, enrollment_id=enrollment_id, key=key)
        )
        score = col(Contact.score) + points
        chosen = update(Contact).where(col(Contact.id) == contact_id)
        await self._session.execute(chosen.values(score=score, updated_at=clock.now()))

    async def page(
        self,
        created_after: datetime | None = None,
        updated_after: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Contact]:
        """Newest first; with `updated_after`, by the time of the last change, the oldest first."""
        query, filters = select(Contact), {"created_after": created_after, "updated_after": updated_after}
        if created_after is not None:
            query = query.where(col(Contact.created_at) > created_after)
        if updated_after is None:
            return await newest_first(self._session, query, [Contact.id], limit, cursor, filters)
        query, order = query.where(col(Contact.updated_at) > updated_after), [Contact.updated_at, Contact.id]
        return await oldest_first(self._session, query, order, limit, cursor, filters)

    async def _find_or_insert(self, draft: ContactDraft) -> tuple[Contact, bool]:
        found = await self._find_locked(draft)
        if found:
            return found, False
        if draft.id:
            raise LookupError("id names no contact: leave it out to make a new one")
        created = await insert_new(self._session, new_contact(draft))
        found = await self._find_locked(draft)
        if found:
            return found, created
        return await self._find_or_insert(draft)  # erased between the two statements

    async def _find_locked(self, draft: ContactDraft) -> Contact | None:
        return await self._find(_locked(select(Contact)), draft.id, draft.external_id, draft.email)

    async def _find(
        self, query: Select[Contact], id: str | None, external_id: str | None, email: str | None
    ) -> Contact | None:
        ids = {"id": id, "external_id": external_id, "email": email}
        given = {name: value for name, value in ids.items() if value is not None}
        if not given:
            return None
        named = or_(*(getattr(Contact, name) == value for name, value in given.items()))
        return agreed(given, list(await self._session.scalars(query.where(named).order_by(col(Contact.id)))))

    async def _change(self, contact: Contact, draft: ContactDraft) -> None:
        changes = {name: value for name, value in _fields(draft).items() if getattr(contact, name) != value}
        ids = tuple(name for name in ("external_id", "email") if name in changes)
        if ids and isinstance(draft, ContactIds):
            raise OtherIds(ids, {})
        if ids:
            await self._set_ids(contact, ids, changes)
        _set(contact, changes)
        _merge(contact, draft.attributes)
        await self._session.flush()

    async def _set_ids(self, contact: Contact, ids: tuple[str, ...], changes: Mapping[str, Any]) -> None:
        try:
            async with self._session.begin_nested():
                for name in ids:
                    setattr(contact, name, changes[name])
        except IntegrityError:
            # A parallel call gave the id to another contact after this one looked: nobody knows which.
            raise ConflictingIds(ids, {}) from None


def new_contact(draft: ContactDraft) -> Contact:
    """A contact as the draft says, not yet stored."""
    attributes = {name: value for name, value in draft.attributes.items() if value is not None}
    return Contact(**_fields(draft), attributes=attributes)


def change_plainly(contact: Contact, draft: ContactDraft) -> bool:
    """Change what the draft gives; False, and nothing changed, when its ids are not the contact's: ids may conflict."""
    changes = {name: value for name, value in _fields(draft).items() if getattr(contact, name) != value}
    if draft.id not in (None, contact.id) or changes.keys() & {"external_id", "email"}:
        return False
    _set(contact, changes)
    _merge(contact, draft.attributes)
    return True


def _set(contact: Contact, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        setattr(contact, name, value)
        contact.updated_at = clock.now()


def _merge(contact: Contact, attributes: Mapping[str, JsonValue]) -> None:
    merged: dict[str, Any] = {**contact.attributes, **attributes}
    kept = {name: value for name, value in merged.items() if value is not None}
    if kept != contact.attributes:
        contact.attributes = kept
        contact.updated_at = clock.now()


def _locked(query: Select[Contact]) -> Select[Contact]:
    return query.with_for_update().execution_options(populate_existing=True)


def agreed(given: Mapping[str, str], found: Sequence[Contact]) -> Contact | None:
    """The contact that the strongest given id names, or None. A weaker one may not contradict it."""
    if len(found) > 1:
        raise ConflictingIds(tuple(given), _owners(given, found))
    if not found:
        return None
    contact = found[0]
    if "id" in given:
        return contact if contact.id == given["id"] else None
    if contact.external_id not in (None, given.get("external_id", contact.external_id)):
        raise ConflictingIds(("external_id", "email"), _owners(given, found))
    return contact


def _owners(given: Mapping[str, str], found: Sequence[Contact]) -> dict[str, str]:
    return {
        name: contact.id for name, id in given.items() for contact in found if getattr(contact, name) == id
    }


def _fields(draft: ContactDraft) -> dict[str, Any]:
    """The columns that the draft gives a value."""
    ids = {"external_id": draft.external_id, "email": draft.email}
    fields: dict[str, Any] = {name: value for name, value in ids.items() if value is not None}
    defaults = {"name": None, "locale": "en", "time_zone": "UTC"}
    given = {
        name: getattr(draft, name) or default
        for name, default in defaults.items()
        if name in draft.model_fields_set
    }
    return fields | given
