"""Events that a run was not told of, because too many came: it reads them from the database, page by page."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import NO_ENROLLMENT, Call, Cursor, EventSignal, EventsRead, ReadEvents
from activities.catalogue import Catalogue
from activities.telling import signal_of
from store.database import Database
from store.enrollments import Enrollments
from store.events import Events
from store.tables import Enrollment, Event
from store.unread import Unread

_PAGE = 200
_PAGES = 10  # looked at in one call, which has 2 s


class Reading:
    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    @activity.defn(name="read_events")
    async def read(self, call: Call[ReadEvents]) -> EventsRead:
        """One page of what a wait looks for. With the last one the row says that the run is told again.

        Raises `no_enrollment` when the enrollment has no row.
        """

        async def work(session: AsyncSession) -> EventsRead:
            return await self._page(session, call)

        return await self._database.write(work)

    async def _page(self, session: AsyncSession, call: Call[ReadEvents]) -> EventsRead:
        # The router counts on this row before it leaves an event to be read. While it is locked, no event can fall
        # between the page and the note of where the next one begins.
        row = await Enrollments(session).locked(call.enrollment_id)
        if row is None:
            raise ApplicationError(
                f"there is no row of {call.enrollment_id}", type=NO_ENROLLMENT, non_retryable=True
            )
        since = min(call.order.since.at, row.unread_from or call.order.since.at)
        events, more = await self._sought(session, call, row, since)
        await Unread(session).set_from(row.id, more)
        return EventsRead(question=call.order.question, events=events, more=more and Cursor(at=more))

    async def _sought(
        self, session: AsyncSession, call: Call[ReadEvents], row: Enrollment, since: datetime
    ) -> tuple[tuple[EventSignal, ...], datetime | None]:
        """What the wait looks for, and from when on there may be more."""
        found: list[EventSignal] = []
        for _ in range(_PAGES):
            events, more = await Events(session).heard(call.subject_id, call.order.names, since, _PAGE)
            signals = (self._told(event, row) for event in events)
            found += [signal for signal in signals if signal and _is_sought(signal, call.order)]
            if more is None or len(found) >= _PAGE:
                return tuple(found), more
            since = more
        return tuple(found), since

    def _told(self, event: Event, row: Enrollment) -> EventSignal | None:
        listed = self._catalogue.find(row.workflow)
        return signal_of(event, row, listed) if listed else None


def _is_sought(signal: EventSignal, order: ReadEvents) -> bool:
    assert signal.received is not None
    at = signal.received
    return any(sought.matches(signal.name, signal.about, signal.meets, at) for sought in order.sought)
