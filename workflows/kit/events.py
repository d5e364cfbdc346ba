"""Declared events, the conditions on their properties, and what a wait looks for among them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.calls import Sought
from activities.conditions import EventCondition, condition_on
from workflows.kit.comparisons import Comparable, Operator

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_declared: dict[str, "EventType"] = {}


@dataclass(frozen=True)
class EventType:
    """A kind of event, by its name in the API, and the types of its properties.

    A property is an attribute, and comparing it makes a condition: `OrderCompleted.amount > 50`.
    """

    name: str
    properties: Mapping[str, type[Any]]

    def __getattr__(self, name: str) -> "Property":
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self.properties:
            known = ", ".join(self.properties) or "none"
            raise AttributeError(f"{self.name} declares no property {name!r}; its properties: {known}")
        return Property(self, name)

    def pattern(self, since: datetime | None = None, where: EventCondition | None = None) -> "Pattern":
        return Pattern(
            label=self.name if where is None else str(where), names=(self.name,), since=since, where=where
        )


def event(name: str, **properties: type[Any]) -> EventType:
    """Declares an event, once: `OrderCompleted = event("order.completed", amount=Decimal)`.

    Raises ValueError when the name is not of the form `thing.happened`, is declared with other properties, or a
    property is called `name`, `properties` or `pattern`.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"event name {name!r}: use lower-case words joined by dots, such as 'order.completed'"
        )
    taken = {"name", "properties", "pattern"} & properties.keys()
    if taken:
        raise ValueError(f"event {name!r}: a property cannot be called {taken.pop()!r}")
    declared = EventType(name, properties)
    if _declared.setdefault(name, declared) != declared:
        raise ValueError(f"event {name!r} is declared twice with different properties: keep one declaration")
    return declared


def declared() -> dict[str, EventType]:
    """Every event declared so far, by name."""
    return dict(sorted(_declared.items()))


class Property(Comparable[EventCondition]):
    """A property of an event, in a condition."""

    def __init__(self, event: EventType, name: str) -> None:
        self._event = event
        self._name = name

    def _compared(self, operator: Operator, value: object) -> EventCondition:
        return condition_on(self._event.name, self._name, self._event.properties[self._name], operator, value)


@dataclass(frozen=True)
class Pattern:
    """What a wait looks for; `about` names the message or task that an event has to be about, if it is about any.

    `since` lets a wait look back to before its own start. `where` is decided beside the database before the run is
    told. `choices` are the answers that an event may bring. `void` is the pattern of a message that was never sent:
    nothing can match it, and a wait for it ends at once.
    """

    label: str
    names: tuple[str, ...]
    about: str | None = None
    since: datetime | None = None
    where: EventCondition | None = None
    choices: tuple[str, ...] = ()
    void: bool = False

    def sought(self, wait_began: datetime) -> Sought:
        """The same for a wait that began then."""
        return Sought(
            names=self.names,
            since=self.since or wait_began,
            about=self.about,
            meets=None if self.where is None else str(self.where),
        )
