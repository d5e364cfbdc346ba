"""What a node tells of the steps that were met at its place."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from activities.calls import AddScore, ChaseTask, CreateTask, Moment, Notify
from workflows.analysis.exploration import Site, Taken
from workflows.analysis.explore_times import Time
from workflows.analysis.graph import Kind, Node
from workflows.analysis.words import moment
from workflows.kit.steps import Effect, Step, Wait

_PEOPLE = {"ask", "create_task"}
_WAITS = {"sleep", "sleep_until", "wait_for"}
_DECISIONS = {"split", "control_group", "compare"}


def node_of(id: str, first: Taken) -> Node:
    """The node of a call, before anything is told of its steps."""
    places = first.site.places
    return Node(
        id,
        _kind(first),
        first.asked if first.site.section != "undo" else "undo",
        place=str(places[-1]) if places else "",
        group=_group(first.site),
        section=first.site.section,
    )


def _group(site: Site) -> tuple[str, ...]:
    """The branch, and the helper methods by where they are called. What is undone, is so at the end of the run."""
    if site.section == "undo":
        return ()
    calls = tuple(f"{inner.function}:{outer.line}" for outer, inner in pairwise(site.places))
    return (*filter(None, [site.branch.rstrip("/")]), *calls)


def _kind(first: Taken) -> Kind:
    if first.asked in _PEOPLE:
        return "person"
    if first.asked in _WAITS:
        return "wait"
    if first.asked == "matches":
        return "question"
    return "decision" if first.asked in _DECISIONS else "effect"


def met(node: Node, steps: list[Taken], subjects: Mapping[str, str]) -> Node:
    """The node with what one call of it tells added."""
    waits = [step.step for step in steps if isinstance(step.step, Wait)]
    patterns = [pattern for wait in waits for pattern in wait.patterns if not pattern.void]
    lasts = sum(step.lasts.total_seconds() for step in steps if step.lasts is not None)
    labels = _merged(node.labels, (steps[0].step.label,))
    return replace(
        node,
        labels=labels,
        subjects=_subjects(node.method, labels, subjects),
        keys=_merged(node.keys, (step.key for step in steps if step.key)),
        details=_merged(node.details, (detail for step in steps for detail in _details(step.step))),
        durations=tuple(sorted({*node.durations, *([lasts] if lasts else [])})),
        events=_merged(node.events, (name for pattern in patterns for name in pattern.names)),
        conditions=_merged(node.conditions, (str(one.where) for one in patterns if one.where is not None)),
        who=_who(node, steps),
    )


def _subjects(method: str, labels: tuple[str, ...], subjects: Mapping[str, str]) -> tuple[str, ...]:
    """Of its mails. The label of a notice is its role and its template."""
    match method:
        case "send_email":
            return tuple(subjects.get(template, "") for template in labels)
        case "notify":
            return tuple(subjects.get(label.partition("/")[2], "") for label in labels)
    return ()


def is_dated(taken: Taken) -> bool:
    """Whether this is a wait for a date, of which a walk knows nothing."""
    match taken.step:
        case Effect(order=Moment(attribute=str())):
            return True
        case Wait(until=until):
            return until is not None and not isinstance(until, Time)
    return False


def _who(node: Node, steps: list[Taken]) -> str:
    for step in steps:
        match step.step:
            case Step(order=CreateTask(role=role)) | Step(order=Notify(role=role)):  # type: ignore[misc]  # mypy cannot narrow a generic
                return str(role)
            case Wait(patterns=[pattern, *_]) if pattern.names != ("task.done",):
                return "contact"
            case Wait(patterns=[_, *_]):
                return "team"
    return node.who


def _details(step: Step[Any]) -> Iterator[str]:
    order = getattr(step, "order", None)
    match order:
        case AddScore(points=points):
            yield f"{points:+}"
        case CreateTask(answers=answers) if answers:
            yield " / ".join(answers)
        case ChaseTask(escalate_to=str(role)):
            yield f"then {role}"
    if step.method == "split":
        arms: Any = step.terms["arms"]
        yield " · ".join(f"{arm} {weight}" for arm, weight in arms.items())
    elif step.method == "control_group":
        yield f"{step.terms['percent']} %"
    elif step.method == "moment":
        yield f"until {moment(step.terms)}"


def _merged(known: tuple[str, ...], new: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *new]))
