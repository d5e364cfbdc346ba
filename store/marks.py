"""How far periodic jobs have come."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.statements import insert_into
from store.tables import Mark

UPKEEP = "upkeep"
"""When upkeep last finished a pass."""


class Marks:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: str) -> datetime | None:
        return await self._session.scalar(select(col(Mark.at)).where(col(Mark.name) == name))

    async def set(self, name: str, at: datetime) -> None:
        statement = insert_into(self._session, Mark).values(name=name, at=at)
        await self._session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": at}))
