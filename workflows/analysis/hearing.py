"""What a path can hear and begin, from its source: whatever branch a run takes, it is told what its waits look for."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import Any

from activities.calls import EmailResult
from workflows.analysis.calling import calls, starts
from workflows.analysis.checks.code import Code
from workflows.analysis.checks.finding import Spot
from workflows.analysis.checks.reach import reach
from workflows.analysis.explore_sites import shown
from workflows.analysis.where import Unreadable, Where, read_where
from workflows.kit.declaration import declaration_of
from workflows.kit.emails import Email
from workflows.kit.events import EventType, Pattern, declared
from workflows.kit.steps import Misuse
from workflows.kit.tickets import Task
from workflows.kit.waits import SOME_TIME
from workflows.kit.workflow import MarketingWorkflow

WHERE = "comparisons with literals, constants of the module and `self.params.<name>`, joined by `&`"
"""What a condition may be made of."""

_MAIL, _TASK = Email("", EmailResult(message_id="msg"), SOME_TIME), Task("", "task", SOME_TIME, ())
_HANDLES = {
    "seen": _MAIL.seen.names,
    "clicked": _MAIL.clicked.names,
    "bounced": _MAIL.bounced.names,
    "done": _TASK.done.names,
}


@dataclass(frozen=True)
class Wait:
    """A wait in the source. `events` is None where it cannot be read which; `refused` tells why its condition is."""

    spot: Spot
    events: frozenset[str] | None
    where: Where | None = None
    refused: str | None = None

    def asks(self, event: str) -> bool:
        """Whether it takes an event of this name only under its condition."""
        return self.where is not None and self.where.event == event and self.events is not None


@dataclass(frozen=True)
class Hearing:
    """`calls` are the authors' own activities, `starts` the workflows that are started by a name in the source."""

    waits: tuple[Wait, ...]
    calls: frozenset[Callable[..., Any]]
    starts: frozenset[str]

    @cached_property
    def events(self) -> frozenset[str]:
        """All that any wait may look for: every declared event, where that cannot be read."""
        if any(wait.events is None for wait in self.waits):
            return frozenset(declared())
        return frozenset(event for wait in self.waits for event in wait.events or ())

    @cached_property
    def guarded(self) -> frozenset[str]:
        """Events that no wait takes without a condition."""
        return frozenset(
            event
            for event in self.events
            if all(wait.asks(event) for wait in self.waits if wait.events is None or event in wait.events)
        )

    @cached_property
    def wheres(self) -> tuple[Where, ...]:
        return tuple(wait.where for wait in self.waits if wait.where is not None)


def hearing_of(cls: type[MarketingWorkflow]) -> Hearing:
    """Reads the class with its base classes, and the functions of their modules. Raises Misuse for a condition that
    cannot be read."""
    hearing = read(cls)
    for wait in hearing.waits:
        if wait.refused:
            raise Misuse(
                f"{shown(wait.spot.file)}:{wait.spot.line}: {cls.__name__}: {wait.refused}: write {WHERE}"
            )
    return hearing


def read(cls: type[MarketingWorkflow]) -> Hearing:
    """The same; conditions that cannot be read are told by their waits."""
    declaration = declaration_of(cls)
    assert declaration is not None
    codes = reach(cls, declaration.params, *_helpers(cls))
    return Hearing(
        waits=tuple(wait for code in codes for wait in _waits(code)),
        calls=frozenset(call for code in codes for call in calls(code)),
        starts=frozenset(slug for code in codes for slug in starts(code)),
    )


def _helpers(cls: type) -> Iterator[FunctionType]:
    """Functions beside a class or its bases: a path may reach them by a table, where no function names them."""
    for module in {base.__module__ for base in cls.__mro__}:
        for value in vars(sys.modules[module]).values():
            if isinstance(value, FunctionType) and value.__module__ == module:
                yield value


def _waits(code: Code) -> Iterator[Wait]:
    for node in code.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="wait_for")):
                yield _wait(code, node)
            case ast.Call(func=ast.Attribute(attr="ask" | "create_task")):
                yield Wait(code.spot(node), frozenset(_TASK.done.names))
            case ast.Attribute(attr="wait_for") if not _is_called(code, node):  # handed on, called elsewhere
                yield Wait(code.spot(node), None)


def _wait(code: Code, call: ast.Call) -> Wait:
    spot = code.spot(call)
    try:
        events = frozenset(name for wanted in call.args for name in _names(code, wanted))
    except Unreadable:
        events = None
    for given in call.keywords:
        try:
            if given.arg is None:
                raise Unreadable(given.value)
            if given.arg == "where" and not _is_none(given.value):
                return Wait(spot, events, read_where(code, given.value))
        except Unreadable as part:
            return Wait(
                code.spot(given.value),
                events,
                refused=f"the condition hangs on `{part}`, which only a run knows",
            )
    return Wait(spot, events)


def _names(code: Code, wanted: ast.expr) -> tuple[str, ...]:
    """Names of the events that satisfy one argument of a wait."""
    match wanted:
        case ast.IfExp(body=one, orelse=other):
            return _names(code, one) + _names(code, other)
        case ast.Starred(value=several):
            return tuple(name for one in _all(code, several) for name in _named(one, wanted))
        case ast.Attribute(attr=handle) if handle in _HANDLES and not isinstance(
            code.means(wanted), EventType
        ):
            return _HANDLES[handle]
    return _named(code.means(wanted), wanted)


def _all(code: Code, several: ast.expr) -> tuple[Any, ...]:
    meant = code.means(several)
    if not isinstance(meant, tuple | list):
        raise Unreadable(several)
    return tuple(meant)


def _named(meant: Any, wanted: ast.expr) -> tuple[str, ...]:
    match meant:
        case EventType(name=name):
            return (name,)
        case Pattern(names=names):
            return names
    raise Unreadable(wanted)


def _is_called(code: Code, node: ast.AST) -> bool:
    around = code.parents.get(node)
    return isinstance(around, ast.Call) and around.func is node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
