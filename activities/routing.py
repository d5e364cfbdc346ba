"""Routing: an event is written, told to the runs it concerns, and starts the workflows that begin with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import Catalogue
from activities.enrolling import MARKETING, Enroller, UnknownContact, upserted
from activities.runs import Runs
from store import clock
from store.contacts import ConsentGrant, ContactDraft, Contacts
from store.database import Database
from store.enrollments import Enrollments
from store.events import Events
from store.tables import Enrollment, Event

UNSUBSCRIBED = "contact.unsubscribed"

log = structlog.get_logger()


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


@dataclass(frozen=True)
class Routed:
    """`created` is false when the event's id was known: it counts once.

    `told`: how many runs heard of it; `started`: enrollments that began with it.
    """

    contact_id: str | None
    created: bool
    told: int = 0
    started: tuple[str, ...] = ()


class Router:
    """Takes events in. All of it may be repeated."""

    def __init__(self, database: Database, runs: Runs, catalogue: Catalogue, enroller: Enroller) -> None:
        self._database = database
        self._runs = runs
        self._catalogue = catalogue
        self._enroller = enroller

    async def post(self, happening: Happening) -> Routed:
        """Writes the event and delivers it; answers when both are done.

        Raises ConflictingIds, UnknownContact, and RunsUnavailable: the event is then delivered later.
        """
        event, created = await self.record(happening)
        told, started = await self.deliver(event)
        return Routed(event.contact_id, created, told, started)

    async def record(self, happening: Happening) -> tuple[Event, bool]:
        """Writes the event, once per id, in a transaction of its own; not yet delivered."""
        async with self._database.begin() as session:
            return await self.write(session, happening)

    async def write(self, session: AsyncSession, happening: Happening) -> tuple[Event, bool]:
        """Writes the event in the caller's transaction. For a known id: the event that was written first."""
        known = await Events(session).get(happening.id)
        if known:
            return known, False
        event = _event(happening, await _contact_id(session, happening.contact))
        if not await Events(session).insert(event):
            return await Events(session).get(event.id) or event, False
        if event.name == UNSUBSCRIBED:
            source = "unsubscribe link" if event.message_id else "event"
            withdrawn = ConsentGrant(granted=False, source=source, at=event.received_at)
            await Contacts(session).record_consent(str(event.contact_id), MARKETING, withdrawn)
        return event, True

    async def deliver(self, event: Event) -> tuple[int, tuple[str, ...]]:
        """Tells the runs that wait for it, starts what begins with it, and marks it delivered."""
        if event.delivered_at is not None or event.machine or event.contact_id is None:
            return 0, ()
        told = await self._tell(event, event.contact_id)
        started = await self._begin(event, event.contact_id)
        async with self._database.begin() as session:
            await Events(session).mark_delivered(event.id)
        return told, started

    async def _tell(self, event: Event, contact_id: str) -> int:
        async with self._database.read() as session:
            rows = await Enrollments(session).running_for_contact(contact_id)
        told = 0
        for row in rows:
            if self._concerns(row, event):
                if row.status == "pending":
                    await self._enroller.start_run(row)
                told += await self._runs.signal(
                    row.id, event_id=event.id, name=event.name, message_id=event.message_id
                )
        return told

    def _concerns(self, row: Enrollment, event: Event) -> bool:
        listed = self._catalogue.find(row.workflow)
        return listed is not None and event.name in listed.events and row.created_at < event.received_at

    async def _begin(self, event: Event, contact_id: str) -> tuple[str, ...]:
        begun = []
        for slug, listed in self._catalogue.items():
            if event.name in listed.starts_on:
                try:
                    enrolled = await self._enroller.enroll(slug, contact_id, entry_key=_entry(event))
                except ValidationError:
                    log.error("a workflow that needs params cannot start on an event", workflow=slug)
                else:
                    begun += [enrolled.id] if enrolled.created else []
        return tuple(begun)


def _entry(event: Event) -> str:
    """One event starts a workflow once, however often it is delivered. Its id is the caller's: hashed."""
    return "event-" + hashlib.sha256(event.id.encode()).hexdigest()[:24]


def _event(happening: Happening, contact_id: str) -> Event:
    now = clock.now()
    return Event(
        id=happening.id,
        name=happening.name,
        contact_id=contact_id,
        message_id=happening.message_id,
        occurred_at=happening.occurred_at,
        received_at=now,
        delivered_at=now if happening.machine else None,
        machine=happening.machine,
        properties=dict(happening.properties),
    )


async def _contact_id(session: AsyncSession, contact: ContactDraft | str) -> str:
    contacts = Contacts(session)
    if isinstance(contact, ContactDraft):
        return (await upserted(contacts, contact))[0].id
    if await contacts.get(contact) is None:
        raise UnknownContact(contact)
    return contact
