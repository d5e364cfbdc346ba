"""What runs are told of an event: its id and name, and the conditions that its properties meet."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from activities.calls import Cursor, EventSignal
from activities.catalogue import Catalogue, Listed
from activities.enrolling import Enroller
from activities.runs import Runs
from activities.together import Together
from store.database import Database
from store.enrollments import Enrollments
from store.tables import Enrollment, Event
from store.unread import Unread

_TOGETHER = 50


def signal_of(event: Event, row: Enrollment, listed: Listed) -> EventSignal | None:
    """None when the enrollment's path cannot hear the event."""
    params = row.params if row.round_params is None else row.round_params
    meets = listed.meets(params, event.name, event.properties)
    if not listed.hears(event.name, meets):
        return None
    return EventSignal(
        id=event.id, name=event.name, about=event.message_id, meets=meets, received=event.received_at
    )


class Telling:
    """Signals runs. One that has too many events unread is told so once, and reads the others from the database."""

    def __init__(self, database: Database, runs: Runs, catalogue: Catalogue, enroller: Enroller) -> None:
        self._database = database
        self._runs = runs
        self._catalogue = catalogue
        self._enroller = enroller
        self._asking = Together(self._running_of, _TOGETHER)
        self._counting = Together(self._count_all, _TOGETHER)

    async def tell(self, event: Event, contact_id: str, begun: Collection[str]) -> int:
        """Tells the contact's runs whose paths can hear the event; gives how many. Raises RunsUnavailable."""
        told = 0
        for row in await self._asking(contact_id):
            listed = self._catalogue.find(row.workflow)
            if listed is None or not (row.created_at < event.received_at or row.id in begun):
                continue
            signal = signal_of(event, row, listed)
            if signal is not None:
                if row.status == "pending":
                    await self._enroller.start_run(row)
                told += await self._signal(row, signal, event.received_at, ends=listed.ends(event.name))
        return told

    async def _signal(self, row: Enrollment, signal: EventSignal, at: datetime, *, ends: bool) -> bool:
        """An event that ends the run is told, whatever the run has not read yet.

        The event where reading begins says so each time that it is delivered: its first signal may have been lost.
        """
        since = None if ends else await self._counting((row.id, at))
        if since is None:
            return await self._runs.signal(row.id, signal)
        return since < at or await self._runs.unread(row.id, Cursor(at=since))

    async def _running_of(self, contact_ids: Sequence[str]) -> list[list[Enrollment]]:
        async with self._database.read() as session:
            rows = await Enrollments(session).running_for(contact_ids)
        return [[row for row in rows if row.contact_id == id] for id in contact_ids]

    async def _count_all(self, told: Sequence[tuple[str, datetime]]) -> list[datetime | None]:
        async def work(session: AsyncSession) -> list[datetime | None]:
            return await Unread(session).count(told)

        return await self._database.write(work)
