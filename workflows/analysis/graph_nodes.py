"""What a node tells of the steps that were met at its place."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from activities.calls import AddScore, ChaseTask, CreateTask, Notify
from workflows.analysis.exploration import Taken
from workflows.analysis.graph import Kind, Node
from workflows.kit.steps import Step, Wait

_PEOPLE = {"ask", "create_task"}
_WAITS = {"sleep", "sleep_until", "wait_for"}
_DECISIONS = {"split", "control_group", "compare"}
_DAYS = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def node_of(id: str, first: Taken) -> Node:
    """The node of a call, before anything is told of its steps."""
    places = first.site.places
    group = tuple(f"{place.function}:{place.line}" for place in places[:-1])
    if len(places) > 1:
        group = (*group[1:], f"{places[-1].function}:{places[-2].line}")
    return Node(
        id,
        _kind(first),
        first.asked if first.site.section != "undo" else "undo",
        place=str(places[-1]) if places else "",
        group=(*((first.site.branch.rstrip("/"),) if first.site.branch else ()), *group),
        section=first.site.section,
    )


def _kind(first: Taken) -> Kind:
    if first.asked in _PEOPLE:
        return "person"
    if first.asked in _WAITS:
        return "wait"
    if first.asked == "matches":
        return "question"
    return "decision" if first.asked in _DECISIONS else "effect"


def met(node: Node, steps: list[Taken]) -> Node:
    """The node with what one call of it tells added."""
    waits = [step.step for step in steps if isinstance(step.step, Wait)]
    patterns = [pattern for wait in waits for pattern in wait.patterns if not pattern.void]
    lasts = sum(step.lasts.total_seconds() for step in steps if step.lasts is not None)
    return replace(
        node,
        labels=_merged(node.labels, (steps[0].step.label,)),
        keys=_merged(node.keys, (step.key for step in steps if step.key)),
        details=_merged(node.details, (detail for step in steps for detail in _details(step.step))),
        durations=tuple(sorted({*node.durations, *([lasts] if lasts else [])})),
        events=_merged(node.events, (name for pattern in patterns for name in pattern.names)),
        conditions=_merged(node.conditions, (str(one.where) for one in patterns if one.where is not None)),
        who=_who(node, steps),
    )


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
        yield _moment(step.terms)


def _moment(terms: Any) -> str:
    on = terms["on"]
    days = ", ".join(_DAYS[day] for day in on) if isinstance(on, list) else f"on {on}"
    if on == [1, 2, 3, 4, 5]:
        days = "Mon–Fri"
    return " ".join(part for part in (f"until {terms['time']}", days, terms["zone"] or "") if part)


def _merged(known: tuple[str, ...], new: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *new]))
