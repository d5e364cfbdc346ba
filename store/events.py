"""Events: what happened, each counted once by its id."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
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

    async def get(self, id: str) -> Event | None:
        return await self._session.get(Event, id)

    async def undelivered(self, before: datetime, limit: int) -> Sequence[Event]:
        """Events received before that time whose runs were not all told, oldest first; no scanner's."""
        query = select(Event).where(
            col(Event.delivered_at).is_(None), col(Event.received_at) < before, col(Event.machine).is_(False)
        )
        return (await self._session.scalars(query.order_by(col(Event.received_at)).limit(limit))).all()

    async def mark_delivered(self, ids: Collection[str]) -> set[str]:
        """Every waiting run has been told of these; gives those of which that was not known."""
        chosen = update(Event).where(col(Event.id).in_(ids), col(Event.delivered_at).is_(None))
        values = chosen.values(delivered_at=clock.now()).returning(col(Event.id))
        return set(await self._session.scalars(values))

    async def timeline(self, contact_id: str, limit: int = 50, cursor: str | None = None) -> Page[Event]:
        """A contact's events, the latest to happen first."""
        query = select(Event).where(col(Event.contact_id) == contact_id)
        return await newest_first(self._session, query, [Event.occurred_at, Event.id], limit, cursor)
