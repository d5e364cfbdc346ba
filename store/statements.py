"""Statements that SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Table, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """The table itself. Statements on it give rows, not objects that a session tracks: several times as fast."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_into(session: AsyncSession, model: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table_of(model)) if on_sqlite else postgresql.insert(table_of(model))


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one of its unique values is taken; says whether it was inserted."""
    statement = insert_into(session, type(row)).on_conflict_do_nothing()
    return await _changed(session, statement.values(**row.model_dump()))


async def insert_each_new(session: AsyncSession, rows: Sequence[SQLModel], column: str = "id") -> set[Any]:
    """Insert the rows, all of one table, whose unique values are free; gives the `column` of those inserted."""
    model = type(rows[0])
    statement = insert_into(session, model).on_conflict_do_nothing().returning(table_of(model).c[column])
    inserted = await session.execute(statement, [row.model_dump() for row in rows])
    return set(inserted.scalars())


async def insert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert rows of one table, in one statement."""
    if rows:
        await insert_values(session, type(rows[0]), [row.model_dump() for row in rows])


async def insert_values(
    session: AsyncSession, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, all with the same columns; what is left out gets its default."""
    if rows:
        await session.execute(table_of(model).insert(), rows)


async def update_one(session: AsyncSession, statement: Update) -> bool:
    """Whether the row was still as the statement's conditions want it, and so was changed."""
    return await _changed(session, statement)


async def _changed(session: AsyncSession, statement: Any) -> bool:
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
