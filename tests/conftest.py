"""Fixtures that all tests share."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex

import pytest
from sqlmodel import SQLModel

from store.database import Database
from store.migrate import upgrade
from tests.postgres import create_database, postgresql

NewDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server: the URL of a database, to which a name is added."""
    with postgresql() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes empty databases and gives their URLs, on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgresql_server")
        return partial(create_database, server)
    return partial(_sqlite_url, tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
async def database_url(new_database: NewDatabase) -> str:
    """The database that `database` gives, before it is emptied."""
    return await new_database(f"cadencia_{token_hex(4)}")


@pytest.fixture
async def empty_database_url(new_database: NewDatabase) -> str:
    """A database of the test's own, without tables."""
    return await new_database(f"empty_{token_hex(4)}")


async def _sqlite_url(folder: Path, name: str) -> str:
    return f"sqlite+aiosqlite:///{folder / name}.db"


@pytest.fixture(scope="session")
async def migrated(database_url: str) -> AsyncIterator[Database]:
    """The database with its tables, whatever earlier tests left in them."""
    await upgrade(database_url)
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def database(migrated: Database) -> Database:
    """A migrated database without rows."""
    async with migrated.begin() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            await session.execute(table.delete())
    return migrated
