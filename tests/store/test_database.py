"""Transactions, and what tells an absent database from a wrong statement."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event, text

from store.database import Database, is_unavailable
from tests.postgres import postgresql
from tests.store.rows import make_contact


async def failure(database: Database, *statements: str) -> BaseException | None:
    """What the last of the statements of one transaction raises."""
    try:
        async with database.begin() as session:
            for statement in statements:
                await session.execute(text(statement))
    except Exception as error:
        return error
    return None


async def test_leaving_with_an_error_undoes_everything(database: Database) -> None:
    assert await failure(database, "DELETE FROM alembic_version", "SELECT * FROM nothing_here")
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM alembic_version")) == 1


async def test_reading_waits_for_no_writer(database: Database) -> None:
    async with database.begin() as writer:
        await make_contact(writer)
        async with asyncio.timeout(5), database.read() as reader:
            assert await reader.scalar(text("SELECT count(*) FROM contact")) == 0


async def test_a_wrong_statement_is_no_outage(database: Database) -> None:
    error = await failure(database, "SELECT * FROM nothing_here")
    assert error is not None
    assert not is_unavailable(error)


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://nobody@127.0.0.1:1/none", "sqlite+aiosqlite:////nowhere/x.db"]
)
async def test_a_database_out_of_reach_is_an_outage(url: str) -> None:
    away = Database(url)
    assert is_unavailable(await failure(away, "SELECT 1"))
    await away.close()


async def test_a_locked_file_is_an_outage(tmp_path: Path) -> None:
    busy = Database(f"sqlite+aiosqlite:///{tmp_path / 'busy.db'}")
    event.listen(busy.engine.sync_engine, "connect", lambda made, _: made.execute("PRAGMA busy_timeout=50"))
    assert await failure(busy, "CREATE TABLE one (id INTEGER)") is None
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert is_unavailable(await failure(busy, "INSERT INTO one VALUES (1)"))
    other.close()
    await busy.close()


async def test_a_server_that_stops_is_an_outage_until_it_is_back() -> None:
    with postgresql() as server:
        database = Database(f"{server}/postgres")
        assert is_unavailable(await failure(database, "SELECT pg_terminate_backend(pg_backend_pid())"))
        assert await failure(database, "SELECT 1") is None
    assert is_unavailable(await failure(database, "SELECT 1"))
    await database.close()
