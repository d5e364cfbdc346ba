"""Workflow tasks that fail: one row of `failure` for each enrollment, as long as Temporal reports it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.statements import update_one
from store.tables import Failure

WORKFLOW_TASK = "workflow_task"
"""The activity of their rows in the table `failure`."""

_LONGEST = 10_000  # characters kept of an error's text


class TaskFailures:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def forget_others(self, enrollment_ids: Collection[str]) -> set[str]:
        """Deletes the rows of all other enrollments; gives those of these ids that have one."""
        query = select(col(Failure.enrollment_id)).where(col(Failure.activity) == WORKFLOW_TASK)
        known = {str(id) for id in await self._session.scalars(query)}
        for id in known.difference(enrollment_ids):
            await self._session.execute(delete(Failure).where(*_of(id)))
        return known.intersection(enrollment_ids)

    async def tell(self, enrollment_id: str, code: str, text: str, attempt: int) -> None:
        """Keeps what fails now, and how often it was tried."""
        now = clock.now()
        kept = text[:_LONGEST].replace("\0", "")
        values: dict[str, Any] = {"code": code, "text": kept, "attempt": attempt, "count": attempt, "at": now}
        if await update_one(self._session, update(Failure).where(*_of(enrollment_id)).values(**values)):
            return
        row = Failure(enrollment_id=enrollment_id, activity=WORKFLOW_TASK, first_at=now, **values)
        self._session.add(row)
        await self._session.flush()


def _of(enrollment_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Failure.enrollment_id) == enrollment_id, col(Failure.activity) == WORKFLOW_TASK
