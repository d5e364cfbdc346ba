"""Brings a database to the schema of this code. Alembic is loaded only when there is something to do."""

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_261_023_642  # any number that all processes agree on


def head() -> str:
    """The newest revision. Files in `versions` begin with their revision: four digits, counting up."""
    return max(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py"))


async def current(url: str) -> str | None:
    """The database's revision; None before the first migration."""
    database = Database(url)
    try:
        async with database.read() as session:
            return await (await session.connection()).run_sync(_revision)
    finally:
        await database.close()


async def upgrade(url: str) -> None:
    """Migrate to `head()`, in one transaction. Of processes that start together one migrates, the others wait."""
    if await current(url) == head():
        return
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            await _lock(connection)
            await connection.run_sync(_upgrade)
    finally:
        await database.close()


async def revise(url: str, message: str, folder: Path = FOLDER) -> Path:
    """Write a revision from what the tables have and the database, at `head()`, lacks."""
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            return await connection.run_sync(_revise, message, folder)
    finally:
        await database.close()


async def _lock(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def config(connection: Connection, folder: Path = FOLDER) -> "Config":
    """Alembic's settings for this connection."""
    from alembic.config import Config

    settings = Config(stdout=StringIO())
    settings.set_main_option("script_location", str(folder).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(config(connection), "head")


def _revise(connection: Connection, message: str, folder: Path) -> Path:
    from alembic import command
    from alembic.script import Script

    number = f"{int(head()) + 1:04}"
    script = command.revision(config(connection, folder), message, autogenerate=True, rev_id=number)
    assert isinstance(script, Script)
    return Path(script.path)
