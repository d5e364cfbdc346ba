"""Declared events, and what a wait looks for among them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.contracts import Received

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_declared: dict[str, "EventType"] = {}


@dataclass(frozen=True)
class EventType:
    """A kind of event, by its name in the API, and the types of its properties."""

    name: str
    properties: Mapping[str, type[Any]]

    def pattern(self, since: datetime | None = None) -> "Pattern":
        return Pattern(label=self.name, names=(self.name,), since=since)


def event(name: str, **properties: type[Any]) -> EventType:
    """Declares an event, once: `OrderCompleted = event("order.completed", amount=Decimal)`.

    Raises ValueError when the name is not of the form `thing.happened` or is declared with other properties.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"event name {name!r}: use lower-case words joined by dots, such as 'order.completed'"
        )
    declared = EventType(name, properties)
    if _declared.setdefault(name, declared) != declared:
        raise ValueError(f"event {name!r} is declared twice with different properties: keep one declaration")
    return declared


def declared() -> dict[str, EventType]:
    """Every event declared so far, by name."""
    return dict(sorted(_declared.items()))


@dataclass(frozen=True)
class Pattern:
    """What a wait looks for. With a `message_id`, an event of another message does not count; one of none does.

    `since` lets a wait look back to before its own start. `void` is the pattern of a message that was never sent:
    nothing can match it, and a wait for it ends at once.
    """

    label: str
    names: tuple[str, ...]
    message_id: str | None = None
    since: datetime | None = None
    void: bool = False

    def matches(self, received: Received, wait_began: datetime) -> bool:
        if self.void or received.name not in self.names:
            return False
        if self.message_id is not None and received.message_id is not None:
            # Whenever it came: a mail may be opened before its run has heard that it was sent.
            return received.message_id == self.message_id
        return received.at >= (self.since or wait_began)
