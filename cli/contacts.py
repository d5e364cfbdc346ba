"""`contacts show`: who somebody is, where they are, and what they got or did not get, and why."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.chosen import contact
from cli.listing import print_list
from cli.output import Json, console, print_fields, say, show, table, time, words
from workflows.analysis.words import happened

_FIELDS = ("id", "external_id", "locale", "time_zone", "stage", "score", "attributes", "created_at")
_SHOWN = 20  # of each kind, newest first


def show_(
    name: Annotated[str, typer.Argument(help="The contact's address, id, or id in your system.")],
    as_json: Json = False,
) -> None:
    """Shows who somebody is, where they are, and what they got or did not get, and why."""
    from cli.client import call  # slow to import

    found = contact(name)
    own = f"/v1/contacts/{found['id']}"
    query = {"limit": _SHOWN}
    enrollments = call("GET", "/v1/enrollments", query={**query, "contact_id": found["id"]})
    decisions = call("GET", f"{own}/decisions", query=query)
    events = call("GET", f"{own}/timeline", query=query)
    if as_json:
        console.print_json(
            data={"contact": found, "enrollments": enrollments, "decisions": decisions, "events": events}
        )
        return
    _print_contact(found)
    _section("Where they are", enrollments, lambda rows: print_list(rows, with_contact=False))
    _section("What they got, or did not get", decisions, _print_decisions)
    messages = {row["message"]["id"]: row["template"] for row in decisions["data"] if row["message"]}
    _section("What they did", events, lambda rows: _print_events(rows, messages))


def _print_contact(found: Mapping[str, Any]) -> None:
    known = [found[name] for name in ("name", "email") if found[name]]
    console.print(f"[bold]{escape(' · '.join(known) or found['id'])}[/]", soft_wrap=True)
    facts = {name: found[name] for name in _FIELDS if found[name] not in (None, {})}
    given = [f"{topic}: {'given' if granted else 'refused'}" for topic, granted in found["consent"].items()]
    print_fields(facts | {"consent": ", ".join(given) or "never asked"})


def _section(title: str, page: Mapping[str, Any], shown: Callable[[Sequence[Any]], None]) -> None:
    console.print(f"\n[bold]{title}[/]")
    if page["data"]:
        shown(page["data"])
    else:
        say("  Nothing yet.")
    if page["next_cursor"]:
        say(f"  Only the newest {_SHOWN} are shown.")


def _print_decisions(decisions: Sequence[Mapping[str, Any]]) -> None:
    rows = table("When", "Message", "What became of it", "Why")
    for decision in decisions:
        rows.add_row(
            time(decision["at"]),
            escape(decision["template"]),
            escape(_fate(decision)),
            words(decision["reason"]),
        )
    show(rows)


def _fate(decision: Mapping[str, Any]) -> str:
    """What the decision led to, by the message's own row."""
    if decision["verdict"] != "send":
        return "not sent"
    message = decision["message"] or {"status": "claimed", "error": None}
    status = {"claimed": "on its way", "sending": "on its way"}.get(message["status"], message["status"])
    return f"{status}: {words(message['error'])}" if message["error"] else status


def _print_events(events: Sequence[Mapping[str, Any]], messages: Mapping[str, str]) -> None:
    rows = table("When", "Event", "About")
    for event in events:
        machine = " (a machine did)" if event["machine"] else ""
        about = messages.get(event["message_id"] or "", "")
        rows.add_row(time(event["occurred_at"]), escape(happened(event["name"]) + machine), escape(about))
    show(rows)


VERBS: dict[str, Callable[..., None]] = {"show": show_}
