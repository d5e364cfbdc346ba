"""Contacts, their decisions and events, as the API shows and takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from api.access import Caller
from api.messages.schemas import Channel, MessageStatus
from api.schemas import Paging, View
from store.consents import Counted, Ignored, opted_out
from store.contacts import ContactDraft, Contacts
from store.drafts import Line, SoughtEmail, When
from store.effects import StepName
from store.tables import Consent, Contact, Decision, Message


class NamedContact(ContactDraft):
    """A contact that is named by at least one of `id`, `external_id` and `email`. Fields left out stay as they are."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {"properties": {id: {"type": "null"} for id in ("id", "external_id", "email")}}
        }
    )

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not self.named():
            raise ValueError("give at least one of id, external_id and email")
        return self


class ContactChange(ContactDraft):
    """Fields left out stay; attributes merge per key, null removes. The contact is named by the address."""

    id: None = Field(default=None, exclude=True)


class ContactFilter(Paging):
    """Which contact; without an id, all that were made, or changed, after these times."""

    external_id: Line | None = None
    email: SoughtEmail | None = None
    created_after: When | None = None
    updated_after: When | None = None


class ContactView(View):
    """A contact. `consent` is what counts now, by topic."""

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


class ContactDetail(ContactView):
    """A contact. `suppressed`: why their address gets no mail of any kind, where it does not."""

    suppressed: str | None


_Warnings = Annotated[
    list[Literal["opted_out"]],
    Field(description="`opted_out`: a grant changed nothing, because the contact refuses the topic"),
]


class UpsertedContact(ContactView):
    """The contact as it is now."""

    warnings: _Warnings


class ContactId(View):
    """All that a key without the scope `read` is told of a contact that it made or changed."""

    id: str
    warnings: _Warnings


async def upserted_view(
    caller: Caller, contacts: Contacts, contact: Contact, draft: ContactDraft
) -> UpsertedContact | ContactId:
    shown = await view(contacts, contact)
    told = {
        **shown.model_dump(),
        "warnings": ["opted_out"] if opted_out(draft.consent, shown.consent) else [],
    }
    return (UpsertedContact if caller.may("read") else ContactId).model_validate(told)


class ConsentView(View):
    """What a contact said about a topic. `at` is when they said it, `recorded_at` when it came here.

    `reported_by` is the name of the API key that brought it; null for what they did on our pages, and for workflows.
    `counts`: it is what the present answer rests on. If not, `reason` says why: a grant was given `not_later` than a
    refusal, has `no_proof`, or a `known_proof`; a refusal was followed by a grant that counts, `granted_since`.
    """

    id: str
    topic: str
    granted: bool
    source: str
    proof: str | None
    at: datetime
    recorded_at: datetime
    reported_by: str | None
    counts: bool
    reason: Ignored | None


def consented(row: Consent, counted: Counted) -> ConsentView:
    reason = counted.ignored.get(row.id)
    return ConsentView(**row.model_dump(), counts=reason is None, reason=reason)


class MessageFate(View):
    """What became of a message: `sent`, `failed` or `unknown`, with the reason; else it is still on its way."""

    id: str
    status: MessageStatus
    error: str | None


class DecisionView(View):
    """Why a message was sent or skipped. `key` is the step that asked, `message` what became of its message since."""

    id: str
    enrollment_id: str | None
    key: str | None
    channel: Channel
    template: str
    verdict: Literal["send", "skip"]
    reason: str
    at: datetime
    message: MessageFate | None = None


def decided(decision: Decision, messages: Mapping[StepName, Message]) -> DecisionView:
    """The decision, with the message of its step where there is one."""
    shown = DecisionView.model_validate(decision)
    message = messages.get((decision.enrollment_id or "", decision.key or ""))
    fate = MessageFate.model_validate(message) if message else None
    return shown.model_copy(update={"message": fate})


class EventView(View):
    """Something that happened. `external_id` is the caller's id, `reported_by` the name of the caller's key; null for
    what Cadencia noted itself. `machine`: a scanner did it, and no workflow heard of it."""

    id: str
    external_id: str | None
    reported_by: str | None
    name: str
    contact_id: str | None
    message_id: str | None
    occurred_at: datetime
    received_at: datetime
    machine: bool
    properties: dict[str, JsonValue]
