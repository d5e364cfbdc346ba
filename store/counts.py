"""How much there is of what, for metrics. These read much: whoever asks keeps the answer for some seconds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.marks import UPKEEP, Marks
from store.statuses import Statuses, VisibleStatus
from store.tables import Enrollment, Event, Failure, Message


@dataclass(frozen=True)
class Counted:
    """`enrollments` by workflow and status, `messages` by status, `failures` by activity and code: enrollments whose
    step failed so since the time asked for."""

    enrollments: dict[tuple[str, VisibleStatus], int]
    messages: dict[str, int]
    failures: dict[tuple[str, str], int]
    events_waiting: int
    oldest_pending: datetime | None
    upkeep: datetime | None


class Counts:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, failures_after: datetime) -> Counted:
        return Counted(
            enrollments=await Statuses(self._session).counts(),
            messages=await self._messages(),
            failures=await self._failures(failures_after),
            events_waiting=await self._events_waiting(),
            oldest_pending=await self._oldest_pending(),
            upkeep=await Marks(self._session).get(UPKEEP),
        )

    async def _messages(self) -> dict[str, int]:
        status = col(Message.status)
        rows = await self._session.execute(select(status, func.count()).group_by(status))
        return {name: count for name, count in rows}  # noqa: C416  # a row is no pair to `dict`

    async def _failures(self, after: datetime) -> dict[tuple[str, str], int]:
        by = (col(Failure.activity), col(Failure.code))
        query = select(*by, func.count()).where(col(Failure.at) > after).group_by(*by)
        return {(activity, code): count for activity, code, count in await self._session.execute(query)}

    async def _events_waiting(self) -> int:
        waiting = (col(Event.delivered_at).is_(None), col(Event.machine).is_(False))
        return await self._session.scalar(select(func.count()).select_from(Event).where(*waiting)) or 0

    async def _oldest_pending(self) -> datetime | None:
        oldest = func.min(col(Enrollment.created_at))
        return await self._session.scalar(select(oldest).where(col(Enrollment.status) == "pending"))
