"""Enrollments: the projection of runs that lists, re-entry rules and counts read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import JSON, Update, bindparam, case, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.pages import Page, newest_first
from store.statements import insert_all, table_of, update_one
from store.statuses import VisibleStatus, has_status
from store.tables import Enrollment, UtcDateTime

_CHUNK = 500  # ids in one statement
MOST_UNREAD = 500
"""Events that a run is told of without having read them; what comes then it reads from the database."""

Moment = Literal["created", "updated", "ended"]
_MOMENTS: dict[Moment, list[Any]] = {
    "created": [col(Enrollment.created_at)],
    "updated": [
        col(Enrollment.created_at),
        col(Enrollment.started_at),
        col(Enrollment.step_at),
        col(Enrollment.run_status_at),
        col(Enrollment.lost_at),
        col(Enrollment.exiting_at),
        col(Enrollment.ended_at),
    ],
    "ended": [col(Enrollment.ended_at)],
}

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
_COUNT = (
    update(_enrollments)
    .where(_enrollments.c.id.in_(bindparam("ids", expanding=True)))
    .values(unread=_enrollments.c.unread + 1)
    .returning(_enrollments.c.id, _enrollments.c.unread, _enrollments.c.unread_from)
)
_SET_STEP = (
    update(_enrollments)
    .where(
        _enrollments.c.id == bindparam("enrollment"),
        or_(_enrollments.c.step_at.is_(None), _enrollments.c.step_at <= bindparam("now")),
    )
    .values(
        unread=case((_enrollments.c.unread_from.is_(None), 0), else_=_enrollments.c.unread),
        step=bindparam("key"),
        step_at=bindparam("now"),
        round=bindparam("in_round"),
        round_params=func.coalesce(
            bindparam("params_of_round", type_=JSON(none_as_null=True)), _enrollments.c.round_params
        ),
    )
)


class LastStep(NamedTuple):
    """A step, its round, and the round's `params` where the step brings them."""

    key: str
    round: int = 1
    params: Mapping[str, Any] | None = None


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

    async def set_steps(self, steps: Mapping[str, LastStep], at: datetime) -> None:
        """The last step recorded, by enrollment; one that knows a later step keeps it. No event is unread then."""
        rows = [
            {
                "enrollment": id,
                "key": step.key,
                "now": at,
                "in_round": step.round,
                "params_of_round": step.params,
            }
            for id, step in sorted(steps.items())
        ]
        if rows:
            await self._session.execute(_SET_STEP, rows)

    async def count_unread(self, told: Sequence[tuple[str, datetime]]) -> list[datetime | None]:
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
        await self.set_unread_from(row.id, at)
        return at

    async def set_unread_from(self, id: str, since: datetime | None) -> None:
        """From when on the run reads its events itself; None: it is told again, and nothing is unread."""
        count = {"unread": 0} if since is None else {}
        await self._session.execute(_row(id).values(unread_from=since, **count))

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
        after: Mapping[Moment, datetime | None] | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Enrollment]:
        """Newest first. `after`: only what was created, updated or ended after that time."""
        filters = {"contact_id": contact_id, "workflow": workflow, "step": step}
        query = select(Enrollment).filter_by(
            **{name: value for name, value in filters.items() if value is not None}
        )
        if status is not None:
            query = query.where(has_status(status))
        for name, time in (after or {}).items():
            if time is not None:
                query = query.where(or_(*(column > time for column in _MOMENTS[name])))
        order = [Enrollment.created_at, Enrollment.id]
        return await newest_first(self._session, query, order, limit, cursor)


def _row(id: str) -> Update:
    return update(Enrollment).where(col(Enrollment.id) == id)
