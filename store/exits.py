"""Enrollments that an operator asked to leave, and whose runs have not answered."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.tables import Enrollment


class Exits:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, id: str, reason: str, at: datetime) -> None:
        """It was asked to leave, for that reason. The first time counts."""
        chosen = update(Enrollment).where(
            col(Enrollment.id) == id, col(Enrollment.status) != "ended", col(Enrollment.exiting_at).is_(None)
        )
        await self._session.execute(chosen.values(exiting_at=at, reason=reason))

    async def note_not_undone(self, id: str, keys: Sequence[str]) -> None:
        """Compensations that its run cannot run any more; of none nothing is noted."""
        chosen = update(Enrollment).where(col(Enrollment.id) == id)
        await self._session.execute(chosen.values(not_undone=list(keys) or None))

    async def under_way(self, limit: int) -> Sequence[Enrollment]:
        """Those that have not ended, the longest asked first."""
        query = select(Enrollment).where(
            col(Enrollment.exiting_at).is_not(None), col(Enrollment.status) != "ended"
        )
        return (await self._session.scalars(query.order_by(col(Enrollment.exiting_at)).limit(limit))).all()
