"""What holds enrollments up, in words: what is wrong, what to do, and the command that helps."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from api.problems.outages import DOCTOR, WORKER
from api.problems.schemas import Cause, Name
from store.problems import NAMED, Group
from store.statuses import NO_ANSWER
from store.tables import Finding
from store.task_failures import WORKFLOW_TASK

_MAIL = {"provider_unavailable", NO_ANSWER, "being_sent", "overtaken"}
_LONGEST = 500  # characters of an error's text


def failing(group: Group) -> Cause:
    activity, code = group.about
    why = f"({code}): {_short(group.text)}"
    show = f"cadencia enrollments show {group.ids[0]}"
    if activity == WORKFLOW_TASK:
        remedy = "mend the workflow's code and start the worker again, or take them out: `cadencia enrollments exit ID`"
        return _of("failing_tasks", group, f"workflow tasks fail {why}", remedy, show, about=code)
    if code.startswith("template"):
        remedy = "mend the template; within 5 minutes it is tried again"
        return _of("template_broken", group, f"a template cannot be rendered {why}", remedy, DOCTOR)
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
    remedy = "see the server's log, and say that they went out, or --failed; they are not sent again"
    return _of("messages_unknown", group, text, remedy, "cadencia messages resolve --all --sent")


def not_delivered(group: Group) -> Cause:
    text = f"{group.about[0]} were not told to the runs that wait for them"
    told = replace(group, ids=[])  # these are no enrollments
    return _of("not_delivered", told, text, "a worker tells them; see that one runs", WORKER)


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
        enrollments=[str(id) for id in details.get("ids", [])[:NAMED]],
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
        enrollments=group.ids,
        text=text,
        remedy=remedy,
        command=command,
    )


def _joined(about: Sequence[str]) -> str | None:
    return " ".join(about) or None


def _short(text: str | None) -> str:
    return " ".join((text or "no text").split())[:_LONGEST]
