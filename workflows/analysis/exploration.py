"""What exploring a path brings to light. Graph, map, checks and tests are made from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import CodeType
from typing import Any, Literal

from workflows.kit.steps import Step

Section = Literal["path", "end", "undo"]
Arc = tuple[CodeType, int, int]
"""From one line of a function to the next; -1 stands for leaving it."""


@dataclass(frozen=True)
class Place:
    """A call in an author's file; columns count from 0."""

    file: str
    function: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Site:
    """Where a path asks for a step: the author's calls from `path` (or an `@on_end` method) down.

    `branch` is the one of `together`. What is undone has the site of its `compensate_with`, in section `undo`.
    """

    places: tuple[Place, ...]
    branch: str = ""
    section: Section = "path"


@dataclass(frozen=True)
class Taken:
    """A step that a walk came to, and which of its `ways` to end it was given.

    `call` counts the author's calls of the toolkit: steps of one number belong to one call, such as those of `ask`.
    `asked` is the toolkit's method that the author called. `key` is empty for a comparison of data, which is no step of
    a real run. `lasts` is how long it may take. `passed` are the author's line arcs since the step before.
    """

    key: str
    step: Step[Any]
    site: Site
    asked: str
    call: int
    way: int
    ways: int
    sample: Any
    caption: str
    lasts: timedelta | None = None
    passed: tuple[Arc, ...] = ()


@dataclass(frozen=True)
class Mark:
    """Begin and end of branches side by side, and of each of them, by name."""

    kind: Literal["together", "branch", "joined"]
    site: Site
    branch: str = ""


@dataclass
class Walk:
    """One run of the path. `outcome` is None when it turned to its next round or did not end.

    `outside` tells that goal, exit or unsubscribing ended it in a wait; `to` is the workflow it was handed over to.
    `lasts` is how long it may take in all, `passed` are the line arcs after its last step.
    """

    trail: list[Taken | Mark] = field(default_factory=list)
    outcome: str | None = None
    reason: str | None = None
    outside: bool = False
    to: str | None = None
    ended: Literal["outcome", "round", "unfinished"] = "outcome"
    lasts: timedelta = timedelta(0)
    passed: tuple[Arc, ...] = ()

    @property
    def steps(self) -> list[Taken]:
        return [one for one in self.trail if isinstance(one, Taken)]

    @property
    def messages(self) -> int:
        return sum(step.step.method == "send_email" and step.way == 0 for step in self.steps)


@dataclass(frozen=True)
class Uncovered:
    """A branch of the code that no walk reached. `what` says which, in the words of the code."""

    file: str
    line: int
    function: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.function}: {self.what}"


@dataclass
class Exploration:
    """The walks that showed something new, and all that was met in any.

    `starts` are the slugs of the workflows started, `calls` the authors' own activities. `runs` is how often the path
    was run; `longest` and `messages` are the most that was seen in one walk.
    """

    name: str
    walks: list[Walk] = field(default_factory=list)
    starts: set[str] = field(default_factory=set)
    calls: set[Callable[..., Any]] = field(default_factory=set)
    uncovered: tuple[Uncovered, ...] = ()
    runs: int = 0
    longest: timedelta = timedelta(0)
    messages: int = 0
