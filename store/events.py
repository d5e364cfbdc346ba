"""Events: what happened, each counted once by its id."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.pages import Page, newest_first
from store.statements import insert_new, update_one
from store.tables import Event


class Events:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(self, event: Event) -> bool:
        """Add it; False when its id is known: it happened before."""
        return await insert_new(self._session, event)

    async def get(self, id: str) -> Event | None:
        return await self._session.get(Event, id)

    async def undelivered(self, before: datetime, limit: int) -> Sequence[Event]:
        """Events received before that time whose runs were not all told, oldest first; no scanner's."""
        query = select(Event).where(
            col(Event.delivered_at).is_(None), col(Event.received_at) < before, col(Event.machine).is_(False)
        )
        return (await self._session.scalars(query.order_by(col(Event.received_at)).limit(limit))).all()

    async def mark_delivered(self, id: str) -> bool:
        """Every waiting run has been told; False when that was known."""
        chosen = update(Event).where(col(Event.id) == id, col(Event.delivered_at).is_(None))
        return await update_one(self._session, chosen.values(delivered_at=clock.now()))

    async def timeline(self, contact_id: str, limit: int = 50, cursor: str | None = None) -> Page[Event]:
        """A contact's events, the latest to happen first."""
        query = select(Event).where(col(Event.contact_id) == contact_id)
        return await newest_first(self._session, query, [Event.occurred_at, Event.id], limit, cursor)
