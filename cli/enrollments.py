"""`enroll` and `enrollments`: what callers of the API do, from a terminal."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from cli.migrate import migrate
from cli.output import Failure, console, done, say, warn
from cli.recover import recover
from cli.standing import print_fields, print_list, print_state, words

Json = Annotated[bool, typer.Option("--json", help="Print the API's answer as it is.")]
Id = Annotated[str, typer.Argument(help="The enrollment's id.")]
Pairs = list[str]
_TIME = "RFC 3339, such as 2026-05-01T10:00:00Z."


def enroll(
    workflow: Annotated[str, typer.Argument(help="Its slug or class name: welcome-series, WelcomeSeries.")],
    email: Annotated[str | None, typer.Option(help="The contact's address.")] = None,
    id: Annotated[str | None, typer.Option(help="The contact's id.")] = None,
    external_id: Annotated[str | None, typer.Option(help="The contact's id in your system.")] = None,
    name: Annotated[str | None, typer.Option(help="The contact's name.")] = None,
    locale: Annotated[str | None, typer.Option(help="Such as en or es-MX.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Madrid.")] = None,
    consent: Annotated[Pairs, typer.Option(help="A topic they agreed to, such as marketing.")] = [],  # noqa: B006  # typer copies it
    source: Annotated[str, typer.Option(help="Where they agreed.")] = "command line",
    proof: Annotated[
        str | None, typer.Option(help="What proves it: a form's id, its version, the record of it.")
    ] = None,
    attribute: Annotated[Pairs, typer.Option(help="name=value; values may be JSON.")] = [],  # noqa: B006  # typer copies it
    param: Annotated[Pairs, typer.Option(help="name=value for the workflow.")] = [],  # noqa: B006  # typer copies it
    entry_key: Annotated[str | None, typer.Option(help="Your own name for this entry.")] = None,
    as_json: Json = False,
) -> None:
    """Enrolls a contact in a workflow; the contact is made or updated first."""
    if proof and not consent:
        raise Failure("--proof says what proves a consent: give --consent TOPIC too")
    grant = {"granted": True, "source": source, **({"proof": proof} if proof else {})}
    given = {
        "email": email,
        "id": id,
        "external_id": external_id,
        "name": name,
        "locale": locale,
        "time_zone": time_zone,
        "attributes": _pairs("--attribute", attribute),
        "consent": dict.fromkeys(consent, grant),
    }
    body: dict[str, Any] = {"contact": {field: value for field, value in given.items() if value}}
    if param:
        body["params"] = _pairs("--param", param)
    if entry_key:
        body["entry_key"] = entry_key
    answer = _call("POST", f"/v1/workflows/{quote(workflow, safe='')}/enrollments", body=body)
    if as_json:
        console.print_json(data=answer)
        return
    kept_out = "" if answer["created"] else f" was not started: {_reason(answer)}"
    done(f"{answer['id']}{kept_out or ' started'}")
    warnings = answer.get("warnings") or []
    for warning in warnings:
        if (
            warning != "no_consent" or "opted_out" not in warnings or "marketing" not in consent
        ):  # the same twice
            warn(_WARNINGS.get(warning, words(warning)))
    print_fields({key: answer.get(key) for key in ("contact_id", "status", "temporal_url")})


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
    """Lists enrollments, newest first."""
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


def show_(id: Id, as_json: Json = False) -> None:
    """Shows where an enrollment stands, what comes next, and what it has done."""
    answer = _call("GET", f"/v1/enrollments/{quote(id, safe='')}")
    if as_json:
        console.print_json(data=answer)
    else:
        print_state(answer)


def pause(id: Id) -> None:
    """Pauses an enrollment where it stands."""
    _steer(id, "pause", {})


def resume(
    id: Id,
    policy: Annotated[
        Literal["catch_up", "restart_wait", "active_time"],
        typer.Option(
            help="What fell due meanwhile is done at once, the wait begins again, or only active time counts."
        ),
    ] = "catch_up",
) -> None:
    """Lets a paused enrollment go on."""
    _steer(id, "resume", {"policy": policy})


def exit_(
    id: Id, reason: Annotated[str, typer.Option(help="A code that is kept: a-z, 0-9, . _ -")] = "operator"
) -> None:
    """Takes a contact out of a workflow."""
    _steer(id, "exit", {"reason": reason})


def _reason(answer: dict[str, Any]) -> str:
    if answer["reason"] == "lost":
        return (
            f"Temporal has lost its run: cadencia enrollments recover {answer['id']} --restart (or --let-go)"
        )
    return words(answer["reason"])


VERBS: dict[str, Callable[..., None]] = {
    "list": list_,
    "show": show_,
    "pause": pause,
    "resume": resume,
    "exit": exit_,
    "recover": recover,
    "migrate": migrate,
}

_WARNINGS = {
    "no_consent": "No consent to marketing mail: it will reach nobody (--consent marketing)",
    "opted_out": "The contact opted out, so --consent changes nothing: it counts only with what proves a new opt-in of "
    "their own (--proof)",
    "no_email": "The contact has no email address: it will reach nobody (--email)",
    "suppressed": "The address is suppressed (it bounced, complained or was erased): it will reach nobody",
}


def _call(method: str, path: str, **options: Any) -> Any:
    from cli.client import call  # slow to import

    return call(method, path, **options)


def _steer(id: str, verb: str, body: dict[str, Any]) -> None:
    answer = _call("POST", f"/v1/enrollments/{quote(id, safe='')}/{verb}", body=body)
    later = ", exiting: it leaves when its run can answer" if answer.get("exiting") else ""
    done(f"{id}: {words(str(answer.get('status', verb)))}{later}")


def _pairs(option: str, pairs: list[str]) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Failure(f"{option} {pair}: write name=value")
        if name in found:
            raise Failure(f"{option} {name} is given twice: give it once")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
