"""The database as commands use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.output import Failure
from cli.trouble import database_trouble
from store import migrate
from store.database import Database
from worker.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A database that is up to date. Raises `Failure` when it cannot be reached or has no tables yet."""
    with database_trouble(settings):
        if await migrate.current(settings.database_url) != migrate.head():
            raise Failure("The database is not up to date: `cadencia db upgrade` migrates it")
        database = Database(settings.database_url)
        try:
            yield database
        finally:
            await database.close()
