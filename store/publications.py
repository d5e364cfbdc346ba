"""Publications: what a step put into a channel."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.statements import insert_new, update_one
from store.tables import Publication


class Publications:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: str) -> Publication | None:
        return await self._session.get(Publication, id)

    async def make(self, publication: Publication) -> Publication:
        """Add the step's publication; gives the one that it has already, if any."""
        await insert_new(self._session, publication)
        query = select(Publication).where(
            col(Publication.enrollment_id) == publication.enrollment_id,
            col(Publication.key) == publication.key,
        )
        return (await self._session.scalars(query)).one()

    async def mark_published(self, id: str, url: str | None, at: datetime) -> bool:
        """`pending` → `published`; False when it was before."""
        chosen = update(Publication).where(col(Publication.id) == id, col(Publication.status) == "pending")
        return await update_one(self._session, chosen.values(status="published", url=url, published_at=at))
