"""Walks every branch of a path without Temporal: each step's answers come from a script."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workflows.contracts import Enrollment
from workflows.kit.declaration import declaration_of, path_on
from workflows.kit.ends import Ended, Ending, end_hooks
from workflows.kit.runtimes import drive
from workflows.kit.steps import Done, Effect, Keys, Misuse, R, Step, StepFailed, Wait, branch
from workflows.kit.workflow import MarketingWorkflow

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LIMIT = 2_000
"""Steps after which a path counts as endless, and runs after which a workflow counts as too wide to walk."""


@dataclass(frozen=True)
class Taken:
    """A step that a run came to, and which of its `ways` to end it was given."""

    key: str
    way: int
    ways: int


@dataclass
class Walk:
    """One run of the path, start to outcome."""

    steps: list[Taken] = field(default_factory=list)
    outcome: str = "completed"


@dataclass
class Exploration:
    """Every walk that was made, the events that waits looked for, the workflows started, the activities called."""

    walks: list[Walk] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    calls: set[Callable[..., Any]] = field(default_factory=set)


def explore(cls: type[MarketingWorkflow]) -> Exploration:
    """Covers each way of each step at least once: from every walk, each way not seen yet is tried in turn.

    Raises Misuse when the path is endless, awaits what is no step, or an `@on_end` method waits.
    """
    found = Exploration()
    seen: set[tuple[str, int]] = set()
    scripts: list[list[int]] = [[]]
    while scripts:
        walk = _walk(cls, scripts.pop(), found)
        found.walks.append(walk)
        if len(found.walks) > _LIMIT:
            raise Misuse(f"{cls.__name__} has too many branches to walk")
        seen.update((step.key, step.way) for step in walk.steps)
        for place, step in enumerate(walk.steps):
            for way in range(step.ways):
                if (step.key, way) not in seen:
                    seen.add((step.key, way))
                    scripts.append([earlier.way for earlier in walk.steps[:place]] + [way])
    return found


def _walk(cls: type[MarketingWorkflow], script: list[int], found: Exploration) -> Walk:
    player = _Player(cls.__name__, script, found)
    workflow = path_on(cls, _example(cls), player)
    ending = Ending("completed")
    try:
        drive(workflow.path())
    except Ended as ended:
        ending = ended.ending
    except StepFailed:
        ending = Ending("failed")
    player.walk.outcome = ending.outcome
    player.closing = True
    for hook in end_hooks(workflow):
        drive(hook(ending))
    return player.walk


def _example(cls: type[MarketingWorkflow]) -> Enrollment:
    declaration = declaration_of(cls)
    if declaration is None:
        raise Misuse(f"{cls.__name__} is not decorated: put @marketing_workflow(…) above it")
    return Enrollment(
        id=f"{declaration.slug}:example:1",
        workflow=declaration.slug,
        subject_kind=cls.subject_kind,
        subject_id="example",
        entry="1",
        release="example",
    )


class _Player:
    """Answers each step as the script says, and with its first sample where the script is at its end."""

    def __init__(self, name: str, script: list[int], found: Exploration) -> None:
        self._name = name
        self._script = script
        self._found = found
        self._keys = Keys()
        self.walk = Walk()
        self.closing = False

    async def perform(self, step: Step[R]) -> Done[R]:
        key = self._keys.next(step)
        if isinstance(step, Wait):
            self._look_at(step, key)
        elif step.method == "start":
            self._found.starts.add(step.label)
        elif isinstance(step, Effect) and step.method == "call":
            self._found.calls.add(step.activity)
        place = len(self.walk.steps)
        if place >= _LIMIT:
            raise Misuse(f"{self._name} never ends: after {_LIMIT} steps it is at {key}")
        way = self._script[place] if place < len(self._script) else 0
        self.walk.steps.append(Taken(key, way, len(step.samples)))
        return Done(key, step.samples[way], _EPOCH)

    def _look_at(self, wait: Wait, key: str) -> None:
        if self.closing:
            raise Misuse(f"{self._name}: {key} waits in an @on_end method: move the wait into the path")
        self._found.events.update(name for pattern in wait.patterns for name in pattern.names)

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        outer, results = branch.get(), {}
        for name, path in branches.items():
            token = branch.set(f"{outer}{name}/")
            try:
                results[name] = drive(path)
            finally:
                branch.reset(token)
        return results

    def log(self, text: str) -> None:
        """Exploring says nothing."""
