"""Enrollments as a list that people read: who, where in plain words, until when."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rich.markup import escape

from cli.output import console, shortened, show, table, words
from cli.when import relative
from workflows.analysis.words import step_in_words

_COLOURS = {
    "running": "green",
    "pending": "yellow",
    "paused": "yellow",
    "parked": "red",
    "failing": "red",
    "lost": "red",
    "ended": "dim",
}
_WIDE = 150  # columns of a terminal that has room for ids
_GOING = ("running", "paused")


def print_list(rows: Sequence[dict[str, Any]], *, with_contact: bool = True) -> None:
    """Those that go on are asked where they are; what does not answer in time is told as last recorded."""
    live = _asked([row["id"] for row in rows if row["status"] in _GOING])
    entries = [_entry(row, live.get(row["id"])) for row in rows]
    columns = ["Who", "Workflow", "Where", "When", "Status", "Enrollment"]
    if not with_contact:
        columns.remove("Who")
    if console.is_terminal and console.width < _WIDE:
        columns.remove("Enrollment")
    if with_contact and console.is_terminal and console.width < _WIDE:
        columns.remove("Workflow")
        for entry in entries:
            entry["Who"] += f"\n[dim]{entry['Workflow']}[/]"
    made = table(*columns)
    for column in made.columns:
        column.no_wrap = column.header not in ("Who", "Where")
    for entry in entries:
        made.add_row(*(entry[column] for column in columns))
    show(made)


def _entry(row: Mapping[str, Any], live: Mapping[str, Any] | None) -> dict[str, str]:
    """The cells of a row, by column."""
    where, when = place(row, live)
    return {
        "Who": escape(who(row)),
        "Workflow": escape(row.get("workflow") or ""),
        "Where": escape(where),
        "When": when,
        "Status": _status(row),
        "Enrollment": row["id"],
    }


def _asked(ids: Sequence[str]) -> Mapping[str, Any]:
    from cli.client import ask_all  # slow to import

    paths = {f"/v1/enrollments/{quote(id, safe='')}": id for id in ids}
    return {paths[path]: answer for path, answer in ask_all(list(paths)).items()}


def who(row: Mapping[str, Any]) -> str:
    """The address; without one, what else the contact is known by."""
    contact = row.get("contact") or {}
    known = (contact.get(name) for name in ("email", "name", "external_id"))
    return next((one for one in known if one), row.get("contact_id") or "")


def place(row: Mapping[str, Any], live: Mapping[str, Any] | None = None) -> tuple[str, str]:
    """Where it stands, and when that ends or began. `live` is the run's own word, where there is one."""
    problem = row.get("problem") or {}
    if row["status"] == "ended":
        reason = f" ({words(row['reason'])})" if row.get("reason") else ""
        return f"{row['outcome']}{reason}", relative(row.get("ended_at"))
    if problem:
        at = f"{step_in_words(problem['step'])}: " if problem.get("step") else ""
        why = " ".join((problem.get("text") or words(problem["code"])).split())
        return at + shortened(why), relative(problem.get("since") or row.get("status_since"))
    if live and live["live"] and live["next"]:
        return _standing(live)
    if row["status"] == "pending" or not row.get("step"):
        return "not started yet" if row["status"] == "pending" else "", ""
    return f"last did: {step_in_words(row['step'])}", relative(row.get("step_at"))


def _standing(live: Mapping[str, Any]) -> tuple[str, str]:
    steps = [step_in_words(step["key"]) for step in live["next"]]
    return "; ".join(steps), relative(live["due"])


def _status(row: Mapping[str, Any]) -> str:
    """In colour."""
    told = "exiting" if row.get("exiting") else row["status"]
    return f"[{_COLOURS.get(row['status'], 'default')}]{escape(told)}[/]"
