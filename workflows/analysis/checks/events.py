"""Events: who reports them, who waits for them, and whether the path can hear them."""

import ast
import sys
from collections.abc import Iterator

from workflows.analysis.checks.code import open_file
from workflows.analysis.checks.finding import Check, Found, Spot
from workflows.analysis.checks.subject import Installation, Subject
from workflows.analysis.exploration import Taken
from workflows.analysis.explore_sites import is_author
from workflows.analysis.hearing import WHERE
from workflows.kit.events import EventType, declared
from workflows.kit.steps import Wait

BUILT_IN = frozenset({"contact.unsubscribed", "email.opened", "email.clicked", "email.bounced", "task.done"})
"""Events that the product reports by itself; all others come from the API."""

_UNSUBSCRIBED = "contact.unsubscribed"
_OPENED = {"email.opened"}


def _goals(subject: Subject) -> set[str]:
    return {goal.name for goal in subject.declaration.goals}


def _waits(subject: Subject) -> Iterator[tuple[set[str], Taken]]:
    """Waits for events, and the names of all that would satisfy them."""
    for step in subject.steps:
        if isinstance(step.step, Wait) and step.step.patterns:
            yield {name for pattern in step.step.patterns for name in pattern.names}, step


def _undeclared(subject: Subject) -> Iterator[Found]:
    for what, events in (("Goal", subject.declaration.goals), ("`starts_on`", subject.declaration.starts_on)):
        for event in events:
            if declared().get(event.name) != event and event.name not in BUILT_IN:
                yield Found(subject.spot, f"{what} `{event.name}` is declared nowhere")


def _deaf(subject: Subject) -> Iterator[Found]:
    if _goals(subject) and not any(isinstance(step.step, Wait) for step in subject.steps):
        goals = ", ".join(f"`{name}`" for name in sorted(_goals(subject)))
        yield Found(subject.spot, f"The path has no wait in which {goals} could come")


def _own_goal(subject: Subject) -> Iterator[Found]:
    for names, step in _waits(subject):
        if names <= _goals(subject) | {_UNSUBSCRIBED}:
            told = " and ".join(f"`{name}`" for name in sorted(names))
            verb = "ends" if len(names) == 1 else "end"
            yield Found(
                subject.at(step.site), f"The wait for {told} never hears of it: {told} {verb} the run"
            )


def _opened(subject: Subject) -> Iterator[Found]:
    for names, step in _waits(subject):
        if names == _OPENED:
            yield Found(subject.at(step.site), f"The wait for `{step.step.label}` hears of opens alone")
    if _goals(subject) == _OPENED:
        yield Found(subject.spot, "Its only goal is `email.opened`")


def _unreadable(subject: Subject) -> Iterator[Found]:
    for wait in subject.hearing.waits:
        if wait.refused:
            yield Found(wait.spot, f"{wait.refused[0].upper()}{wait.refused[1:]}")


def _unused(installation: Installation) -> Iterator[Found]:
    used = set(BUILT_IN)
    for subject in installation.subjects:
        used |= _goals(subject) | {event.name for event in subject.declaration.starts_on}
        used |= subject.hearing.events
    for name, event in declared().items():
        spot = _declaration(event) if name not in used else None
        if spot:
            yield Found(spot, f"No workflow starts on `{name}`, waits for it or has it as a goal")


def _declaration(event: EventType) -> Spot | None:
    """The line in which an author's module declares an event."""
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and is_author(path) and any(one is event for one in vars(module).values()):
            for node in ast.walk(open_file(path).tree):
                match node:
                    case ast.Call(
                        func=ast.Name() | ast.Attribute(), args=[ast.Constant(value=event.name), *_]
                    ):
                        return Spot(path, node.lineno)
    return None


EVENT_UNDECLARED = Check(
    id="event-undeclared",
    severity="error",
    meaning="A goal, or what a workflow starts on, is an event that nobody declared.",
    why="Nobody reports such an event, so the workflow never starts by it or never reaches its goal.",
    remedy='Declare it: `OrderCompleted = event("order.completed", amount=Decimal)`, in workflows/events.py.',
    look=_undeclared,
)
GOAL_UNREACHABLE = Check(
    id="goal-unreachable",
    severity="error",
    meaning="The path has goals, and no wait in which one could come.",
    why="Goals end a run in its waits. Without any the run is over at once, and no conversion is ever counted.",
    remedy="Give people time: end the path with a `sleep` or a `wait_for` as long as the objective's `within`.",
    look=_deaf,
    needs="walks",
)
WAITS_FOR_ITS_GOAL = Check(
    id="waits-for-its-goal",
    severity="error",
    meaning="The path waits for an event that ends it: its goal, or `contact.unsubscribed`.",
    why="The end comes first, so the wait never answers with the event, and what stands behind it is never done.",
    remedy="Do what follows the goal in an `@on_end` method, or take the event out of `goals`.",
    look=_own_goal,
    needs="steps",
)
OPENS_ALONE = Check(
    id="opens-alone",
    severity="warning",
    meaning="The path turns on `email.opened` alone.",
    why="Mail programs that guard privacy open every mail by themselves, others none: it says little of people.",
    remedy="Wait for `mail.seen` (opened, clicked, or on the site) or for `mail.clicked`.",
    look=_opened,
    needs="steps",
)
CONDITION_UNREADABLE = Check(
    id="condition-unreadable",
    severity="error",
    meaning="The condition of a wait hangs on what only a run knows.",
    why="Conditions are decided before a run is told of an event, so workers and API do not start with it.",
    remedy=f"Write {WHERE}.",
    look=_unreadable,
)
EVENT_UNUSED = Check(
    id="event-unused",
    severity="hint",
    meaning="No workflow speaks of a declared event.",
    why="Reporting it changes nothing in any workflow; perhaps a goal or a wait was forgotten.",
    remedy="Use it, or keep it for rules and reports.",
    look=_unused,
)
CHECKS = (EVENT_UNDECLARED, CONDITION_UNREADABLE, GOAL_UNREACHABLE, WAITS_FOR_ITS_GOAL, OPENS_ALONE)
OVERALL = (EVENT_UNUSED,)
