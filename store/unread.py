"""How many events a run was told of since its last step, and from when on it reads them itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.statements import table_of
from store.tables import Enrollment

MOST_UNREAD = 500
"""Events that a run is told of without having read them; what comes then it reads from the database."""

_enrollments = table_of(Enrollment)
_COUNT = (
    update(_enrollments)
    .where(_enrollments.c.id.in_(bindparam("ids", expanding=True)))
    .values(unread=_enrollments.c.unread + 1)
    .returning(_enrollments.c.id, _enrollments.c.unread, _enrollments.c.unread_from)
)


class Unread:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, told: Sequence[tuple[str, datetime]]) -> list[datetime | None]:
        """Counts an event, by the time it was received, for the enrollment that is to be told of it.

        Gives from when on each enrollment reads its events itself, since it had too many unread; None: it is told.
        """
        since: list[datetime | None] = [None] * len(told)
        left = list(range(len(told)))
        while left:  # twice for an enrollment that is there twice: a statement changes a row once
            turn = {told[number][0]: number for number in reversed(left)}
            left = [number for number in left if number not in turn.values()]
            for row in await self._session.execute(_COUNT, {"ids": sorted(turn)}):
                number = turn[row.id]
                since[number] = await self._reads_from(row, told[number][1])
        return since

    async def _reads_from(self, row: Any, at: datetime) -> datetime | None:
        since: datetime | None = row.unread_from
        if row.unread <= MOST_UNREAD or (since is not None and since <= at):
            return since
        await self.set_from(row.id, at)
        return at

    async def set_from(self, id: str, since: datetime | None) -> None:
        """From when on the run reads its events itself; None: it is told again, and nothing is unread."""
        count = {"unread": 0} if since is None else {}
        await self._session.execute(
            update(Enrollment).where(col(Enrollment.id) == id).values(unread_from=since, **count)
        )
