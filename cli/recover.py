"""`enrollments recover`: what Temporal or the database has lost is started again, or let go."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.output import Failure, complain, done, say

_TO_BE = {"restart": "start again", "let_go": "end"}


def recover(
    id: Annotated[str | None, typer.Argument(help="The enrollment's id.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that were found, instead of one.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Start again from the recorded steps.")] = False,
    let_go: Annotated[bool, typer.Option("--let-go", help="End it, as lost.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Recovers an enrollment whose run Temporal has lost, or a run that has no enrollment."""
    if restart == let_go:
        raise Failure("Say what is to be done: --restart or --let-go")
    if (id is None) != all_:
        raise Failure("Name one enrollment, or give --all")
    how = "restart" if restart else "let_go"
    if id is not None:
        done(_recover(id, how))
    else:
        _all(how, yes)


def _all(how: str, yes: bool) -> None:
    found, place = _found()
    if not found:
        say(f"Nothing is lost at {place}.")
        return
    lost = sum(one["missing"] == "run" for one in found)
    told = f"{lost} enrollments have no run at {place}; {len(found) - lost} runs have no enrollment."
    if not yes and not typer.confirm(f"{told} Is it the right server, and are all to {_TO_BE[how]}?"):
        raise Failure("Nothing was done")
    failed = 0
    for one in found:
        try:
            done(_recover(one["id"], how))
        except Failure as failure:
            complain(f"{one['id']}: {line}" for line in failure.lines)
            failed += 1
    if failed:
        raise Failure(f"{failed} of {len(found)} were not recovered")


def _found() -> tuple[list[dict[str, Any]], str]:
    """What can be recovered, and the server that was asked."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = _call("GET", "/v1/enrollments/recoverable", query={"cursor": cursor or None})
        found += page["data"]
        cursor = page["next_cursor"]
        if not cursor:
            return found, f"{page['temporal']}, namespace {page['namespace']}"


def _recover(id: str, how: str) -> str:
    """A line that says what became of it."""
    answer = _call("POST", f"/v1/enrollments/{quote(id, safe='')}/recover", body={"how": how})
    if answer["status"] == "ended":
        return f"{id}: ended, {answer['outcome']}"
    since = answer["counts_from"]
    return f"{id}: running" + (f"; what is left to wait counts from {since[:19]}Z" if since else "")


def _call(method: str, path: str, **options: Any) -> Any:
    from cli.client import call  # slow to import

    return call(method, path, **options)
