"""Each cause in words: what is wrong, what to do, and the command that helps."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, get_args

from api.problems.schemas import Cause, Name
from store.problems import Group
from store.statuses import WORKFLOW_TASK
from store.tables import Finding

DOCTOR = "cadencia doctor"
WORKER = "cadencia worker"

_MAIL = {"provider_unavailable", "provider_did_not_answer", "being_sent", "overtaken"}
_LONGEST = 500  # characters of an error's text


ORDER: tuple[Name, ...] = get_args(Name)
"""What keeps all from working comes first."""


def database_away() -> Cause:
    return Cause(
        cause="database_away",
        text="the database does not answer; what it knows was not looked at",
        remedy="see CADENCIA_DATABASE_URL and that it runs; everything goes on by itself when it answers",
        command=DOCTOR,
    )


def database_full() -> Cause:
    return Cause(
        cause="database_full",
        text="the database cannot be written: its disk is full; nobody can be enrolled, and runs wait",
        remedy="make room on the disk of the database; everything goes on by itself then",
        command=DOCTOR,
    )


def temporal_away(why: str) -> Cause:
    return Cause(
        cause="temporal_away",
        text=f"{why}; whether workers run was not looked at",
        remedy="see TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE and that it runs; everything goes on when it answers",
        command=DOCTOR,
    )


def search_attributes_missing(names: Sequence[str], command: str) -> Cause:
    return Cause(
        cause="search_attributes_missing",
        count=len(names),
        ids=list(names),
        text=f"Temporal refuses to start runs: it does not know the search attributes {', '.join(names)}",
        remedy="register them",
        command=command,
    )


def worker_gone(queue: str, since: datetime | None) -> Cause:
    return Cause(
        cause="worker_gone",
        about=queue,
        since=since,
        text=f"no worker asks the task queue {queue} for work",
        remedy="start a worker",
        command=WORKER,
    )


def upkeep_late(since: datetime | None) -> Cause:
    return Cause(
        cause="upkeep_late",
        since=since,
        text="upkeep did not finish a pass for minutes: what a crash left behind is not completed",
        remedy="a worker does it; see that one runs, and its log",
        command=WORKER,
    )


def failing(group: Group) -> Cause:
    activity, code = group.about
    why = f"({code}): {_short(group.text)}"
    show = f"cadencia enrollments show {group.ids[0]}"
    if activity == WORKFLOW_TASK:
        remedy = "mend the workflow's code and start the worker again, or take them out: `cadencia enrollments exit ID`"
        return _of("failing_tasks", group, f"workflow tasks fail {why}", remedy, show, about=code)
    if code.startswith("template"):
        remedy = "mend the template; within 5 minutes it is tried again"
        command = "cadencia workflows check"
        return _of("template_broken", group, f"a template cannot be rendered {why}", remedy, command)
    if code in _MAIL:
        remedy = "see CADENCIA_EMAIL_URL; mail goes out by itself when the server takes it again"
        return _of("mail_not_going_out", group, f"{activity}: mail does not go out {why}", remedy, DOCTOR)
    remedy = "mend what the text names; the step is tried again every 5 minutes"
    return _of("step_failing", group, f"{activity} fails {why}", remedy, show)


def parked(group: Group) -> Cause:
    workflow, fault = group.about
    text = f"{workflow} is parked: {fault}" + (f": {_short(group.text)}" if group.text else "")
    remedy = "mend the workflow's code, start the worker again, and let them go on"
    command = f"cadencia enrollments migrate --workflow {workflow} --parked"
    return _of("parked", group, text, remedy, command)


def lost(group: Group) -> Cause:
    text = "Temporal does not know the runs of these enrollments any more"
    remedy = "start them again from their recorded steps, or let them go with --let-go"
    return _of("lost", group, text, remedy, "cadencia enrollments recover --all --restart")


def unknown(group: Group) -> Cause:
    text = "nobody knows whether these mails went out: their server took them and did not answer"
    remedy = "ask the server's log; they are not sent again, and are listed here for a day"
    command = f"cadencia enrollments show {group.ids[0]}"
    return _of("messages_unknown", group, text, remedy, command)


def not_delivered(group: Group) -> Cause:
    text = f"{group.about[0]} were not told to the runs that wait for them"
    return _of("not_delivered", group, text, "a worker tells them; see that one runs", WORKER)


def not_started(group: Group) -> Cause:
    text = "these enrollments were written, and their runs were not started"
    return _of("not_started", group, text, "a worker starts them; see that one runs", WORKER)


def found(finding: Finding) -> Cause:
    """What upkeep found wrong with the whole."""
    say = _FINDINGS.get(finding.name, _other)
    return say(finding, finding.details)


def _stores_part(finding: Finding, details: dict[str, Any]) -> Cause:
    return Cause(
        cause="stores_part",
        count=int(details.get("missing", 1)),
        since=finding.since,
        text=f"the database has {details.get('rows')} running enrollments, Temporal at {details.get('temporal')} "
        f"(namespace {details.get('namespace')}) {details.get('runs')} runs",
        remedy="see that TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are right; if an older store was restored, "
        "start the missing again from their recorded steps, or let them go with --let-go",
        command="cadencia enrollments recover --all --restart",
    )


def _runs_without_row(finding: Finding, details: dict[str, Any]) -> Cause:
    return Cause(
        cause="runs_without_row",
        count=int(details.get("count", 1)),
        since=finding.since,
        ids=[str(id) for id in details.get("ids", [])[:20]],
        text="Temporal has runs of enrollments that the database does not know",
        remedy="write their rows anew and let them go on, or end them with --let-go",
        command="cadencia enrollments recover --all --restart",
    )


def _other(finding: Finding, details: dict[str, Any]) -> Cause:
    return Cause(
        cause="other",
        about=finding.name,
        since=finding.since,
        text=f"{finding.name.replace('_', ' ')}: {details}",
        remedy="see what doctor finds",
        command=DOCTOR,
    )


_FINDINGS: dict[str, Callable[[Finding, dict[str, Any]], Cause]] = {
    "stores_part": _stores_part,
    "runs_without_row": _runs_without_row,
}


def _of(cause: Name, group: Group, text: str, remedy: str, command: str, about: str | None = None) -> Cause:
    return Cause(
        cause=cause,
        about=about or _joined(group.about),
        count=group.count,
        since=group.since,
        ids=group.ids,
        text=text,
        remedy=remedy,
        command=command,
    )


def _joined(about: Sequence[str]) -> str | None:
    return " ".join(about) or None


def _short(text: str | None) -> str:
    return " ".join((text or "no text").split())[:_LONGEST]
