"""Events: what happened, each counted once by its id."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.pages import Page, newest_first
from store.statements import insert_each_new, insert_new
from store.tables import Event


class Events:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(self, event: Event) -> bool:
        """Add it; False when its id is known: it happened before."""
        return await insert_new(self._session, event)

    async def insert_each_new(self, events: Sequence[Event]) -> set[str]:
        """Add those whose ids are new; gives their ids."""
        return await insert_each_new(self._session, events) if events else set()

    async def of_ids(self, ids: Collection[str]) -> Sequence[Event]:
        query = select(Event).where(col(Event.id).in_(ids))
        return (await self._session.scalars(query)).all() if ids else ()

    async def of_external_ids(self, ids: Collection[str], reporters: Collection[str]) -> Sequence[Event]:
        """Those that these names of keys reported under these ids, and those of before ids were each name's own."""
        reported_by = col(Event.reported_by)
        query = select(Event).where(
            col(Event.external_id).in_(ids), or_(reported_by.in_(reporters), reported_by.is_(None))
        )
        return (await self._session.scalars(query)).all() if ids else ()

    async def get(self, id: str) -> Event | None:
        return await self._session.get(Event, id)

    async def undelivered(self, before: datetime, limit: int, per_contact: int) -> Sequence[Event]:
        """Events received before that time whose runs were not all told, no scanner's; of each contact the oldest.

        Every contact's first event comes before anybody's second, and so on; of those, the oldest come first.
        """
        number = func.row_number().over(
            partition_by=col(Event.contact_id), order_by=(col(Event.received_at), col(Event.id))
        )
        waiting = (
            select(col(Event.id), number.label("number"))
            .where(
                col(Event.delivered_at).is_(None),
                col(Event.received_at) < before,
                col(Event.machine).is_(False),
            )
            .subquery()
        )
        query = (
            select(Event)
            .join(waiting, col(Event.id) == waiting.c.id)
            .where(waiting.c.number <= per_contact)
            .order_by(waiting.c.number, col(Event.received_at))
            .limit(limit)
        )
        return (await self._session.scalars(query)).all()

    async def mark_delivered(self, ids: Collection[str]) -> set[str]:
        """Every waiting run has been told of these; gives those of which that was not known."""
        chosen = update(Event).where(col(Event.id).in_(ids), col(Event.delivered_at).is_(None))
        values = chosen.values(delivered_at=clock.now()).returning(col(Event.id))
        return set(await self._session.scalars(values))

    async def heard(
        self, contact_id: str, names: Collection[str], since: datetime, limit: int
    ) -> tuple[Sequence[Event], datetime | None]:
        """Events of these names received from `since` on, oldest first, no scanner's; and from when on there are more.

        Those that were received at one moment come together: a page may be a little longer than the limit.
        """
        query = select(Event).where(
            col(Event.contact_id) == contact_id,
            col(Event.name).in_(names),
            col(Event.received_at) >= since,
            col(Event.machine).is_(False),
        )
        oldest_first = query.order_by(col(Event.received_at), col(Event.id))
        last = (await self._session.scalars(oldest_first.offset(limit - 1).limit(1))).first()
        if last is None:
            return (await self._session.scalars(oldest_first)).all(), None
        page = oldest_first.where(col(Event.received_at) <= last.received_at)
        return (await self._session.scalars(page)).all(), last.received_at + timedelta(microseconds=1)

    async def timeline(self, contact_id: str, limit: int = 50, cursor: str | None = None) -> Page[Event]:
        """A contact's events, the latest to happen first."""
        query = select(Event).where(col(Event.contact_id) == contact_id)
        order, filters = [Event.occurred_at, Event.id], {"contact_id": contact_id}
        return await newest_first(self._session, query, order, limit, cursor, filters)
