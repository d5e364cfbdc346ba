"""The migrations make what the tables say."""

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

from store import migrate
from store.database import Database
from store.events import Events
from store.ids import new_id
from store.tables import Event


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, SQLModel.metadata))


async def test_schema_is_what_the_tables_say(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_have_the_names_the_tables_give_them(database: Database) -> None:
    def named(connection: Connection) -> set[str | None]:
        found = inspect(connection)
        tables = list(SQLModel.metadata.tables)
        keys = [key["name"] for table in tables for key in found.get_foreign_keys(table)]
        return {*keys, *(found.get_pk_constraint(table)["name"] for table in tables)}

    async with database.engine.connect() as connection:
        names = await connection.run_sync(named)
    tables = SQLModel.metadata.sorted_tables
    keys = {key.name for table in tables for key in table.foreign_key_constraints}
    assert names == keys | {table.primary_key.name for table in tables}


async def test_upgrade_at_head_is_cheap(database: Database, database_url: str) -> None:
    took = []
    for _ in range(5):
        start = time.perf_counter()
        await migrate.upgrade(database_url)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.1
    assert await migrate.current(database_url) == migrate.head()


async def test_a_new_database_has_no_revision(empty_database_url: str) -> None:
    assert await migrate.current(empty_database_url) is None


async def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(4)))
    assert await migrate.current(empty_database_url) == migrate.head()


def test_head_is_the_one_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.head()]


async def test_downgrade_leaves_nothing(empty_database_url: str) -> None:
    await migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config(sync), "base"))
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["alembic_version"]
    await database.close()


async def test_an_event_of_before_keeps_its_callers_id(empty_database_url: str) -> None:
    """Ours are no caller's, and a caller's may begin as ours do."""
    callers = ["order-1042", "evt_1NG8Du2eZvKYlo2CUI79vXWy"]
    ours = [new_id("evt"), new_id("unsub"), f"open:{new_id('msg')}", f"click:{new_id('msg')}:machine"]
    await migrate.upgrade(empty_database_url)
    database = Database(empty_database_url)
    async with database.begin() as session:
        await Events(session).insert_each_new([Event(id=id, name="site.visited") for id in (*callers, *ours)])
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config(sync), "0004"))
    await migrate.upgrade(empty_database_url)
    async with database.read() as session:
        known = {event.id: event.external_id for event in await Events(session).of_ids([*callers, *ours])}
    assert known == {**{id: id for id in callers}, **dict.fromkeys(ours)}
    await database.close()


async def test_revise_writes_the_next_revision(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    await migrate.upgrade(url)
    folder = shutil.copytree(migrate.FOLDER, tmp_path / "migrations")
    script = await migrate.revise(url, "Add holds", folder)
    assert script == folder / "versions" / f"{int(migrate.head()) + 1:04}_add_holds.py"
    assert "    pass" in script.read_text()
