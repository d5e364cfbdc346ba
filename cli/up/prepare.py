"""What has to be there before anything starts: the data folder, the keys, the tables."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from cli.output import Failure
from cli.trouble import database_trouble
from store import migrate
from store.database import Database
from store.keys import SCOPES, Keys, mint_key
from worker import secret_file
from worker.settings import Settings


def folder(settings: Settings) -> None:
    """Makes the data folder, which its owner alone may read: it holds addresses and keys."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.home / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise Failure(
            f"The folder {settings.home} cannot be used ({error.strerror}): set CADENCIA_HOME"
        ) from error


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Holds the data folder: two Temporal servers on one file would spoil it."""
    with open(settings.home / "up.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise Failure(
                f"Cadencia runs in {settings.home} already (process {owner}): stop it, or set CADENCIA_HOME"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


async def database(settings: Settings) -> str:
    """Migrates the database; returns an API key with all scopes, which is made at first start."""
    settings.signing_keys()
    async with _open(settings) as store:
        await migrate.upgrade(settings.database_url)
        kept = _kept(settings.api_key_file)
        async with store.begin() as session:
            keys = Keys(session)
            if kept and await keys.by_secret(kept):
                return kept
            secret, row = mint_key("first start", list(SCOPES))
            await keys.insert(row)
        settings.api_key_file.unlink(missing_ok=True)
        secret_file.keep(settings.api_key_file, secret)
        return secret


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Database]:
    async with database_trouble(settings):
        store = Database(settings.database_url)
        try:
            yield store
        finally:
            await store.close()


def _kept(file: Path) -> str | None:
    return file.read_text().strip() if file.exists() else None
