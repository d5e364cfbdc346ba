"""`keys`: API keys, made and revoked by whoever can reach the database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli.output import Failure, done, say, show, table

if TYPE_CHECKING:
    from store.keys import Keys

Result = TypeVar("Result")


def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="enroll, events, read, operate, admin.")],
    days: Annotated[int | None, typer.Option(min=1, help="Days after which it expires.")] = None,
) -> None:
    """Makes a key and shows it, this once."""
    from store import clock
    from store.keys import SCOPES, mint_key

    if wrong := set(scope) - set(SCOPES):
        raise Failure(f"--scope {', '.join(sorted(wrong))}: give one or several of {', '.join(SCOPES)}")
    secret, row = mint_key(name, scope, clock.now() + timedelta(days=days) if days else None)
    _with_keys(lambda keys: keys.insert(row))
    done(f"{row.id} ({name}), scopes {', '.join(scope)}. Keep the key, it is not shown again:")
    say(secret)


def list_() -> None:
    """Lists the keys; the keys themselves are not kept."""
    rows = table("Id", "Name", "Begins", "Scopes", "Last used", "State")
    found = _with_keys(lambda keys: keys.list())
    for key in found:
        state = (
            "revoked" if key.revoked_at else f"until {_day(key.expires_at)}" if key.expires_at else "valid"
        )
        rows.add_row(
            key.id, key.name, key.prefix, " ".join(key.scopes), _day(key.last_used_at) or "never", state
        )
    if found:
        show(rows)
    else:
        say("No keys yet: `cadencia keys create NAME --scope enroll` makes one.")


def revoke(id: Annotated[str, typer.Argument(help="The key's id, from `keys list`.")]) -> None:
    """Revokes a key: from now on it is refused."""
    if not _with_keys(lambda keys: keys.revoke(id)):
        raise Failure(f"No key {id}: `cadencia keys list` shows them")
    done(f"{id} is revoked")


VERBS: dict[str, Callable[..., None]] = {"create": create, "list": list_, "revoke": revoke}


def _with_keys(work: "Callable[[Keys], Awaitable[Result]]") -> Result:
    from cli.stored import opened
    from store.keys import Keys
    from worker import settings

    async def run() -> Result:
        async with opened(settings.load()) as database, database.begin() as session:
            return await work(Keys(session))

    return asyncio.run(run())


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
