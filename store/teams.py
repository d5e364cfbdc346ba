"""Teams: where mails to a role go."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.statements import insert_into
from store.tables import Team


class Teams:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: str) -> Team | None:
        return await self._session.get(Team, name)

    async def put(self, name: str, email: str | None, locale: str) -> Team:
        """Make the team, or change the one of this name."""
        row = Team(name=name, email=email, locale=locale)
        changes = {"email": email, "locale": locale, "updated_at": clock.now()}
        statement = insert_into(self._session, Team).values(**row.model_dump())
        await self._session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes))
        return (await self._session.scalars(select(Team).where(col(Team.name) == name))).one()

    async def list(self) -> Sequence[Team]:
        """Every team, by name."""
        return (await self._session.scalars(select(Team).order_by(col(Team.name)))).all()
