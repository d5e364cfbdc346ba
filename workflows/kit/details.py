"""A run's current details in Temporal UI: where it stands, what comes next, and its trail."""

from datetime import datetime

from activities.calls import Entry
from workflows.contracts import Moved, Next, State

_SHOWN = 20


def describe(state: State) -> str:
    """Markdown. Step keys, times and results only: nothing personal can be in it."""
    lines = [_headline(state), ""]
    lines += [_moved(state.moved), ""] if state.moved else []
    lines += [_standing(step) for step in state.steps if state.status != "ended"]
    if state.trail:
        lines += ["", "### Trail", ""]
        hidden = len(state.trail) - _SHOWN
        lines += [f"- … {hidden} earlier steps"] if hidden > 0 else []
        lines += [_entry(entry) for entry in state.trail[-_SHOWN:]]
    return "\n".join(lines)


def _headline(state: State) -> str:
    if state.parked:
        return f"**Parked**: {state.parked}. Nothing is done until it is moved; `migrate` and `exit` are answered."
    if state.status == "paused" and state.paused_since:
        return f"**Paused** since {_time(state.paused_since)}"
    if state.outcome:
        return f"**{state.outcome.capitalize()}**"
    return "**Running**"


def _moved(before: Moved) -> str:
    return f"Moved from release `{before.release}` because {before.because}: [the run before]({before.path})"


def _standing(step: Next) -> str:
    due = f", due {_time(step.due)}" if step.due else ""
    return f"- at `{step.key}` since {_time(step.since)}{due}"


def _entry(entry: Entry) -> str:
    ended = f"failed: {entry.failed}" if entry.failed else _result(entry)
    return f"- {_time(entry.at)} `{entry.key}`{f' → {ended}' if ended else ''}"


def _result(entry: Entry) -> str:
    if isinstance(entry.result, dict):
        told = (entry.result.get(name) for name in ("skipped", "name", "reason", "message_id"))
        return str(next((value for value in told if value), ""))
    return (
        ""
        if entry.result is None
        else str(entry.result).lower()
        if isinstance(entry.result, bool)
        else str(entry.result)
    )


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
