"""What is wrong now, by cause: how many are concerned, since when, and a few of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.statuses import AUTHOR, has_status, is_failing
from store.tables import UNKNOWN, Enrollment, Event, Failure, Message, Task

NAMED = 20  # ids given with a cause


@dataclass(frozen=True)
class Group:
    """Things that have one cause. `about` tells causes of one kind apart; `text` is that of the latest failure."""

    about: tuple[str, ...]
    count: int
    since: datetime
    ids: list[str]
    text: str | None = None


class Problems:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def failing(self) -> list[Group]:
        """Enrollments that fail, by activity and code; of templates, each by its own text."""
        of_template = case((col(Failure.code).like("template%"), col(Failure.text)), else_="")
        by = (col(Failure.activity), col(Failure.code), of_template)
        first = func.coalesce(col(Failure.first_at), col(Failure.at))
        held = (col(Enrollment.id) == col(Failure.enrollment_id), has_status("failing"), is_failing())
        query = (
            select(*by, func.count(col(Enrollment.id).distinct()), func.min(first)).where(*held).group_by(*by)
        )
        groups = []
        for activity, code, about, count, since in await self._session.execute(query):
            mine = and_(
                *held, *(one == value for one, value in zip(by, (activity, code, about), strict=True))
            )
            latest = (
                select(col(Enrollment.id), col(Failure.text)).where(mine).order_by(col(Failure.at).desc())
            )
            rows = (await self._session.execute(latest.limit(NAMED))).all()
            ids = list(dict.fromkeys(id for id, _ in rows))
            groups.append(Group((activity, code), count, since, ids, rows[0][1] if rows else about))
        return groups

    async def parked(self) -> list[Group]:
        """Parked enrollments, by workflow and fault, with the text of an author's error."""
        by = (col(Enrollment.workflow), func.coalesce(col(Enrollment.fault), "parked"))
        groups = await self._enrollments(has_status("parked"), col(Enrollment.run_status_at), *by)
        return [Group(one.about, one.count, one.since, one.ids, await self._text(one)) for one in groups]

    async def lost(self) -> list[Group]:
        return await self._enrollments(has_status("lost"), col(Enrollment.lost_at))

    async def pending(self, before: datetime) -> list[Group]:
        """Written before that time, and not started."""
        waits = and_(has_status("pending"), col(Enrollment.created_at) < before)
        return await self._enrollments(waits, col(Enrollment.created_at))

    async def unknown_messages(self, after: datetime) -> list[Group]:
        """Messages made after that time of which nobody knows whether they went out, by their enrollments."""
        unknown = and_(text(UNKNOWN), col(Message.created_at) > after)
        return await self._groups(unknown, col(Message.created_at), col(Message.enrollment_id))

    async def undelivered(self, before: datetime) -> list[Group]:
        """Events received, and answers to tasks given, before that time, of which not every run was told."""
        events = and_(
            col(Event.delivered_at).is_(None), col(Event.received_at) < before, col(Event.machine).is_(False)
        )
        answers = and_(
            col(Task.status) == "done", col(Task.delivered_at).is_(None), col(Task.done_at) < before
        )
        return [
            *await self._groups(events, col(Event.received_at), col(Event.id), about=("events",)),
            *await self._groups(answers, col(Task.done_at), col(Task.id), about=("answers",)),
        ]

    async def oldest(self) -> datetime | None:
        """When the first enrollment was written."""
        created = col(Enrollment.created_at)
        return await self._session.scalar(select(created).order_by(created).limit(1))

    async def _enrollments(self, holds: ColumnElement[bool], since: Any, *by: Any) -> list[Group]:
        return await self._groups(holds, since, col(Enrollment.id), *by)

    async def _groups(
        self, holds: ColumnElement[bool], since: Any, id: Any, *by: Any, about: tuple[str, ...] = ()
    ) -> list[Group]:
        """Rows for which that holds, grouped `by`; `id` names those that are concerned."""
        query = select(func.count(id.distinct()), func.min(since), *by).where(holds).group_by(*by)
        groups = []
        for count, first, *values in await self._session.execute(query):
            if not count:  # without groups a count gives a row even of nothing
                continue
            mine = and_(holds, *(one == value for one, value in zip(by, values, strict=True)))
            ids = await self._session.scalars(select(id).where(mine).order_by(since).limit(NAMED))
            groups.append(Group((*about, *values), count, first, list(dict.fromkeys(ids))))
        return groups

    async def _text(self, parked: Group) -> str | None:
        query = select(col(Failure.text)).where(
            col(Failure.activity) == AUTHOR,
            col(Failure.key) == parked.about[-1],
            col(Failure.enrollment_id).in_(parked.ids),
        )
        return await self._session.scalar(query.order_by(col(Failure.at).desc()).limit(1))
