"""What has to be there before anything starts: the keys, the tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.trouble import database_trouble
from store import migrate
from store.database import Database
from store.keys import SCOPES, Keys, mint_key
from worker import secret_file
from worker.settings import Settings


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
