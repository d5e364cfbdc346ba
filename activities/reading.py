"""Events that a run was not told of, because too many came: it reads them from the database, page by page."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Cursor, EventsRead, ReadEvent, ReadEvents
from activities.catalogue import Catalogue
from activities.errors import NO_ENROLLMENT
from activities.telling import signal_of
from store.database import Database
from store.enrollments import Enrollments
from store.events import Events
from store.tables import Enrollment, Event

_PAGE = 200


class Reading:
    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    @activity.defn(name="read_events")
    async def read(self, call: Call[ReadEvents]) -> EventsRead:
        """One page. With the last one the row says that the run is told again.

        Raises `no_enrollment` when the enrollment has no row.
        """

        async def work(session: AsyncSession) -> EventsRead:
            return await self._page(session, call)

        return await self._database.write(work)

    async def _page(self, session: AsyncSession, call: Call[ReadEvents]) -> EventsRead:
        enrollments = Enrollments(session)
        # The router counts on this row before it leaves an event to be read. While it is locked, no event can fall
        # between the page and the note of where the next one begins.
        row = await enrollments.locked(call.enrollment_id)
        if row is None:
            raise ApplicationError(
                f"there is no row of {call.enrollment_id}", type=NO_ENROLLMENT, non_retryable=True
            )
        since = min(call.order.since.at, row.unread_from or call.order.since.at)
        events, more = await Events(session).heard(call.subject_id, call.order.names, since, _PAGE)
        await enrollments.set_unread_from(row.id, more)
        return EventsRead(
            events=tuple(found for event in events if (found := self._told(event, row))),
            more=Cursor(at=more) if more else None,
        )

    def _told(self, event: Event, row: Enrollment) -> ReadEvent | None:
        listed = self._catalogue.find(row.workflow)
        signal = signal_of(event, row, listed) if listed else None
        return ReadEvent(**signal.model_dump(), at=event.received_at) if signal else None
