"""One enrollment as the terminal shows it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from cli.listing import place, who
from cli.output import console, print_fields, show, shown, table, time, warn, words
from cli.when import moment, relative
from workflows.analysis.words import happened, step_in_words

_FIELDS = (
    *("id", "contact_id", "outcome", "reason", "exiting", "not_undone"),
    *("started_at", "ended_at", "params", "release", "temporal_url"),
)
_MESSAGES = ("template", "status", "error", "sent_at", "opened_at", "clicked_at")


def print_state(answer: dict[str, Any]) -> None:
    console.print(
        f"[bold]{escape(_named(answer))}[/] in [bold]{escape(answer['workflow'])}[/]", soft_wrap=True
    )
    facts = {name: answer[name] for name in _FIELDS if answer.get(name) not in (None, {}, False)}
    print_fields(dict(_standing(answer)) | facts)
    if answer["status"] != "ended" and not answer["live"]:
        warn("The run does not answer now: this is what the database knows.")
    if problem := answer.get("problem"):
        console.print("\n[bold red]Stands still[/]")
        print_fields({name: value for name, value in problem.items() if value is not None})
    _print_ways(answer)
    _print_trail(answer["trail"])
    _print_messages(answer["messages"])


def _named(answer: Mapping[str, Any]) -> str:
    name, address = (answer.get("contact") or {}).get("name"), who(answer)
    return f"{name} <{address}>" if name and name != address else address


def _standing(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    since = f" since {time(answer['status_since'])}" if answer.get("status_since") else ""
    yield "status", f"{answer['status']}{since}"
    where, when = place(answer, answer)
    if where and answer["status"] != "ended":
        yield "where", where
    if answer.get("due"):
        yield "until", f"{moment(answer['due'])} ({when})"
    if answer.get("contact"):
        yield "score", str(answer["contact"]["score"])
    arms = [arm for entry in answer["trail"] if (arm := _arm(entry))]
    if arms:
        yield "arm", ", ".join(arms)


def _arm(entry: Mapping[str, Any]) -> str | None:
    """Where a split or a control group has put the contact: `guide (incentive)`."""
    found = re.search(r"(?:^|/)(split|control_group):(.*)#", entry["key"])
    if found is None:
        return None
    kind, name = found.groups()
    arm = _result(entry) if kind == "split" else f"{'' if entry['result'] else 'not '}in the control group"
    return f"{arm} ({name})"


def _print_ways(answer: Mapping[str, Any]) -> None:
    if answer["status"] not in ("running", "paused") or not answer["next"]:
        return
    from cli.ways import ways  # walks the workflow's path

    if found := ways(answer):
        console.print("\n[bold]From here[/]")
        rows = Table.grid(padding=(0, 1))
        for way in found:
            rows.add_row(" •", escape(way))
        show(rows)


def _print_trail(trail: Sequence[Mapping[str, Any]]) -> None:
    if not trail:
        return
    console.print("\n[bold]Done so far[/]")
    rows = table("When", "Step", "Result")
    for entry in trail:
        rows.add_row(time(entry["at"]), escape(step_in_words(entry["key"])), escape(_result(entry)))
    show(rows)


def _result(entry: Mapping[str, Any]) -> str:
    """How a step ended, in words."""
    if entry["failed"]:
        return f"failed: {words(entry['failed'])}"
    match entry["result"]:
        case None:
            return "nothing came" if "wait_for:" in entry["key"] else ""
        case bool(answer):
            return "yes" if answer else "no"
        case {"skipped": str(reason)}:
            return f"not done: {words(reason)}"
        case {"message_id": str()}:
            return "sent"
        case {"choice": str(choice)}:
            return choice
        case {"name": str(name)}:
            return happened(name)
        case {"reason": str(reason)}:
            return words(reason)
        case str(text):
            return text
    return ""


def _print_messages(messages: Sequence[Mapping[str, Any]]) -> None:
    if not messages:
        return
    console.print("\n[bold]Messages[/]")
    filled = [name for name in _MESSAGES if any(message.get(name) is not None for message in messages)]
    rows = table(*(words(name).removesuffix(" at").capitalize() for name in filled))
    for message in messages:
        rows.add_row(
            *(
                relative(message[name]) if name.endswith("_at") else escape(shown(name, message[name]))
                for name in filled
            )
        )
    show(rows)
