"""`problems`: what is wrong now, by cause, with the command that helps."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli.output import Failure, console, done

if TYPE_CHECKING:
    from api.problems.schemas import Cause
    from worker.settings import Settings

_NAMED = 3  # enrollments printed with a cause


def problems(
    as_json: Annotated[bool, typer.Option("--json", help="Print the causes as they are.")] = False,
) -> None:
    """Says what is wrong now, by cause, with the command that helps; exit code 1 when something is."""
    causes = _asked()
    if as_json:
        console.print_json(data={"data": causes})
    elif not causes:
        done("Nothing is wrong.")
    for cause in [] if as_json else causes:
        _print(cause)
    if causes:
        raise typer.Exit(1)


def _asked() -> list[dict[str, Any]]:
    """What the API answers; where it is away, what can be seen from here."""
    from cli.client import Unreachable, call

    try:
        causes: list[dict[str, Any]] = call("GET", "/v1/problems")["data"]
    except Unreachable as away:
        from worker import settings

        found = asyncio.run(_seen_from_here(settings.load(), str(away)))
        return [cause.model_dump(mode="json") for cause in found]
    return causes


async def _seen_from_here(settings: "Settings", why: str) -> "list[Cause]":
    from api.problems import outages
    from api.problems.looking import look, of_temporal
    from cli.stored import opened
    from worker.connection import connect

    client = await connect(settings, lazy=True)
    try:
        async with opened(settings) as database:
            found = await look(database, client)
    except Failure as failure:
        found = [outages.database_away(str(failure)), *await of_temporal(client)]
    return [outages.api_away(why), *found]


def _print(cause: dict[str, Any]) -> None:
    count, since = cause["count"], cause["since"]
    concerned = f" · {count:,}" if cause["enrollments"] or count > 1 else ""
    told = f" · since {since[:19].replace('T', ' ')}Z" if since else ""
    name = cause["cause"].replace("_", " ")
    console.print(f"[bold red]✗[/] [bold]{name}[/][dim]{concerned}{told}[/]", soft_wrap=True)
    console.print(f"  {escape(cause['text'])}", soft_wrap=True)
    console.print(f"  [dim]{escape(cause['remedy'])}:[/] [cyan]{escape(cause['command'])}[/]", soft_wrap=True)
    if cause["enrollments"]:
        more = " …" if count > _NAMED else ""
        console.print(f"  [dim]{escape(', '.join(cause['enrollments'][:_NAMED]))}{more}[/]", soft_wrap=True)
