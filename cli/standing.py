"""Enrollments as the terminal shows them."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from cli.output import console, print_fields, show, shown, table, time, words

_FIELDS = (
    *("id", "workflow", "contact_id", "status", "status_since", "outcome", "reason", "exiting"),
    *("not_undone", "started_at", "ended_at", "params", "release", "live", "temporal_url"),
)
_LISTS = {
    "next": ("key", "since", "due"),
    "trail": ("key", "at", "result", "failed"),
    "messages": ("template", "status", "error", "sent_at", "opened_at", "clicked_at", "id"),
}
_HEADS = {"key": "step"}

_COLOURS = {
    "running": "green",
    "pending": "yellow",
    "paused": "yellow",
    "parked": "red",
    "failing": "red",
    "lost": "red",
    "ended": "dim",
}


def print_list(enrollments: Sequence[dict[str, Any]]) -> None:
    rows = table("Enrollment", "Status", "Since", "Step", "Reason")
    for one in enrollments:
        rows.add_row(one["id"], _status(one), time(one.get("status_since")), one.get("step") or "", _why(one))
    show(rows)


def _status(one: dict[str, Any]) -> str:
    """In colour, with the outcome, and that it is about to leave."""
    told = f"{one['status']}: {one['outcome']}" if one.get("outcome") else one["status"]
    leaving = " (exiting)" if one.get("exiting") else ""
    return f"[{_COLOURS.get(one['status'], 'default')}]{escape(told)}[/]{leaving}"


def _why(one: dict[str, Any]) -> str:
    """The reason in one line; the text of an error is cut short."""
    text = " ".join(((one.get("problem") or {}).get("text") or "").split())
    reason = one.get("reason") or ""
    return escape(f"{reason}: {_short(text)}" if text else reason)


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


def print_state(answer: dict[str, Any]) -> None:
    print_fields({name: answer[name] for name in _FIELDS if answer.get(name) not in (None, {}, False)})
    if problem := answer.get("problem"):
        console.print("\n[bold red]Stands still[/]")
        print_fields({name: value for name, value in problem.items() if value is not None})
    for name, columns in _LISTS.items():
        entries = answer.get(name) or []
        filled = [column for column in columns if any(entry.get(column) is not None for entry in entries)]
        if filled:
            console.print(f"\n[bold]{words(name).capitalize()}[/]")
            rows = table(*(_HEADS.get(column, words(column).removesuffix(" at")) for column in filled))
            for entry in entries:
                rows.add_row(*(shown(column, entry.get(column)) for column in filled))
            show(rows)
