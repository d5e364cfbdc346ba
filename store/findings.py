"""What upkeep found wrong with the whole."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.statements import insert_into
from store.tables import Finding

STORES_PART = "stores_part"
"""Many rows have no run. `rows` and `runs`: how many there are; `temporal` and `namespace`: who was asked."""
RUNS_WITHOUT_ROW = "runs_without_row"
"""Runs that the database does not know: their `count`, and the `ids` of the first ones."""


class Findings:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[Finding]:
        return (await self._session.scalars(select(Finding).order_by(col(Finding.name)))).all()

    async def get(self, name: str) -> Finding | None:
        return await self._session.get(Finding, name)

    async def set(self, name: str, details: Mapping[str, Any] | None) -> None:
        """It is so now, since it was first found; without details it is right again."""
        if details is None:
            await self._session.execute(delete(Finding).where(col(Finding.name) == name))
            return
        now = clock.now()
        statement = insert_into(self._session, Finding).values(
            name=name, details=dict(details), since=now, at=now
        )
        again = {"details": statement.excluded.details, "at": now}
        await self._session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=again))
