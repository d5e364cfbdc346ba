"""Enrollments: the projection of runs that lists, re-entry rules and counts read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.pages import Page, newest_first
from store.statements import update_one
from store.tables import Enrollment

_CHUNK = 500  # ids in one statement


class Enrollments:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: str) -> Enrollment | None:
        return await self._session.get(Enrollment, id)

    async def insert(self, enrollment: Enrollment) -> None:
        """Add a row; IntegrityError when its id or entry is taken."""
        self._session.add(enrollment)
        await self._session.flush()

    async def latest(self, workflow: str, subject_id: str) -> Enrollment | None:
        """The subject's newest enrollment in the workflow, whatever its status."""
        query = (
            select(Enrollment).where(*_of(workflow, subject_id)).order_by(col(Enrollment.created_at).desc())
        )
        return (await self._session.scalars(query.limit(1))).one_or_none()

    async def find_entry(self, workflow: str, subject_id: str, entry: str) -> Enrollment | None:
        query = select(Enrollment).where(*_of(workflow, subject_id), col(Enrollment.entry) == entry)
        return (await self._session.scalars(query)).one_or_none()

    async def count_entries(self, workflow: str, subject_id: str) -> int:
        """The highest numbered entry so far, 0 without one: the next number is one more.

        An entry key of the caller's that looks like a number counts, so that no number is taken twice.
        """
        entries = await self._session.scalars(select(col(Enrollment.entry)).where(*_of(workflow, subject_id)))
        return max((int(entry) for entry in entries if entry.isascii() and entry.isdigit()), default=0)

    async def running_for_contact(self, contact_id: str) -> Sequence[Enrollment]:
        """Enrollments that have not ended. A pending one's run may have begun, the row not knowing it yet."""
        query = select(Enrollment).where(
            col(Enrollment.contact_id) == contact_id, col(Enrollment.status).in_(["pending", "running"])
        )
        return (await self._session.scalars(query.order_by(col(Enrollment.created_at)))).all()

    async def mark_started(self, id: str) -> bool:
        """`pending` → `running`; False when it was not pending."""
        chosen = _row(id).where(col(Enrollment.status) == "pending")
        return await update_one(self._session, chosen.values(status="running", started_at=clock.now()))

    async def mark_ended(self, id: str, outcome: str, reason: str | None, at: datetime) -> bool:
        """End it; False when it had ended before: the first outcome stays."""
        chosen = _row(id).where(col(Enrollment.status) != "ended")
        values = {"status": "ended", "outcome": outcome, "reason": reason, "ended_at": at, "paused_at": None}
        return await update_one(self._session, chosen.values(**values))

    async def set_paused(self, id: str, at: datetime | None) -> bool:
        """Since when it is paused, None when it goes on; False when it has ended."""
        chosen = _row(id).where(col(Enrollment.status) != "ended")
        return await update_one(self._session, chosen.values(paused_at=at))

    async def set_step(self, id: str, key: str, at: datetime) -> bool:
        """The last step recorded; False when a later one is known."""
        step_at = col(Enrollment.step_at)
        chosen = _row(id).where(or_(step_at.is_(None), step_at <= at))
        return await update_one(self._session, chosen.values(step=key, step_at=at))

    async def unstarted(self, before: datetime, limit: int) -> Sequence[Enrollment]:
        """Rows written before that time whose run nobody saw begin, oldest first."""
        query = select(Enrollment).where(
            col(Enrollment.status) == "pending", col(Enrollment.created_at) < before
        )
        return (await self._session.scalars(query.order_by(col(Enrollment.created_at)).limit(limit))).all()

    async def running(self, limit: int, after_id: str = "") -> Sequence[Enrollment]:
        """Rows that say `running`, by id, after the given one."""
        query = select(Enrollment).where(col(Enrollment.status) == "running", col(Enrollment.id) > after_id)
        return (await self._session.scalars(query.order_by(col(Enrollment.id)).limit(limit))).all()

    async def among(self, ids: Sequence[str], status: str) -> list[Enrollment]:
        """Those of the given ids whose rows have the status."""
        found: list[Enrollment] = []
        for start in range(0, len(ids), _CHUNK):
            chosen = col(Enrollment.id).in_(ids[start : start + _CHUNK])
            query = select(Enrollment).where(chosen, col(Enrollment.status) == status)
            found += (await self._session.scalars(query)).all()
        return found

    async def reopen(self, id: str) -> None:
        """`ended` → `running`: its run was reset and goes on."""
        chosen = _row(id).where(col(Enrollment.status) == "ended")
        await update_one(
            self._session, chosen.values(status="running", outcome=None, reason=None, ended_at=None)
        )

    async def page(
        self,
        contact_id: str | None = None,
        workflow: str | None = None,
        status: str | None = None,
        step: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Enrollment]:
        filters = {"contact_id": contact_id, "workflow": workflow, "status": status, "step": step}
        query = select(Enrollment).filter_by(
            **{name: value for name, value in filters.items() if value is not None}
        )
        order = [Enrollment.created_at, Enrollment.id]
        return await newest_first(self._session, query, order, limit, cursor)


def _of(workflow: str, subject_id: str) -> list[Any]:
    return [col(Enrollment.workflow) == workflow, col(Enrollment.subject_id) == subject_id]


def _row(id: str) -> Update:
    return update(Enrollment).where(col(Enrollment.id) == id)
