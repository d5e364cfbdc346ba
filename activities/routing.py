"""Routing: an event is written, told to the runs it concerns, and starts the workflows that begin with it."""

import asyncio
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from activities.calls import EventSignal
from activities.catalogue import Catalogue
from activities.enrolling import Enroller
from activities.placing import Refused
from activities.recording import UNSUBSCRIBED, Happening, Recorded, record_all
from activities.runs import Runs, RunsUnavailable
from activities.together import Together, done_by
from store.database import Database
from store.enrollments import Enrollments
from store.events import Events
from store.tables import Enrollment, Event

__all__ = ["UNSUBSCRIBED", "Happening", "Routed", "Router"]

_TOGETHER = 50
_DELIVERED_AT_ONCE = 32

log = structlog.get_logger()


@dataclass(frozen=True)
class Routed:
    """`created` is false when the event's id was known: it counts once.

    `told`: how many runs heard of it; `started`: enrollments that began with it. Not yet `delivered`: it will be.
    """

    contact_id: str | None
    created: bool
    told: int = 0
    started: tuple[str, ...] = ()
    delivered: bool = True


class Router:
    """Takes events in. All of it may be repeated."""

    def __init__(self, database: Database, runs: Runs, catalogue: Catalogue, enroller: Enroller) -> None:
        self._database = database
        self._runs = runs
        self._catalogue = catalogue
        self._enroller = enroller
        self._recording = Together(self._record_all, _TOGETHER)
        self._asking = Together(self._running_of, _TOGETHER)
        self._marking = Together(self._mark_all, _TOGETHER)
        self._delivering = asyncio.Semaphore(_DELIVERED_AT_ONCE)  # contacts, of all batches

    def knows(self, name: str) -> bool:
        """Whether any workflow is told of events of this name, or starts on them."""
        return any(name in listed.events or name in listed.starts_on for listed in self._catalogue.values())

    async def post(self, happening: Happening) -> Routed:
        """Writes the event and delivers it; answers when both are done.

        Raises ConflictingIds, UnknownContact, and RunsUnavailable: the event is then delivered later.
        """
        recorded = await self._recording(happening)
        if not isinstance(recorded, tuple):
            raise recorded
        event, created = recorded
        told, started = await self.deliver(event)
        return Routed(event.contact_id, created, told, started)

    async def post_all(self, happenings: Sequence[Happening], within: float) -> list[Routed | Refused]:
        """Writes all events, in one transaction, then delivers as many as it can `within` the seconds given.

        The others are delivered later. Raises TimeoutError when nothing was written.
        """
        until = asyncio.get_running_loop().time() + within
        async with asyncio.timeout_at(until):
            recorded = await self._record_all(happenings)
        routed = await self._deliver_all([one[0] for one in recorded if isinstance(one, tuple)], until)
        done = frozenset(routed)
        return [_answer(*one, routed, done) if isinstance(one, tuple) else one for one in recorded]

    async def write(self, session: AsyncSession, happening: Happening) -> Recorded:
        """Writes the event in the caller's transaction; not yet delivered."""
        (recorded,) = await record_all(session, [happening], self.knows)
        if not isinstance(recorded, tuple):
            raise recorded
        return recorded

    async def deliver(self, event: Event, begun: Collection[str] = ()) -> tuple[int, tuple[str, ...]]:
        """Tells the runs that wait for it, starts what begins with it, and marks it delivered.

        `begun`: enrollments that an earlier event of the same batch started, though their rows are younger.
        """
        if event.delivered_at is not None or event.machine or event.contact_id is None:
            return 0, ()
        told = await self._tell(event, event.contact_id, begun)
        started = await self._begin(event, event.contact_id)
        await self._marking(event.id)
        return told, started

    async def deliver_all(self, events: Sequence[Event], within: float) -> int:
        """The same for many, `within` seconds; gives how many were. One that cannot be leaves other contacts' alone."""
        return len(await self._deliver_all(events, asyncio.get_running_loop().time() + within))

    async def _deliver_all(self, events: Sequence[Event], until: float) -> dict[str, Routed]:
        routed: dict[str, Routed] = {}
        waiting: dict[str, dict[str, Event]] = {}
        for event in events:
            if event.delivered_at is None and event.contact_id:
                waiting.setdefault(event.contact_id, {})[event.id] = event
        await done_by(
            until, {id: self._deliver_in_order(mine.values(), routed) for id, mine in waiting.items()}
        )
        return routed

    async def _deliver_in_order(self, events: Collection[Event], routed: dict[str, Routed]) -> None:
        """One contact's events, one after the other; those after the first that cannot be delivered wait too."""
        begun: list[str] = []
        async with self._delivering:
            for event in events:
                try:
                    told, started = await self.deliver(event, begun)
                except RunsUnavailable:
                    return
                routed[event.id] = Routed(event.contact_id, True, told, started)
                begun += started

    async def _tell(self, event: Event, contact_id: str, begun: Collection[str]) -> int:
        told = 0
        for row in await self._asking(contact_id):
            if self._concerns(row, event, begun):
                if row.status == "pending":
                    await self._enroller.start_run(row)
                told += await self._runs.signal(row.id, self._signal(row, event))
        return told

    def _signal(self, row: Enrollment, event: Event) -> EventSignal:
        listed = self._catalogue[row.workflow]
        return EventSignal(
            id=event.id,
            name=event.name,
            about=event.message_id,
            meets=listed.meets(row.params, event.name, event.properties),
        )

    def _concerns(self, row: Enrollment, event: Event, begun: Collection[str]) -> bool:
        listed = self._catalogue.find(row.workflow)
        if listed is None or event.name not in listed.events:
            return False
        return row.created_at < event.received_at or row.id in begun

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

    async def _record_all(self, happenings: Sequence[Happening]) -> list[Recorded | Refused]:
        async def work(session: AsyncSession) -> list[Recorded | Refused]:
            return await record_all(session, happenings, self.knows)

        return await self._database.write(work)

    async def _running_of(self, contact_ids: Sequence[str]) -> list[list[Enrollment]]:
        async with self._database.read() as session:
            rows = await Enrollments(session).running_for(contact_ids)
        return [[row for row in rows if row.contact_id == id] for id in contact_ids]

    async def _mark_all(self, ids: Sequence[str]) -> list[None]:
        async with self._database.begin() as session:
            await Events(session).mark_delivered(ids)
        return [None] * len(ids)


def _answer(event: Event, created: bool, routed: dict[str, Routed], done: Collection[str]) -> Routed:
    """What became of one event of a batch. Where its id came twice, the first is told what it did."""
    delivered = event.delivered_at is not None or event.id in done
    mine = routed.pop(event.id, Routed(event.contact_id, created, delivered=delivered))
    return replace(mine, created=created)


def _entry(event: Event) -> str:
    """One event starts a workflow once, however often it is delivered. Its id is the caller's: hashed."""
    return "event-" + hashlib.sha256(event.id.encode()).hexdigest()[:24]
