"""Events as they are written: once by their id, with the contact they are about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import UNSUBSCRIBED
from activities.placing import MARKETING, Refused, UnknownContact
from store import clock
from store.consents import Consents
from store.contact_batches import ContactBatch, Upserted
from store.contacts import ConflictingIds, ConsentGrant, ContactDraft
from store.events import Events
from store.tables import Event


@dataclass(frozen=True)
class Happening:
    """Something that happened to a contact, given by a draft or an id. `machine`: no human did it."""

    id: str
    name: str
    contact: ContactDraft | str
    occurred_at: datetime = field(default_factory=clock.now)
    message_id: str | None = None
    machine: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)


Recorded = tuple[Event, bool]
"""An event, and whether it is new: with an id that was known, it is the one that was written first."""


async def record_all(
    session: AsyncSession, happenings: Sequence[Happening], heard: Callable[[str], bool]
) -> list[Recorded | Refused]:
    """Writes events in the caller's transaction. Those that no workflow has `heard` of need no delivery."""
    events = {event.id: event for event in await Events(session).of_ids({one.id for one in happenings})}
    first = {one.id: one for one in reversed(happenings) if one.id not in events}
    fresh = [one for one in happenings if first.get(one.id) is one]
    refused: dict[str, Refused] = {}
    rows: dict[str, Event] = {}
    for one, contact in zip(fresh, await _contacts(session, fresh), strict=True):
        if isinstance(contact, Upserted):
            rows[one.id] = _event(one, contact.contact.id, heard)
        else:
            refused[one.id] = contact
    written = await Events(session).insert_each_new(list(rows.values()))
    raced = {event.id: event for event in await Events(session).of_ids(rows.keys() - written)}
    await _withdraw(session, [event for id, event in rows.items() if id in written])
    events |= rows | raced
    return [
        refused[one.id]
        if one.id in refused
        else (events[one.id], first.get(one.id) is one and one.id in written)
        for one in happenings
    ]


async def _contacts(session: AsyncSession, happenings: Sequence[Happening]) -> list[Upserted | Refused]:
    drafts = [
        one.contact if isinstance(one.contact, ContactDraft) else ContactDraft(id=one.contact)
        for one in happenings
    ]
    found = await ContactBatch(session).upsert(drafts) if drafts else []
    return [
        one if isinstance(one, Upserted | ConflictingIds) else UnknownContact(str(draft.id))
        for draft, one in zip(drafts, found, strict=True)
    ]


async def _withdraw(session: AsyncSession, events: Sequence[Event]) -> None:
    """Who unsubscribed has said no, from the moment that it is written."""
    said = {}
    for event in events:
        if event.name == UNSUBSCRIBED:
            source = "unsubscribe link" if event.message_id else "event"
            grant = ConsentGrant(granted=False, source=source, at=event.received_at)
            said[str(event.contact_id)] = {MARKETING: grant}
    await Consents(session).record_all(said)


def _event(happening: Happening, contact_id: str, heard: Callable[[str], bool]) -> Event:
    now = clock.now()
    done = happening.machine or not heard(happening.name)
    return Event(
        id=happening.id,
        name=happening.name,
        contact_id=contact_id,
        message_id=happening.message_id,
        occurred_at=happening.occurred_at,
        received_at=now,
        delivered_at=now if done else None,
        machine=happening.machine,
        properties=dict(happening.properties),
    )
