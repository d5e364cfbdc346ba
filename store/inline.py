"""SQLite for the one connection that writes: statements run on the event loop's own thread, commits beside it.

A statement takes some 20 µs, which is less than a thread needs to be asked. A commit waits for the disk.
"""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

DRIVER = "sqlite+inline"


class InlineCursor(sqlite3.Cursor):
    """Rows are read as they are asked for, so that nothing is left to do when a result is handed over."""

    async def _async_soft_close(self) -> None:
        """What SQLAlchemy awaits then, of every asynchronous driver."""


class InlineConnection(sqlite3.Connection):
    """A connection with a thread for its commits."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, **options)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")

    def cursor(self) -> InlineCursor:  # type: ignore[override]  # typeshed wants it generic over any cursor
        return super().cursor(InlineCursor)

    async def commit_aside(self) -> None:
        """Commits while the loop goes on. Who is cancelled meanwhile learns it when the commit is over: nobody may
        use the connection before."""
        done = asyncio.get_running_loop().run_in_executor(self._thread, self.commit)
        cancelled: asyncio.CancelledError | None = None
        while not done.done():
            try:
                await asyncio.wait({done})
            except asyncio.CancelledError as error:
                cancelled = error
        done.result()
        if cancelled:
            raise cancelled

    def close(self) -> None:
        self._thread.shutdown(wait=False)
        super().close()


class InlineDialect(SQLiteDialect_pysqlite):
    """`sqlite+inline`: for an async engine with one connection, all of whose statements are short."""

    driver = "inline"
    is_async = True
    has_terminate = True  # closing needs no event loop, so even one that was lost can be closed
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        path, options = super().create_connect_args(url)
        return path, {**options, "factory": InlineConnection, "check_same_thread": False}

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.close()

    def do_commit(self, dbapi_connection: Any) -> None:
        await_only(dbapi_connection.commit_aside())


registry.register("sqlite.inline", __name__, InlineDialect.__name__)
