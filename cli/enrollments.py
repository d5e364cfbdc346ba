"""`enrollments`: see and steer what runs."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from cli.chosen import Latest, Target, enrollment
from cli.listing import print_list
from cli.migrate import migrate
from cli.output import Json, console, done, say, words
from cli.recover import recover
from cli.standing import print_state

_TIME = "RFC 3339, such as 2026-05-01T10:00:00Z."


def list_(
    contact_id: Annotated[str | None, typer.Option(help="Of this contact.")] = None,
    contact_external_id: Annotated[str | None, typer.Option(help="Of this contact of yours.")] = None,
    workflow: Annotated[str | None, typer.Option(help="In this workflow.")] = None,
    status: Annotated[
        str | None, typer.Option(help="pending, running, paused, parked, failing, lost or ended.")
    ] = None,
    step: Annotated[str | None, typer.Option(help="Whose last recorded step is this.")] = None,
    created_after: Annotated[str | None, typer.Option(help=_TIME)] = None,
    updated_after: Annotated[str | None, typer.Option(help=_TIME)] = None,
    ended_after: Annotated[str | None, typer.Option(help=_TIME)] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Where an earlier list went on.")] = None,
    as_json: Json = False,
) -> None:
    """Lists enrollments, newest first; with --updated-after in the order of their changes."""
    query = {
        "contact_id": contact_id,
        "contact_external_id": contact_external_id,
        "workflow": workflow,
        "status": status,
        "step": step,
        "created_after": created_after,
        "updated_after": updated_after,
        "ended_after": ended_after,
        "limit": limit,
        "cursor": cursor,
    }
    answer = _call("GET", "/v1/enrollments", query=query)
    if as_json:
        console.print_json(data=answer)
        return
    if answer["data"]:
        print_list(answer["data"])
    else:
        say("No enrollments.")
    if answer.get("next_cursor"):
        say(f"More: --cursor {answer['next_cursor']}")


def show_(target: Target = None, latest: Latest = False, as_json: Json = False) -> None:
    """Shows where an enrollment stands, what comes next, and what it has done."""
    id = enrollment(target, latest, ended=True)
    answer = _call("GET", f"/v1/enrollments/{quote(id, safe='')}")
    if as_json:
        console.print_json(data=answer)
    else:
        print_state(answer)


def pause(target: Target = None, latest: Latest = False) -> None:
    """Pauses an enrollment where it stands."""
    _steer(enrollment(target, latest), "pause", {})


def resume(
    target: Target = None,
    latest: Latest = False,
    policy: Annotated[
        Literal["catch_up", "restart_wait", "active_time"],
        typer.Option(
            help="What fell due meanwhile is done at once, the wait begins again, or only active time counts."
        ),
    ] = "catch_up",
) -> None:
    """Lets a paused enrollment go on."""
    _steer(enrollment(target, latest), "resume", {"policy": policy})


def exit_(
    target: Target = None,
    latest: Latest = False,
    reason: Annotated[str, typer.Option(help="A code that is kept: a-z, 0-9, . _ -")] = "operator",
) -> None:
    """Takes a contact out of a workflow."""
    _steer(enrollment(target, latest), "exit", {"reason": reason})


VERBS: dict[str, Callable[..., None]] = {
    "list": list_,
    "show": show_,
    "pause": pause,
    "resume": resume,
    "exit": exit_,
    "recover": recover,
    "migrate": migrate,
}


def _call(method: str, path: str, **options: Any) -> Any:
    from cli.client import call  # slow to import

    return call(method, path, **options)


def _steer(id: str, verb: str, body: dict[str, Any]) -> None:
    answer = _call("POST", f"/v1/enrollments/{quote(id, safe='')}/{verb}", body=body)
    later = ", exiting: it leaves when its run can answer" if answer.get("exiting") else ""
    done(f"{id}: {words(str(answer.get('status', verb)))}{later}")
