"""Events as they are written: once by their id, with the contact they are about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import UNSUBSCRIBED
from activities.placing import MARKETING, Refused, UnknownContact
from store import clock
from store.consents import Consents, Report
from store.contact_batches import ContactBatch, Upserted
from store.contacts import ConflictingIds, ConsentGrant, ContactDraft
from store.events import Events
from store.tables import Event

BY_LINK = "unsubscribe link"
"""The source of a refusal that a contact gave by the link in a mail."""


@dataclass(frozen=True)
class Happening:
    """Something that happened to a contact, given by a draft or an id. `machine`: no human did it.

    `reported_by` is the name of the API key that brings it.
    """

    id: str
    name: str
    contact: ContactDraft | str
    occurred_at: datetime = field(default_factory=clock.now)
    message_id: str | None = None
    machine: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)
    reported_by: str | None = None


class Recorded(NamedTuple):
    """An event. With an id that was known (not `created`), it is the one that was written first.

    `opted_out`: it brought a grant that changed nothing, because the contact refuses the topic.
    """

    event: Event
    created: bool
    opted_out: bool = False


async def record_all(
    session: AsyncSession, happenings: Sequence[Happening], heard: Callable[[str], bool]
) -> list[Recorded | Refused]:
    """Writes events in the caller's transaction. Those that no workflow has `heard` of need no delivery."""
    events = {event.id: event for event in await Events(session).of_ids({one.id for one in happenings})}
    first = {one.id: one for one in reversed(happenings) if one.id not in events}
    fresh = [one for one in happenings if first.get(one.id) is one]
    refused: dict[str, Refused] = {}
    rows: dict[str, Event] = {}
    opted_out: set[str] = set()
    for one, contact in zip(fresh, await _contacts(session, fresh), strict=True):
        if isinstance(contact, Upserted):
            rows[one.id] = _event(one, contact.contact.id, heard)
            opted_out |= {one.id} if contact.opted_out else set()
        else:
            refused[one.id] = contact
    written = await Events(session).insert_each_new(list(rows.values()))
    raced = {event.id: event for event in await Events(session).of_ids(rows.keys() - written)}
    await _withdraw(session, [event for id, event in rows.items() if id in written])
    events |= rows | raced
    return [
        refused[one.id]
        if one.id in refused
        else Recorded(
            events[one.id],
            first.get(one.id) is one and one.id in written,
            first.get(one.id) is one and one.id in opted_out,
        )
        for one in happenings
    ]


async def _contacts(session: AsyncSession, happenings: Sequence[Happening]) -> list[Upserted | Refused]:
    drafts = [
        one.contact if isinstance(one.contact, ContactDraft) else ContactDraft(id=one.contact)
        for one in happenings
    ]
    reporters = [one.reported_by for one in happenings]
    found = await ContactBatch(session).upsert(drafts, reporters) if drafts else []
    return [
        one if isinstance(one, Upserted | ConflictingIds) else UnknownContact(str(draft.id))
        for draft, one in zip(drafts, found, strict=True)
    ]


async def _withdraw(session: AsyncSession, events: Sequence[Event]) -> None:
    """Who unsubscribed has said no, from the moment that it is written."""
    said = {}
    for event in events:
        if event.name == UNSUBSCRIBED:
            source = BY_LINK if event.message_id else "event"
            grant = ConsentGrant(granted=False, source=source, at=event.received_at)
            said[str(event.contact_id)] = Report({MARKETING: grant}, event.reported_by)
    await Consents(session).record_all(said)


def _event(happening: Happening, contact_id: str, heard: Callable[[str], bool]) -> Event:
    now = clock.now()
    done = happening.machine or not heard(happening.name)
    return Event(
        id=happening.id,
        reported_by=happening.reported_by,
        name=happening.name,
        contact_id=contact_id,
        message_id=happening.message_id,
        occurred_at=happening.occurred_at,
        received_at=now,
        delivered_at=now if done else None,
        machine=happening.machine,
        properties=dict(happening.properties),
    )
