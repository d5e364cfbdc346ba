"""`enrollments migrate`: runs are asked to continue on the newest code."""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.output import Failure, complain, done, say

_GOING_ON = ("running", "failing", "paused", "parked")


def migrate(
    id: Annotated[str | None, typer.Argument(help="The enrollment's id.")] = None,
    workflow: Annotated[str | None, typer.Option(help="All in this workflow, instead of one.")] = None,
    parked: Annotated[bool, typer.Option("--parked", help="Of those, only the parked.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Asks a run to continue on the newest code: a parked one goes on, where that code fits."""
    if (id is None) == (workflow is None):
        raise Failure("Name one enrollment, or give --workflow")
    if parked and workflow is None:
        raise Failure("--parked goes with --workflow")
    ids = [id] if id else [found for status in _statuses(parked) for found in _inside(str(workflow), status)]
    if not ids:
        say(f"Nobody is {'parked' if parked else 'inside'} in {workflow}.")
        return
    if len(ids) > 1 and not yes and not typer.confirm(f"Are {len(ids)} runs to continue on the newest code?"):
        raise Failure("Nothing was done")
    failed = sum(not _migrated(one) for one in ids)
    if failed:
        raise Failure(f"{failed} of {len(ids)} were not asked")


def _statuses(parked: bool) -> tuple[str, ...]:
    return ("parked",) if parked else _GOING_ON


def _inside(workflow: str, status: str) -> Iterator[str]:
    cursor = None
    while True:
        query = {"workflow": workflow, "status": status, "limit": 500, "cursor": cursor}
        page = _call("GET", "/v1/enrollments", query=query)
        yield from (row["id"] for row in page["data"])
        cursor = page["next_cursor"]
        if not cursor:
            return


def _migrated(id: str) -> bool:
    try:
        answer = _call("POST", f"/v1/enrollments/{quote(id, safe='')}/migrate", body={})
    except Failure as failure:
        complain(f"{id}: {line}" for line in failure.lines)
        return False
    done(f"{id}: asked to continue on the newest code, {answer['status']}")
    return True


def _call(method: str, path: str, **options: Any) -> Any:
    from cli.client import call  # slow to import

    return call(method, path, **options)
