"""Routing: an event is written, told to the runs it concerns, and starts the workflows that begin with it."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import Catalogue
from activities.enrolling import Enroller
from activities.recording import Happening, IdReused, Raced, Recorded, Unrecorded, record_all
from activities.runs import Runs, RunsUnavailable
from activities.telling import Telling
from activities.together import Together, done_by
from store.database import Database
from store.events import Events
from store.tables import Event

__all__ = ["Happening", "IdReused", "Routed", "Router", "Unrecorded"]

_TOGETHER = 50
_DELIVERED_AT_ONCE = 32
_LEFT_AT_ONCE, _OF_ONE_CONTACT = 500, 20  # events of one turn

log = structlog.get_logger()


@dataclass(frozen=True)
class Routed:
    """`created` is false when the event was known: it counts once. `id` is our own.

    `told`: how many runs heard of it; `started`: enrollments that began with it. Not yet `delivered`: it will be.
    `opted_out`: it brought a grant that changed nothing, because the contact refuses the topic.
    """

    id: str
    contact_id: str | None
    created: bool
    told: int = 0
    started: tuple[str, ...] = ()
    delivered: bool = True
    opted_out: bool = False


Begun = defaultdict[str, list[str]]
"""Enrollments that events of one delivery started, by contact."""


class Router:
    """Takes events in. All of it may be repeated."""

    def __init__(self, database: Database, runs: Runs, catalogue: Catalogue, enroller: Enroller) -> None:
        self._database = database
        self._telling = Telling(database, runs, catalogue, enroller)
        self._catalogue = catalogue
        self._enroller = enroller
        self._recording = Together(self._record_all, _TOGETHER)
        self._marking = Together(self._mark_all, _TOGETHER)
        self._delivering = asyncio.Semaphore(_DELIVERED_AT_ONCE)  # contacts, of all batches

    def knows(self, name: str) -> bool:
        """Whether any workflow is told of events of this name, or starts on them."""
        return any(name in listed.events or name in listed.starts_on for listed in self._catalogue.values())

    async def post(self, happening: Happening) -> Routed:
        """Writes the event and delivers it; answers when both are done.

        Raises ConflictingIds, UnknownContact, IdReused, and RunsUnavailable: the event is then delivered later.
        """
        recorded = await self._recording(happening)
        if not isinstance(recorded, Recorded):
            raise recorded
        event, created, opted_out = recorded
        told, started = await self.deliver(event)
        return Routed(event.id, event.contact_id, created, told, started, opted_out=opted_out)

    async def post_all(self, happenings: Sequence[Happening], within: float) -> list[Routed | Unrecorded]:
        """Writes all events, in one transaction, then delivers as many as it can `within` the seconds given.

        The others are delivered later. Raises TimeoutError when nothing was written.
        """
        until = asyncio.get_running_loop().time() + within
        async with asyncio.timeout_at(until):
            recorded = await self._record_all(happenings)
        routed = await self._deliver_all(
            [one.event for one in recorded if isinstance(one, Recorded)], until, defaultdict(list)
        )
        done = frozenset(routed)
        return [_answer(one, routed, done) if isinstance(one, Recorded) else one for one in recorded]

    async def write(self, session: AsyncSession, happening: Happening) -> Recorded:
        """Writes the event in the caller's transaction; not yet delivered."""
        (recorded,) = await record_all(session, [happening], self.knows)
        if not isinstance(recorded, Recorded):
            raise recorded
        return recorded

    async def deliver(self, event: Event, begun: Collection[str] = ()) -> tuple[int, tuple[str, ...]]:
        """Tells the runs that wait for it, starts what begins with it, and marks it delivered.

        `begun`: enrollments that an earlier event of the same batch started, though their rows are younger.
        """
        if event.delivered_at is not None or event.machine or event.contact_id is None:
            return 0, ()
        told = await self._telling.tell(event, event.contact_id, begun)
        started = await self._begin(event, event.contact_id)
        await self._marking(event.id)
        return told, started

    async def deliver_left(self, before: datetime, within: float) -> int:
        """Delivers what was received before that time and not delivered: for `within` seconds, or until all that can
        be is; gives how many. Contacts take turns, so that none waits for another's backlog."""
        until = asyncio.get_running_loop().time() + within
        begun: Begun = defaultdict(list)
        delivered = 0
        while True:
            async with self._database.read() as session:
                events = await Events(session).undelivered(before, _LEFT_AT_ONCE, _OF_ONE_CONTACT)
            done = len(await self._deliver_all(events, until, begun))
            delivered += done
            if not done:
                return delivered

    async def _deliver_all(self, events: Sequence[Event], until: float, begun: Begun) -> dict[str, Routed]:
        routed: dict[str, Routed] = {}
        waiting: dict[str, dict[str, Event]] = {}
        for event in events:
            if event.delivered_at is None and event.contact_id:
                waiting.setdefault(event.contact_id, {})[event.id] = event
        await done_by(
            until,
            {id: self._deliver_in_order(mine.values(), routed, begun[id]) for id, mine in waiting.items()},
        )
        return routed

    async def _deliver_in_order(
        self, events: Collection[Event], routed: dict[str, Routed], begun: list[str]
    ) -> None:
        """One contact's events, one after the other; those after the first that cannot be delivered wait too."""
        async with self._delivering:
            for event in events:
                try:
                    told, started = await self.deliver(event, begun)
                except RunsUnavailable:
                    return
                routed[event.id] = Routed(event.id, event.contact_id, True, told, started)
                begun += started

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

    async def _record_all(self, happenings: Sequence[Happening]) -> list[Recorded | Unrecorded]:
        async def work(session: AsyncSession) -> list[Recorded | Unrecorded]:
            return await record_all(session, happenings, self.knows)

        while True:
            try:
                return await self._database.write(work)
            except Raced:
                continue  # what the other wrote is there now

    async def _mark_all(self, ids: Sequence[str]) -> list[None]:
        async with self._database.begin() as session:
            await Events(session).mark_delivered(ids)
        return [None] * len(ids)


def _answer(recorded: Recorded, routed: dict[str, Routed], done: Collection[str]) -> Routed:
    """What became of one event of a batch. Where its id came twice, the first is told what it did."""
    event = recorded.event
    delivered = event.delivered_at is not None or event.id in done
    mine = routed.pop(event.id, Routed(event.id, event.contact_id, recorded.created, delivered=delivered))
    return replace(mine, created=recorded.created, opted_out=recorded.opted_out)


def _entry(event: Event) -> str:
    """One event starts a workflow once, however often it is delivered. Ids of earlier releases have any form."""
    return "event-" + hashlib.sha256(event.id.encode()).hexdigest()[:24]
