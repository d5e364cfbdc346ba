"""Contacts, their decisions and events, as the API shows and takes them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue

from api.schemas import Paging, View
from store.contacts import ContactDraft, Contacts
from store.drafts import Email, Line
from store.tables import Contact


def _named(draft: ContactDraft) -> ContactDraft:
    if not draft.named():
        raise ValueError("give at least one of id, external_id and email")
    return draft


NamedContact = Annotated[ContactDraft, AfterValidator(_named)]


class ContactChange(ContactDraft):
    """Fields left out stay; attributes merge per key, null removes. The contact is named by the address."""

    id: None = Field(default=None, exclude=True)


class ContactFilter(Paging):
    """Which contact; all of them without a filter."""

    external_id: Line | None = None
    email: Email | None = None


class ContactView(View):
    """A contact. `consent` is the latest word by topic."""

    id: str
    external_id: str | None
    email: str | None
    name: str | None
    locale: str
    time_zone: str
    attributes: dict[str, JsonValue]
    consent: dict[str, bool] = Field(default_factory=dict)
    score: int
    stage: str | None
    created_at: datetime
    updated_at: datetime


async def view(contacts: Contacts, contact: Contact) -> ContactView:
    shown = ContactView.model_validate(contact)
    return shown.model_copy(update={"consent": await contacts.consents(contact.id)})


class DecisionView(View):
    """Why a message was sent or skipped. `key` is the step that asked."""

    id: str
    enrollment_id: str | None
    key: str | None
    channel: str
    template: str
    verdict: str
    reason: str
    at: datetime


class EventView(View):
    """Something that happened. `machine`: a scanner did it, and no workflow heard of it."""

    id: str
    name: str
    contact_id: str | None
    message_id: str | None
    occurred_at: datetime
    received_at: datetime
    machine: bool
    properties: dict[str, Any]
