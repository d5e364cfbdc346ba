"""The connection that writes to SQLite: on the loop's thread, commits beside it, never left inside a transaction."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from store.database import Database
from store.inline import InlineConnection

INSERT = text("INSERT INTO one (id) VALUES (:id)")


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'one.db'}")
    async with database.begin() as session:
        await session.execute(text("CREATE TABLE one (id INTEGER PRIMARY KEY)"))
    yield database
    await database.close()


async def ids(database: Database) -> list[int]:
    async with database.read() as session:
        return list(await session.scalars(text("SELECT id FROM one ORDER BY id")))


async def insert(database: Database, id: int) -> None:
    async with database.begin() as session:
        await session.execute(INSERT, {"id": id})


async def insert_two(database: Database, first: int, second: int) -> None:
    async with database.begin() as session:
        await session.execute(INSERT, {"id": first})
        await session.execute(INSERT, {"id": second})


async def driver(database: Database) -> InlineConnection:
    async with database.engine.connect() as connection:
        made = (await connection.get_raw_connection()).driver_connection
    assert isinstance(made, InlineConnection)
    return made


async def test_it_waits_for_the_disk_and_checks_references(file: Database) -> None:
    async with file.begin() as session:
        pragmas = [await session.scalar(text(f"PRAGMA {name}")) for name in ("synchronous", "foreign_keys")]
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
    assert pragmas == [2, 1]


async def test_commits_leave_the_loop_free(file: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes its time holds up nobody but those who write."""
    threads = []
    committing, going_on = threading.Event(), threading.Event()

    def commit(self: sqlite3.Connection) -> None:
        threads.append(threading.current_thread())
        committing.set()
        assert going_on.wait(5), "the loop stands still"
        sqlite3.Connection.commit(self)

    monkeypatch.setattr(InlineConnection, "commit", commit)
    writing = asyncio.create_task(insert(file, 1))
    await asyncio.to_thread(committing.wait)
    going_on.set()
    await writing
    assert threads[0] is not threading.main_thread()
    assert await ids(file) == [1]


async def test_cancelled_in_a_transaction_leaves_nothing_behind(file: Database) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with file.begin() as session:
            await session.execute(INSERT, {"id": 1})
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not (await driver(file)).in_transaction
    await insert(file, 2)
    assert await ids(file) == [2]


async def test_cancelled_in_its_commit_is_told_when_that_is_done(
    file: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing, on_disk = threading.Event(), threading.Event()

    def commit(self: sqlite3.Connection) -> None:
        committing.set()
        on_disk.wait(5)
        sqlite3.Connection.commit(self)

    monkeypatch.setattr(InlineConnection, "commit", commit)
    task = asyncio.create_task(insert(file, 1))
    await asyncio.to_thread(committing.wait)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done(), "the connection is still in use"
    on_disk.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    monkeypatch.undo()
    await insert(file, 2)
    assert await ids(file) == [1, 2]


async def test_cancelled_while_waiting_for_another_process(file: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(insert(file, 1))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    other.execute("ROLLBACK")
    other.close()
    await insert(file, 2)
    assert await ids(file) == [2]


async def test_another_process_that_writes_is_waited_for(file: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(insert(file, 1))
    await asyncio.sleep(0.05)
    assert not task.done()
    other.execute("INSERT INTO one VALUES (2)")
    other.execute("COMMIT")
    other.close()
    async with asyncio.timeout(5):
        await task
    assert await ids(file) == [1, 2]


async def test_a_failed_statement_undoes_the_transaction(file: Database) -> None:
    await insert(file, 1)
    with pytest.raises(IntegrityError):
        await insert_two(file, 2, 1)
    assert not (await driver(file)).in_transaction
    assert await ids(file) == [1]


async def test_writers_take_turns_on_one_connection(file: Database) -> None:
    made: list[Any] = []
    event.listen(file.engine.sync_engine, "connect", lambda connection, _: made.append(connection))
    await asyncio.gather(*(insert(file, id) for id in range(20)))
    assert await ids(file) == list(range(20))
    assert made == [], "the connection of the first statement serves them all"
