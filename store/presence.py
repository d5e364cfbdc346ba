"""Rows that say `running`, as they are compared with the runs that Temporal has."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.pages import Page, oldest_first
from store.tables import Enrollment

_CHUNK = 500  # ids in one statement


class Numbers(NamedTuple):
    """Of a workflow's rows that say `running` and are not lost: `older` ones began before a given time."""

    rows: int = 0
    older: int = 0
    missing: int = 0


class Standing(NamedTuple):
    """One such row, or one that is lost."""

    id: str
    missing_since: datetime | None
    lost_at: datetime | None


class Presence:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def numbers(self, before: datetime) -> dict[str, Numbers]:
        """By workflow."""
        older = func.sum(case((col(Enrollment.started_at) < before, 1), else_=0))
        query = (
            select(col(Enrollment.workflow), func.count(), older, func.count(col(Enrollment.missing_since)))
            .where(col(Enrollment.status) == "running", col(Enrollment.lost_at).is_(None))
            .group_by(col(Enrollment.workflow))
        )
        found = await self._session.execute(query)
        return {workflow: Numbers(*numbers) for workflow, *numbers in found}

    async def running(
        self, workflow: str, before: datetime, limit: int, after: str = ""
    ) -> Sequence[Standing]:
        """Rows that say `running` and began before that time, by id, after the given one."""
        query = (
            select(col(Enrollment.id), col(Enrollment.missing_since), col(Enrollment.lost_at))
            .where(
                col(Enrollment.workflow) == workflow,
                col(Enrollment.status) == "running",
                col(Enrollment.started_at) < before,
                col(Enrollment.id) > after,
            )
            .order_by(col(Enrollment.id))
            .limit(limit)
        )
        return [Standing(*row) for row in await self._session.execute(query)]

    async def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that have a row, whatever it says."""
        found: set[str] = set()
        for chunk in _chunks(ids):
            query = select(col(Enrollment.id)).where(col(Enrollment.id).in_(chunk))
            found.update(await self._session.scalars(query))
        return found

    async def mark_missing(self, ids: Sequence[str], at: datetime) -> None:
        """Temporal does not know their runs."""
        for chunk in _chunks(ids):
            chosen = update(Enrollment).where(
                col(Enrollment.id).in_(chunk), col(Enrollment.missing_since).is_(None)
            )
            await self._session.execute(chosen.values(missing_since=at))

    async def mark_lost(self, ids: Sequence[str], at: datetime) -> None:
        """Temporal did not know their runs when it was asked again."""
        for chunk in _chunks(ids):
            chosen = update(Enrollment).where(
                col(Enrollment.id).in_(chunk), col(Enrollment.missing_since).is_not(None)
            )
            await self._session.execute(chosen.values(lost_at=at))

    async def mark_found(self, ids: Sequence[str]) -> None:
        """They have runs."""
        for chunk in _chunks(ids):
            chosen = update(Enrollment).where(col(Enrollment.id).in_(chunk))
            await self._session.execute(chosen.values(missing_since=None, lost_at=None))

    async def missing(self, limit: int, cursor: str | None = None) -> Page[Enrollment]:
        """Rows whose run Temporal does not know, by id."""
        query = select(Enrollment).where(
            col(Enrollment.status) == "running", col(Enrollment.missing_since).is_not(None)
        )
        return await oldest_first(self._session, query, [Enrollment.id], limit, cursor, {"missing": True})


def _chunks(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
