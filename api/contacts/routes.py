"""Contacts: who they are, what happened to them, and why they did or did not get a message."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from activities.enrolling import upserted
from api.access import By, needs
from api.contacts.schemas import (
    ConsentView,
    ContactChange,
    ContactDetail,
    ContactFilter,
    ContactId,
    ContactView,
    DecisionView,
    EventView,
    NamedContact,
    UpsertedContact,
    consented,
    decided,
    upserted_view,
    view,
)
from api.errors import contact_at, not_found
from api.idempotency import IDEMPOTENT
from api.requests import KeyRoute
from api.schemas import Page, Paging, no_cursor, problems
from api.services import Use
from store.consents import Consents
from store.contacts import ContactDraft, Contacts
from store.decisions import Decisions
from store.events import Events
from store.messages import Messages

router = APIRouter(prefix="/contacts", tags=["contacts"], route_class=KeyRoute)

_EXAMPLE = {
    "external_id": "crm-1042",
    "email": "ada@example.com",
    "name": "Ada",
    "locale": "en",
    "time_zone": "Europe/Madrid",
    "attributes": {"plan": "trial"},
    "consent": {"marketing": {"granted": True, "source": "sign-up form"}},
}


@router.post(
    "",
    status_code=201,
    responses={
        **problems(404, 409, body=True),
        200: {"model": UpsertedContact | ContactId, "description": "It was there, and is changed"},
    },
    dependencies=[needs("enroll"), IDEMPOTENT],
)
async def upsert_contact(
    draft: Annotated[NamedContact, Body(openapi_examples={"contact": {"value": _EXAMPLE}})],
    response: Response,
    use: Use,
    caller: By,
) -> UpsertedContact | ContactId:
    """Makes the contact (201), or changes the one that the ids name (200). Attributes merge; null removes one.

    A key without the scope `read` is told the contact's id and warnings alone.
    """
    async with use.database.begin() as session:
        contacts = Contacts(session)
        with contact_at("", caller.may("read")):
            contact, created = await upserted(contacts, draft, caller.name)
        response.status_code = 201 if created else 200
        return await upserted_view(caller, contacts, contact, draft)


@router.get("", responses=problems(409), dependencies=[needs("read")])
async def list_contacts(wanted: Annotated[ContactFilter, Query()], use: Use) -> Page[ContactView]:
    """The contact with this external id or email, in a list of none or one; without either, all contacts.

    They come newest first; with `updated_after`, the oldest change first.
    """
    async with use.database.read() as session:
        contacts = Contacts(session)
        if wanted.external_id or wanted.email:
            no_cursor(wanted)
            with contact_at("", reads=True):
                found = await contacts.find(external_id=wanted.external_id, email=wanted.email)
            return Page(data=[await view(contacts, found)] if found else [])
        rows, cursor = await contacts.page(**wanted.model_dump(exclude={"external_id", "email"}))
        return Page(data=[await view(contacts, row) for row in rows], next_cursor=cursor)


@router.get("/{id}", responses=problems(404), dependencies=[needs("read")])
async def get_contact(id: str, use: Use) -> ContactDetail:
    """One contact, and whether their address is suppressed."""
    async with use.database.read() as session:
        contact = await Contacts(session).get(id)
        if contact is None:
            raise not_found("contact")
        shown = await view(Contacts(session), contact)
        reason = await use.suppressions(session).reason(contact.email) if contact.email else None
    return ContactDetail(**shown.model_dump(), suppressed=reason)


@router.patch("/{id}", responses=problems(404, 409, body=True), dependencies=[needs("enroll")])
async def change_contact(
    id: str,
    draft: Annotated[ContactChange, Body(openapi_examples={"zone": {"value": {"time_zone": "Asia/Tokyo"}}})],
    use: Use,
    caller: By,
) -> UpsertedContact | ContactId:
    """Changes the fields given. A key without the scope `read` is told the contact's id and warnings alone."""
    async with use.database.begin() as session:
        await _must_exist(session, id)
        contacts = Contacts(session)
        given = draft.model_dump(exclude_unset=True)
        with contact_at("", caller.may("read")):
            changed = ContactDraft.model_validate({**given, "id": id})
            contact, _ = await upserted(contacts, changed, caller.name)
        return await upserted_view(caller, contacts, contact, draft)


@router.get("/{id}/timeline", responses=problems(404), dependencies=[needs("read")])
async def list_contact_events(id: str, paging: Annotated[Paging, Query()], use: Use) -> Page[EventView]:
    """The contact's events, the latest to happen first."""
    async with use.database.read() as session:
        await _must_exist(session, id)
        rows, cursor = await Events(session).timeline(id, paging.limit, paging.cursor)
        return Page(data=[EventView.model_validate(row) for row in rows], next_cursor=cursor)


@router.get("/{id}/decisions", responses=problems(404), dependencies=[needs("read")])
async def list_contact_decisions(id: str, paging: Annotated[Paging, Query()], use: Use) -> Page[DecisionView]:
    """Why messages to the contact were sent or skipped, and what became of them, newest first."""
    async with use.database.read() as session:
        await _must_exist(session, id)
        rows, cursor = await Decisions(session).page(id, paging.limit, paging.cursor)
        steps = {(row.enrollment_id, row.key) for row in rows if row.enrollment_id and row.key}
        messages = await Messages(session).of_steps(steps)
        return Page(data=[decided(row, messages) for row in rows], next_cursor=cursor)


@router.get("/{id}/consents", responses=problems(404), dependencies=[needs("read")])
async def list_contact_consents(id: str, paging: Annotated[Paging, Query()], use: Use) -> Page[ConsentView]:
    """All that was said of the contact's consent, last recorded first: by whom, with which proof, and what counts."""
    async with use.database.read() as session:
        await _must_exist(session, id)
        store = Consents(session)
        rows, cursor = await store.page(id, paging.limit, paging.cursor)
        counted = await store.counted(id)
        return Page(data=[consented(row, counted[row.topic]) for row in rows], next_cursor=cursor)


async def _must_exist(session: AsyncSession, id: str) -> None:
    if await Contacts(session).get(id) is None:
        raise not_found("contact")
