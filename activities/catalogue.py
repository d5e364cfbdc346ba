"""What is known of each workflow outside its code: plain facts that enrolling and routing need."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel

from activities.conditions import EventCondition

UNSUBSCRIBED = "contact.unsubscribed"

Conditions = Callable[[Mapping[str, Any]], Collection[EventCondition]]


def title_of(slug: str) -> str:
    """A workflow's name for readers who are no programmers: `welcome-series` is `Welcome series`."""
    return slug.replace("-", " ").capitalize()


@dataclass(frozen=True)
class Reentry:
    """Whether a subject may enter again: `once` ever, `always`, or `after` a time since the last entry began."""

    rule: Literal["once", "always", "after"]
    wait: timedelta = timedelta(0)

    def __str__(self) -> str:
        return f"after {self.wait.days} days" if self.rule == "after" else self.rule


@dataclass(frozen=True)
class Listed:
    """One workflow. `events` are all that its path can hear; of those that are `guarded` a run is told only when one of
    its `conditions`, under its parameters, is met. `release` is the fingerprint of its `code`."""

    slug: str
    type_name: str
    kind: str
    stage: str
    owner: str
    summary: str
    objective: str
    release: str
    reentry: Reentry
    starts_on: frozenset[str]
    goals: frozenset[str]
    events: frozenset[str]
    params: type[BaseModel]
    code: type | None = None
    guarded: frozenset[str] = frozenset()
    conditions: Conditions = lambda _params: ()

    def meets(self, params: Mapping[str, Any], event: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the conditions that an event meets, of those that a run with these parameters waits for."""
        return tuple(
            str(one) for one in self.conditions(params) if one.event == event and one.met_by(properties)
        )

    def hears(self, event: str, meets: Collection[str]) -> bool:
        """Whether a run is told of an event that meets these conditions."""
        return event in self.events and (event not in self.guarded or bool(meets) or self.ends(event))

    def ends(self, event: str) -> bool:
        """Whether an event of this name ends a run, wherever it stands."""
        return event in self.goals or event == UNSUBSCRIBED


class Catalogue(Mapping[str, Listed]):
    """The workflows that are installed, by slug; `find` takes the class name too."""

    def __init__(self, listed: list[Listed]) -> None:
        self._by_slug = {one.slug: one for one in sorted(listed, key=lambda one: one.slug)}
        self._by_type = {one.type_name: one for one in listed}

    def find(self, name: str) -> Listed | None:
        return self._by_slug.get(name) or self._by_type.get(name)

    def __getitem__(self, slug: str) -> Listed:
        return self._by_slug[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_slug)

    def __len__(self) -> int:
        return len(self._by_slug)
