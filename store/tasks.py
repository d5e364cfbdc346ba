"""Tasks: work for people, moved on by statements that name the state they expect."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.pages import Page, newest_first
from store.statements import insert_new, update_one
from store.tables import Task


class Tasks:
    """Every transition says whether it was made: False when the task is not `open`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: str) -> Task | None:
        return await self._session.get(Task, id)

    async def make(self, task: Task) -> Task:
        """Add the step's task; gives the one that it has already, if any."""
        await insert_new(self._session, task)
        query = select(Task).where(col(Task.enrollment_id) == task.enrollment_id, col(Task.key) == task.key)
        return (await self._session.scalars(query)).one()

    async def answer(
        self, id: str, choice: str | None, comment: str | None, by: str | None, at: datetime
    ) -> bool:
        return await self._move(id, status="done", choice=choice, comment=comment, answered_by=by, done_at=at)

    async def escalate(self, id: str, from_role: str, to: str) -> bool:
        return await self._move(id, role=to, escalated_from=from_role)

    async def mark_reminded(self, id: str, at: datetime) -> bool:
        return await self._move(id, reminded_at=at)

    async def withdraw(self, enrollment_ids: Collection[str]) -> None:
        """Nobody needs the enrollments' open tasks any more."""
        chosen = _of(enrollment_ids, "open")
        await self._session.execute(chosen.values(status="withdrawn", done_at=clock.now()))

    async def reopen(self, enrollment_id: str) -> None:
        """The enrollment goes on, and so does what was withdrawn when it ended."""
        await self._session.execute(_of([enrollment_id], "withdrawn").values(status="open", done_at=None))

    async def undelivered(self, before: datetime, limit: int) -> Sequence[Task]:
        """Tasks done before that time whose runs were not told, oldest first."""
        query = select(Task).where(
            col(Task.status) == "done", col(Task.delivered_at).is_(None), col(Task.done_at) < before
        )
        return (await self._session.scalars(query.order_by(col(Task.done_at)).limit(limit))).all()

    async def mark_delivered(self, ids: Collection[str]) -> None:
        chosen = update(Task).where(col(Task.id).in_(ids), col(Task.delivered_at).is_(None))
        await self._session.execute(chosen.values(delivered_at=clock.now()))

    async def page(
        self,
        role: str | None = None,
        status: str | None = None,
        enrollment_id: str | None = None,
        created_after: datetime | None = None,
        done_after: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Task]:
        filters = {"role": role, "status": status, "enrollment_id": enrollment_id}
        query = select(Task).filter_by(
            **{name: value for name, value in filters.items() if value is not None}
        )
        if created_after is not None:
            query = query.where(col(Task.created_at) > created_after)
        if done_after is not None:
            query = query.where(col(Task.done_at) > done_after)
        times = {"created_after": created_after, "done_after": done_after}
        return await newest_first(self._session, query, [Task.id], limit, cursor, {**filters, **times})

    async def _move(self, id: str, **values: Any) -> bool:
        chosen = update(Task).where(col(Task.id) == id, col(Task.status) == "open")
        return await update_one(self._session, chosen.values(**values))


def _of(enrollment_ids: Collection[str], status: str) -> Update:
    return update(Task).where(col(Task.enrollment_id).in_(enrollment_ids), col(Task.status) == status)
