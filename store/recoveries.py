"""Rows whose run is started again."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.tables import Enrollment, Event, Task


class Recoveries:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def prepare(self, row: Enrollment, read_from: datetime, ends: Collection[str]) -> None:
        """Its run will read its events itself, from that time on. Answers to its tasks are told once more, and events
        that end it, by name, which no wait looks for."""
        id = row.id
        chosen = update(Enrollment).where(col(Enrollment.id) == id)
        await self._session.execute(chosen.values(unread_from=read_from))
        ending = update(Event).where(
            col(Event.contact_id) == row.contact_id,
            col(Event.name).in_(ends),
            col(Event.received_at) >= (row.step_at or row.created_at),
            col(Event.machine).is_(False),
        )
        await self._session.execute(ending.values(delivered_at=None))
        answered = update(Task).where(col(Task.enrollment_id) == id, col(Task.status) == "done")
        await self._session.execute(answered.values(delivered_at=None))

    async def finish(self, id: str, release: str) -> None:
        """It has a run again, on this release. A fault of the run before is gone: the new one says how it stands."""
        chosen = update(Enrollment).where(col(Enrollment.id) == id)
        await self._session.execute(
            chosen.values(missing_since=None, lost_at=None, release=release, fault=None)
        )
        parked = chosen.where(col(Enrollment.run_status) == "parked")
        await self._session.execute(parked.values(run_status="running"))
