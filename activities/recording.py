"""Events as they are written: each once, with the contact they are about."""

from collections.abc import Callable, Collection, Mapping, Sequence
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
from store.ids import new_id
from store.tables import Event

BY_LINK = "unsubscribe link"
"""The source of a refusal that a contact gave by the link in a mail."""


@dataclass(frozen=True)
class Happening:
    """Something that happened to a contact, given by a draft or an id. `machine`: no human did it.

    `external_id` is the caller's id, `reported_by` the name of the caller's key: under one name an `external_id` stands
    for one event. `id` is our own.
    """

    name: str
    contact: ContactDraft | str
    id: str = field(default_factory=lambda: new_id("evt"))
    external_id: str | None = None
    reported_by: str | None = None
    occurred_at: datetime = field(default_factory=clock.now)
    message_id: str | None = None
    machine: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def draft(self) -> ContactDraft:
        return self.contact if isinstance(self.contact, ContactDraft) else ContactDraft(id=self.contact)

    @property
    def key(self) -> tuple[str, ...]:
        """What it is known by: one event has it."""
        return (self.external_id, self.reported_by or "") if self.external_id else (self.id,)


class IdReused(Exception):
    """The caller gave the id to an event of another name, or of another contact."""


class Raced(Exception):
    """Another transaction has just written an event of the same id. The work is to be done again, in a new one."""


class Recorded(NamedTuple):
    """An event. With an id that was known (not `created`), it is the one that was written first.

    `opted_out`: it brought a grant that changed nothing, because the contact refuses the topic.
    """

    event: Event
    created: bool
    opted_out: bool = False


Unrecorded = Refused | IdReused


async def record_all(
    session: AsyncSession, happenings: Sequence[Happening], heard: Callable[[str], bool]
) -> list[Recorded | Unrecorded]:
    """Writes events in the caller's transaction, each as if it had come alone.

    Those that no workflow has `heard` of need no delivery. Raises Raced.
    """
    done: dict[int, Recorded | Unrecorded] = {}
    while left := {at: one for at, one in enumerate(happenings) if at not in done}:
        known, fresh = await _known(session, left)
        done |= known
        first = {one.key: at for at, one in reversed(fresh.items())}
        done |= await _write(session, {at: fresh[at] for at in sorted(first.values())}, heard)
    return [done[at] for at in range(len(happenings))]


async def _known(
    session: AsyncSession, happenings: Mapping[int, Happening]
) -> tuple[dict[int, Recorded | Unrecorded], dict[int, Happening]]:
    """The answers to those whose id is known, and those whose id is new."""
    written = await _written(session, happenings.values())
    repeated = {at: one for at, one in happenings.items() if one.external_id and written.get(one.key)}
    named = await ContactBatch(session).find([one.draft for one in repeated.values()]) if repeated else []
    contacts = {at: contact.id for at, contact in zip(repeated, named, strict=True) if contact}
    known: dict[int, Recorded | Unrecorded] = {}
    for at, one in happenings.items():
        for event in written.get(one.key, ()):
            if not one.external_id or (event.name, event.contact_id) == (one.name, contacts.get(at)):
                known[at] = Recorded(event, created=False)
            elif event.reported_by:
                known.setdefault(at, IdReused())
    return known, {at: one for at, one in happenings.items() if at not in known}


async def _written(
    session: AsyncSession, happenings: Collection[Happening]
) -> dict[tuple[str, ...], list[Event]]:
    """Events by what they are known by. One of before ids were each name's own is known under every name."""
    events = Events(session)
    ours = await events.of_ids({one.id for one in happenings if not one.external_id})
    written: dict[tuple[str, ...], list[Event]] = {(event.id,): [event] for event in ours}
    given = {one.external_id for one in happenings if one.external_id}
    names = {one.reported_by or "" for one in happenings if one.external_id}
    for event in await events.of_external_ids(given, names):
        for name in names if event.reported_by is None else {event.reported_by}:
            written.setdefault((str(event.external_id), name), []).append(event)
    return written


async def _write(
    session: AsyncSession, happenings: Mapping[int, Happening], heard: Callable[[str], bool]
) -> dict[int, Recorded | Unrecorded]:
    """Writes events whose ids are new. One of our own that another transaction has just written is left out."""
    done: dict[int, Recorded | Unrecorded] = {}
    rows: dict[int, Event] = {}
    opted_out: set[int] = set()
    for at, contact in (await _contacts(session, happenings)).items():
        if isinstance(contact, Upserted):
            rows[at] = _event(happenings[at], contact.contact.id, heard)
            opted_out |= {at} if contact.opted_out else set()
        else:
            done[at] = contact
    ordered = sorted(rows.values(), key=_place)
    inserted = await Events(session).insert_each_new(ordered)
    new = {at: event for at, event in rows.items() if event.id in inserted}
    if any(happenings[at].external_id for at in rows.keys() - new.keys()):
        raise Raced  # its contact must not stay, when it is another than that of the event that is there
    await _withdraw(session, list(new.values()))
    return done | {at: Recorded(event, True, at in opted_out) for at, event in new.items()}


async def _contacts(
    session: AsyncSession, happenings: Mapping[int, Happening]
) -> dict[int, Upserted | Refused]:
    drafts = [one.draft for one in happenings.values()]
    reporters = [one.reported_by for one in happenings.values()]
    found = await ContactBatch(session).upsert(drafts, reporters) if drafts else []
    return {
        at: one if isinstance(one, Upserted | ConflictingIds) else UnknownContact(str(draft.id))
        for at, draft, one in zip(happenings, drafts, found, strict=True)
    }


async def _withdraw(session: AsyncSession, events: Sequence[Event]) -> None:
    """Who unsubscribed has said no, from the moment that it is written."""
    said = {}
    for event in events:
        if event.name == UNSUBSCRIBED:
            source = BY_LINK if event.message_id else "event"
            grant = ConsentGrant(granted=False, source=source, at=event.received_at)
            said[str(event.contact_id)] = Report({MARKETING: grant}, event.reported_by)
    await Consents(session).record_all(said)


def _place(event: Event) -> tuple[str, ...]:
    """All transactions write in this order, so that none waits for another that waits for it."""
    return event.external_id or "", event.reported_by or "", event.id


def _event(happening: Happening, contact_id: str, heard: Callable[[str], bool]) -> Event:
    now = clock.now()
    done = happening.machine or not heard(happening.name)
    return Event(
        id=happening.id,
        external_id=happening.external_id,
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
