"""`enroll` and `enrollments`: what callers of the API do, from a terminal."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer
from rich.markup import escape

from cli.output import Failure, console, done, say, show, table, warn
from cli.recover import recover

Json = Annotated[bool, typer.Option("--json", help="Print the API's answer as it is.")]
Id = Annotated[str, typer.Argument(help="The enrollment's id.")]
Pairs = list[str]


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
    attribute: Annotated[Pairs, typer.Option(help="name=value; values may be JSON.")] = [],  # noqa: B006  # typer copies it
    param: Annotated[Pairs, typer.Option(help="name=value for the workflow.")] = [],  # noqa: B006  # typer copies it
    entry_key: Annotated[str | None, typer.Option(help="Your own name for this entry.")] = None,
    as_json: Json = False,
) -> None:
    """Enrolls a contact in a workflow; the contact is made or updated first."""
    given = {
        "email": email,
        "id": id,
        "external_id": external_id,
        "name": name,
        "locale": locale,
        "time_zone": time_zone,
        "attributes": _pairs("--attribute", attribute),
        "consent": {topic: {"granted": True, "source": source} for topic in consent},
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
    for warning in answer.get("warnings") or []:
        warn(_WARNINGS.get(warning, _words(warning)))
    _print_fields({key: answer.get(key) for key in ("contact_id", "status", "temporal_url")})


def list_(
    contact_id: Annotated[str | None, typer.Option(help="Of this contact.")] = None,
    contact_external_id: Annotated[str | None, typer.Option(help="Of this contact of yours.")] = None,
    workflow: Annotated[str | None, typer.Option(help="In this workflow.")] = None,
    status: Annotated[str | None, typer.Option(help="pending, running or ended.")] = None,
    step: Annotated[str | None, typer.Option(help="Whose last recorded step is this.")] = None,
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
        "limit": limit,
        "cursor": cursor,
    }
    answer = _call("GET", "/v1/enrollments", query=query)
    if as_json:
        console.print_json(data=answer)
        return
    rows = table("Enrollment", "Status", "Step", "Since")
    for one in answer["data"]:
        ended = one.get("outcome") and f"{one['status']}: {one['outcome']}"
        rows.add_row(one["id"], ended or one["status"], one.get("step") or "", _time(one.get("step_at")))
    if answer["data"]:
        show(rows)
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
        _print_state(answer)


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
    return _words(answer["reason"])


VERBS: dict[str, Callable[..., None]] = {
    "list": list_,
    "show": show_,
    "pause": pause,
    "resume": resume,
    "exit": exit_,
    "recover": recover,
}

_FIELDS = (
    *("id", "workflow", "contact_id", "status", "outcome", "reason", "parked", "paused_at"),
    *("started_at", "ended_at", "params", "release", "live", "temporal_url"),
)
_LISTS = {
    "next": ("key", "since", "due"),
    "trail": ("key", "at", "result", "failed"),
    "messages": ("template", "status", "error", "sent_at", "opened_at", "clicked_at", "id"),
}
_HEADS = {"key": "step"}

_WARNINGS = {
    "no_consent": "No consent to marketing mail: it will reach nobody (--consent marketing)",
    "no_email": "The contact has no email address: it will reach nobody (--email)",
    "suppressed": "The address is suppressed (it bounced, complained or was erased): it will reach nobody",
}


def _call(method: str, path: str, **options: Any) -> Any:
    from cli.client import call  # slow to import

    return call(method, path, **options)


def _steer(id: str, verb: str, body: dict[str, Any]) -> None:
    answer = _call("POST", f"/v1/enrollments/{quote(id, safe='')}/{verb}", body=body)
    done(f"{id}: {_words(str(answer.get('status', verb)))}")


def _print_state(answer: dict[str, Any]) -> None:
    _print_fields({name: answer[name] for name in _FIELDS if answer.get(name) not in (None, {})})
    for name, columns in _LISTS.items():
        entries = answer.get(name) or []
        filled = [column for column in columns if any(entry.get(column) is not None for entry in entries)]
        if filled:
            console.print(f"\n[bold]{_words(name).capitalize()}[/]")
            rows = table(*(_HEADS.get(column, _words(column).removesuffix(" at")) for column in filled))
            for entry in entries:
                rows.add_row(*(_shown(column, entry.get(column)) for column in filled))
            show(rows)


def _print_fields(fields: dict[str, Any]) -> None:
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        console.print(f"  [dim]{_words(name):<{width}}[/]  {escape(_shown(name, value))}", soft_wrap=True)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "at" or name.endswith("_at") or name in {"since", "due"}:
        return _time(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={_shown(key, one)}" for key, one in value.items() if one is not None)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(text: str | None) -> str:
    return text[:19].replace("T", " ") + "Z" if text else ""


def _words(code: str) -> str:
    return code.replace("_", " ")


def _pairs(option: str, pairs: list[str]) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Failure(f"{option} {pair}: write name=value")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
