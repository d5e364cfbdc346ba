"""Connections and transactions, on SQLite and on PostgreSQL."""

import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# Classes of SQLSTATE: connection lost, out of resources, stopped by an operator.
_POSTGRESQL_AWAY = {"08", "53", "57"}


class Database:
    """One engine. Leaving `begin()` commits, or rolls back on an error: repositories never do."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write. SQLite takes the write lock at its start (`BEGIN IMMEDIATE`)."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads, and so waits for no writer."""
        engine = self.engine.execution_options(cadencia_read=True)
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def _engine(url: str) -> AsyncEngine:
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    engine = create_async_engine(url, connect_args={"timeout": 30}, pool_size=10, max_overflow=10)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("cadencia_read")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def is_unavailable(error: BaseException | None) -> bool:
    """Whether a database call failed because the database is away or overloaded: later it may go well."""
    while error is not None:
        if _is_away(error):
            return True
        error = error.orig if isinstance(error, DBAPIError) else error.__cause__
    return False


def _is_away(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if str(getattr(error, "sqlstate", None))[:2] in _POSTGRESQL_AWAY:
        return True
    return isinstance(error, ConnectionError | TimeoutError | PoolTimeout | socket.gaierror)
