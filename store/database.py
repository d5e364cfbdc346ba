"""Connections and transactions, on SQLite and on PostgreSQL."""

import asyncio
import random
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.util import await_only

from store import inline

_PATIENCE = 30.0  # seconds that a write waits for its turn
_ANSWERS_WITHIN = (
    8.0  # seconds that PostgreSQL is given for a connection or a statement: one that hangs is away
)
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# Classes of SQLSTATE: connection lost, out of resources, stopped by an operator.
_POSTGRESQL_AWAY = {"08", "53", "57"}
_POSTGRESQL_CONFLICT = "40"
_POSTGRESQL_FULL = "53100"
_ATTEMPTS = 4  # of a transaction that others block and that blocks them

Result = TypeVar("Result")


class Database:
    """Leaving `begin()` commits, or rolls back on an error: repositories never do.

    SQLite has one writer: its writes queue for one connection here, in order, and only the first of the queue waits
    for other processes.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        if url.startswith("sqlite"):
            writing = make_url(url).set(drivername=inline.DRIVER)
            self.engine = _sqlite(writing, _begin_immediate, pool_size=1)
            event.listen(self.engine.sync_engine, "connect", _never_wait)
            self._reading = _sqlite(make_url(url), _begin, pool_size=10)
        else:
            self.engine = create_async_engine(
                url,
                hide_parameters=True,  # errors are logged, and parameters are about people
                pool_size=10,
                max_overflow=10,
                pool_pre_ping=True,
                connect_args={"timeout": _ANSWERS_WITHIN, "command_timeout": _ANSWERS_WITHIN},
            )
            self._reading = self.engine

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write. SQLite takes the write lock at its start (`BEGIN IMMEDIATE`)."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def write(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """Does the work in a transaction of its own; again, when it and another were waiting for each other."""
        for _ in range(_ATTEMPTS - 1):
            try:
                async with self.begin() as session:
                    return await work(session)
            except DBAPIError as error:
                if not _is_deadlock(error):
                    raise
        async with self.begin() as session:
            return await work(session)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads, and so waits for no writer."""
        async with AsyncSession(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
        await self._reading.dispose()


def _sqlite(url: URL, begin: Callable[[Connection], None], *, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": _PATIENCE},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_PATIENCE,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", begin)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _never_wait(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA busy_timeout = 0")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    """Takes the write lock. SQLite's own waiting sleeps up to 100 ms at a time, which starves busy processes."""
    gives_up = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError as error:
            if not is_unavailable(error) or time.monotonic() > gives_up:
                raise
            await_only(asyncio.sleep(random.uniform(0.001, 0.003)))
        else:
            return


def _is_deadlock(error: DBAPIError) -> bool:
    return str(getattr(error.orig, "sqlstate", None))[:2] == _POSTGRESQL_CONFLICT


def is_unavailable(error: BaseException | None) -> bool:
    """Whether a database call failed because the database is away or overloaded: later it may go well."""
    while error is not None:
        if _is_away(error):
            return True
        error = error.orig if isinstance(error, DBAPIError) else error.__cause__
    return False


def is_full(error: BaseException | None) -> bool:
    """Whether a write failed because there is no room for it."""
    while error is not None:
        sqlite_full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        if sqlite_full or getattr(error, "sqlstate", None) == _POSTGRESQL_FULL:
            return True
        error = error.orig if isinstance(error, DBAPIError) else error.__cause__
    return False


def _is_away(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if str(getattr(error, "sqlstate", None))[:2] in {*_POSTGRESQL_AWAY, _POSTGRESQL_CONFLICT}:
        return True
    return isinstance(error, ConnectionError | TimeoutError | PoolTimeout | socket.gaierror)
