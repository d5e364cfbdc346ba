"""`enroll`: what callers of the API do, from a terminal."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.output import Failure, Json, console, done, print_fields, warn, words

Pairs = list[str]

_DURATION = re.compile(r"(\d+)([smhdw])")
_ISO = {"s": "PT{}S", "m": "PT{}M", "h": "PT{}H", "d": "P{}D", "w": "P{}W"}
_WARNINGS = {
    "no_consent": "No consent to marketing mail: it will reach nobody (--consent marketing)",
    "opted_out": "The contact opted out, so --consent changes nothing: it counts only with what proves a new opt-in of "
    "their own (--proof)",
    "no_email": "The contact has no email address: it will reach nobody (--email)",
    "suppressed": "The address is suppressed (it bounced, complained or was erased): it will reach nobody",
}


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
    param: Annotated[
        Pairs, typer.Option(help="name=value for the workflow; durations as 30s, 5m, 12h, 2d or 1w.")
    ] = [],  # noqa: B006  # typer copies it
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
        body["params"] = _pairs("--param", param, _duration)
    if entry_key:
        body["entry_key"] = entry_key
    answer = _posted(workflow, body)
    if as_json:
        console.print_json(data=answer)
        return
    kept_out = "" if answer["created"] else f" was not started: {_reason(answer)}"
    done(f"{answer['id']}{kept_out or ' started'}")
    for warning in _told_once(answer.get("warnings") or [], consent):
        warn(_WARNINGS.get(warning, words(warning)))
    print_fields({key: answer.get(key) for key in ("contact_id", "status", "temporal_url")})


def _told_once(warnings: list[str], consent: Pairs) -> list[str]:
    """Without `no_consent` where `opted_out` says why."""
    explained = "opted_out" in warnings and "marketing" in consent
    return [warning for warning in warnings if not (explained and warning == "no_consent")]


def _posted(workflow: str, body: dict[str, Any]) -> Any:
    from cli.client import Refused, call  # slow to import

    try:
        return call("POST", f"/v1/workflows/{quote(workflow, safe='')}/enrollments", body=body)
    except Refused as refused:
        if refused.code == "unknown_workflow" and _is_here(workflow):
            raise Failure(
                f"{workflow} is in your files, and Cadencia was started before it was: "
                "start it again, or run it with `cadencia up --reload`"
            ) from refused
        raise


def _is_here(workflow: str) -> bool:
    """Whether this folder's files have the workflow. Files that cannot be read answer nothing."""
    from worker import catalogue, settings

    try:
        return catalogue.load(settings.load()).find(workflow) is not None
    except Exception:  # whatever an author's file may raise
        return False


def _reason(answer: dict[str, Any]) -> str:
    if answer["reason"] == "lost":
        return (
            f"Temporal has lost its run: cadencia enrollments recover {answer['id']} --restart (or --let-go)"
        )
    return words(answer["reason"])


def _pairs(option: str, pairs: list[str], plain: Callable[[str], str] = str) -> dict[str, Any]:
    """Values as JSON has them; what is no JSON is text, and is read by `plain`."""
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
            found[name] = plain(value)
    return found


def _duration(value: str) -> str:
    """`2d` as the API takes it, in ISO 8601."""
    found = _DURATION.fullmatch(value)
    return _ISO[found[2]].format(found[1]) if found else value
