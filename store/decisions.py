"""Why messages were or were not sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.pages import Page, newest_first
from store.statements import insert_values
from store.tables import Decision


class Decisions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Keep decisions, each by its columns, all with the same."""
        await insert_values(self._session, Decision, decisions)

    async def page(self, contact_id: str, limit: int = 50, cursor: str | None = None) -> Page[Decision]:
        query = select(Decision).where(col(Decision.contact_id) == contact_id)
        order, filters = [Decision.at, Decision.id], {"contact_id": contact_id}
        return await newest_first(self._session, query, order, limit, cursor, filters)
