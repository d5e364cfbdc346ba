"""The database as commands use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.output import Failure
from cli.trouble import database_trouble
from store import migrate
from store.database import Database
from worker.settings import Settings


async def revision(settings: Settings) -> str | None:
    """The revision of its tables; None for a database that is empty, or a file that is not there yet."""
    if _is_absent_file(settings.database_url):
        return None
    async with database_trouble(settings):
        return await migrate.current(settings.database_url)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A database that is up to date. Raises `Failure` when it cannot be reached or has no tables yet."""
    if await revision(settings) != migrate.head():
        raise Failure("The database is not up to date: `cadencia db upgrade` migrates it")
    async with database_trouble(settings):
        database = Database(settings.database_url)
        try:
            yield database
        finally:
            await database.close()


def _is_absent_file(url: str) -> bool:
    path = url.partition(":///")[2].partition("?")[0]
    return url.startswith("sqlite") and not Path(path).exists()
