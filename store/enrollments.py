"""Enrollments: the projection of runs that lists, re-entry rules and counts read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Update, bindparam, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.pages import Page, newest_first, oldest_first
from store.statements import insert_all, table_of, update_one
from store.statuses import VisibleStatus, has_status
from store.tables import Enrollment, UtcDateTime

_CHUNK = 500  # ids in one statement

_enrollments = table_of(Enrollment)
_START = (
    update(_enrollments)
    .where(_enrollments.c.id.in_(bindparam("ids", expanding=True)), _enrollments.c.status == "pending")
    .values(status="running", started_at=bindparam("now"))
    .returning(_enrollments.c.id)
)
_END = update(_enrollments).where(
    _enrollments.c.id == bindparam("enrollment"), _enrollments.c.status != "ended"
)


class Enrollments:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: str) -> Enrollment | None:
        return await self._session.get(Enrollment, id)

    async def locked(self, id: str) -> Enrollment | None:
        """The row, which nobody else changes until the transaction is over."""
        return await self._session.get(Enrollment, id, with_for_update=True)

    async def insert(self, enrollment: Enrollment) -> None:
        """Add a row; IntegrityError when its id or entry is taken."""
        self._session.add(enrollment)
        await self._session.flush()

    async def insert_all(self, enrollments: Sequence[Enrollment]) -> None:
        """Add many rows; IntegrityError when an id or entry is taken."""
        await insert_all(self._session, enrollments)

    async def of_subjects(self, workflow: str, subject_ids: Sequence[str]) -> Sequence[Enrollment]:
        """Every enrollment of these subjects in the workflow, oldest first."""
        query = select(Enrollment).where(
            col(Enrollment.workflow) == workflow, col(Enrollment.subject_id).in_(subject_ids)
        )
        return (await self._session.scalars(query.order_by(col(Enrollment.created_at)))).all()

    async def running_for(self, contact_ids: Collection[str]) -> Sequence[Enrollment]:
        """Enrollments that have not ended. A pending one's run may have begun, the row not knowing it yet."""
        query = select(Enrollment).where(
            col(Enrollment.contact_id).in_(contact_ids), col(Enrollment.status).in_(["pending", "running"])
        )
        return (await self._session.scalars(query.order_by(col(Enrollment.created_at)))).all()

    async def mark_started(self, ids: Collection[str]) -> set[str]:
        """`pending` → `running`; gives those that were pending."""
        chosen = {"ids": list(ids), "now": clock.now()}
        return set((await self._session.execute(_START, chosen)).scalars())

    async def mark_ended(self, id: str, outcome: str, reason: str | None, at: datetime) -> bool:
        """End it; False when it had ended before: the first outcome stays."""
        chosen = _row(id).where(col(Enrollment.status) != "ended")
        values = {"status": "ended", "outcome": outcome, "reason": reason, "ended_at": at}
        return await update_one(self._session, chosen.values(**values))

    async def mark_all_ended(self, endings: Mapping[str, tuple[str, str | None]], at: datetime) -> None:
        """End many, each by its outcome and reason; the first outcome stays."""
        values = {"status": "ended", "ended_at": at}
        rows = [
            {"enrollment": id, "outcome": outcome, "reason": reason, **values}
            for id, (outcome, reason) in sorted(endings.items())
        ]
        await self._session.execute(_END, rows)

    async def set_run_status(
        self, id: str, status: str, at: datetime, number: int, fault: str | None = None
    ) -> bool:
        """What the run tells of itself; False when a later word is known. The higher number counts."""
        chosen = _row(id).where(col(Enrollment.run_status_number) < number)
        values = {"run_status": status, "run_status_at": at, "run_status_number": number, "fault": fault}
        return await update_one(self._session, chosen.values(**values))

    async def unstarted(
        self, before: datetime, limit: int, after: Enrollment | None = None
    ) -> Sequence[Enrollment]:
        """Rows written before that time whose run nobody saw begin, oldest first, after the given one."""
        order = col(Enrollment.created_at), col(Enrollment.id)
        query = select(Enrollment).where(
            col(Enrollment.status) == "pending",
            col(Enrollment.created_at) < before,
            col(Enrollment.exiting_at).is_(None),
        )
        if after is not None:
            last = [literal(after.created_at, UtcDateTime()), literal(after.id)]
            query = query.where(tuple_(*order) > tuple_(*last))
        return (await self._session.scalars(query.order_by(*order).limit(limit))).all()

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

    async def of_ids(self, ids: Sequence[str]) -> Sequence[Enrollment]:
        """The rows of these ids, as they are now."""
        query = select(Enrollment).where(col(Enrollment.id).in_(ids))
        return (await self._session.scalars(query)).all() if ids else ()

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
        status: VisibleStatus | None = None,
        step: str | None = None,
        created_after: datetime | None = None,
        updated_after: datetime | None = None,
        ended_after: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Enrollment]:
        """Newest first; with `updated_after`, by the time of the last change, the oldest first."""
        filters = {"contact_id": contact_id, "workflow": workflow, "step": step}
        query = select(Enrollment).filter_by(
            **{name: value for name, value in filters.items() if value is not None}
        )
        if status is not None:
            query = query.where(has_status(status))
        times = {"created": created_after, "updated": updated_after, "ended": ended_after}
        for name, time in times.items():
            if time is not None:
                query = query.where(getattr(Enrollment, f"{name}_at") > time)
        given = {**filters, **times, "status": status}
        if updated_after is None:
            order = [Enrollment.created_at, Enrollment.id]
            return await newest_first(self._session, query, order, limit, cursor, given)
        order = [Enrollment.updated_at, Enrollment.id]
        return await oldest_first(self._session, query, order, limit, cursor, given)


def _row(id: str) -> Update:
    return update(Enrollment).where(col(Enrollment.id) == id)
