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
_PARTS = ("consents", "decisions", "timeline")
_SHOWN = 20  # of each kind, newest first


def show_(
    name: Annotated[str, typer.Argument(help="The contact's address, id, or id in your system.")],
    as_json: Json = False,
) -> None:
    """Shows who somebody is, where they are, and what they got or did not get, and why."""
    from cli.client import call  # slow to import

    id, query = contact(name)["id"], {"limit": _SHOWN}
    found = call("GET", f"/v1/contacts/{id}")
    pages = {part: call("GET", f"/v1/contacts/{id}/{part}", query=query) for part in _PARTS}
    pages["enrollments"] = call("GET", "/v1/enrollments", query={**query, "contact_id": id})
    if as_json:
        console.print_json(data={"contact": found, **pages})
        return
    _print_contact(found)
    _section("What they agreed to", pages["consents"], _print_consents)
    _section("Where they are", pages["enrollments"], lambda rows: print_list(rows, with_contact=False))
    decisions = pages["decisions"]
    _section("What they got, or did not get", decisions, _print_decisions)
    messages = {row["message"]["id"]: row["template"] for row in decisions["data"] if row["message"]}
    _section("What happened", pages["timeline"], lambda rows: _print_events(rows, messages))


def _print_contact(found: Mapping[str, Any]) -> None:
    known = [found[name] for name in ("name", "email") if found[name]]
    console.print(f"[bold]{escape(' · '.join(known) or found['id'])}[/]", soft_wrap=True)
    facts = {name: found[name] for name in _FIELDS if found[name] not in (None, {})}
    given = [f"{'yes' if granted else 'no'} to {topic}" for topic, granted in found["consent"].items()]
    facts["consent"] = ", ".join(given) or "never given, so no marketing mail"
    if found["suppressed"]:
        facts["suppressed"] = f"{words(found['suppressed'])}, so no mail at all"
    print_fields(facts)


def _section(title: str, page: Mapping[str, Any], shown: Callable[[Sequence[Any]], None]) -> None:
    console.print(f"\n[bold]{title}[/]")
    if page["data"]:
        shown(page["data"])
    else:
        say("  Nothing yet.")
    if page["next_cursor"]:
        say(f"  Only the newest {_SHOWN} are shown.")


def _print_consents(consents: Sequence[Mapping[str, Any]]) -> None:
    rows = table("When", "Topic", "Said", "Where", "Brought by", "Counts")
    for row in consents:
        said, counts = "yes" if row["granted"] else "no", words(row["reason"] or "yes")
        brought = row["reported_by"] or "themselves"
        rows.add_row(
            time(row["at"]), *(escape(cell) for cell in (row["topic"], said, row["source"], brought, counts))
        )
    show(rows)


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
