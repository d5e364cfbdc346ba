"""`db`: the tables, brought up to date."""

import asyncio
from collections.abc import Callable

import typer

from cli.output import console, done, warn


def upgrade() -> None:
    """Makes or migrates the tables; safe to repeat."""
    from cli.trouble import database_trouble
    from cli.up import home
    from store import migrate
    from worker import settings

    found = settings.load()
    home.folder(found)

    async def migrated() -> None:
        async with database_trouble(found):
            await migrate.upgrade(found.database_url)

    asyncio.run(migrated())
    done(f"The database is up to date ({migrate.head()})")


def status() -> None:
    """Says whether the tables are up to date; exit code 1 when they are not."""
    from cli import stored
    from store import migrate
    from worker import settings
    from worker.settings_rules import shown

    found = settings.load()
    console.print(shown(found.database_url), markup=False, soft_wrap=True)
    current = asyncio.run(stored.revision(found))
    if current == migrate.head():
        done(f"Up to date ({current})")
        return
    warn(f"At {current or 'no revision'}, the code is at {migrate.head()}: `cadencia db upgrade` migrates it")
    raise typer.Exit(1)


VERBS: dict[str, Callable[..., None]] = {"upgrade": upgrade, "status": status}
