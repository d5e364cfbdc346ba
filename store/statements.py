"""Statements that SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


def insert_into(session: AsyncSession, table: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if on_sqlite else postgresql.insert(table)


async def insert_new(session: AsyncSession, row: SQLModel) -> bool:
    """Insert the row unless one of its unique values is taken; says whether it was inserted."""
    statement = insert_into(session, type(row)).values(**row.model_dump()).on_conflict_do_nothing()
    return await _changed(session, statement)


async def insert_each_new(session: AsyncSession, rows: Sequence[SQLModel], column: str = "id") -> set[Any]:
    """Insert the rows, all of one table, whose unique values are free; gives the `column` of those inserted."""
    table = type(rows[0])
    statement = insert_into(session, table).on_conflict_do_nothing().returning(getattr(table, column))
    inserted = await session.execute(statement, [row.model_dump() for row in rows])
    return set(inserted.scalars())


async def insert_all(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert rows of one table, in one statement."""
    if rows:
        await session.execute(insert_into(session, type(rows[0])), [row.model_dump() for row in rows])


async def update_one(session: AsyncSession, statement: Update) -> bool:
    """Whether the row was still as the statement's conditions want it, and so was changed."""
    return await _changed(session, statement)


async def _changed(session: AsyncSession, statement: Any) -> bool:
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
