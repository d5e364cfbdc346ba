"""A step: one thing that a path asks its runtime to do, and the keys by which steps are known."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

from activities.calls import Model
from workflows.contracts import Received
from workflows.kit.events import Pattern

R = TypeVar("R")
Queue = Literal["email", "effects"]


@dataclass(frozen=True, kw_only=True)
class Step(Generic[R]):
    """`label` tells steps of one method apart; `terms` are what the ledger remembers of the question.

    `returns` is the type by which a recorded result is decoded, `samples` one result for each way the step may end:
    the explorer walks them all, and a recorded result fits only when the step can still give it.
    """

    method: str
    label: str
    returns: Any
    samples: tuple[R, ...]
    closed: bool = False
    terms: Mapping[str, JsonValue] = field(default_factory=dict)

    def dump(self, result: R) -> JsonValue:
        dumped: JsonValue = _adapter(self.returns).dump_python(result, mode="json")
        return dumped

    def load(self, recorded: JsonValue) -> R:
        result: R = _adapter(self.returns).validate_python(recorded, strict=False)
        return result

    def accepts(self, recorded: JsonValue) -> bool:
        """Whether the step can still end so. A `closed` step has no results but its samples."""
        try:
            return not self.closed or self.load(recorded) in self.samples
        except ValidationError:
            return False


@dataclass(frozen=True, kw_only=True)
class Effect(Step[R]):
    """Done by an activity, once. A permanent failure is raised in the path as StepFailed."""

    activity: Callable[..., Any]
    order: Model
    queue: Queue = "effects"


@dataclass(frozen=True, kw_only=True)
class Question(Effect[R]):
    """Answered by a local activity: it reads, and changes nothing."""


@dataclass(frozen=True)
class Asked:
    """What a decision may depend on."""

    enrollment_id: str
    subject_id: str
    key: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Decision(Step[R]):
    """Answered on the spot, without a trace in the history: from what was asked it is always the same."""

    decide: Callable[[Asked], R]


@dataclass(frozen=True, kw_only=True)
class Compensation(Step[None]):
    """Nothing is done now: `undo` is, when the path fails later or is withdrawn."""

    undo: Effect[Any]


@dataclass(frozen=True, kw_only=True)
class Wait(Step[Received | None]):
    """Ends with the first event that matches, or with None when it is due: `within` from its start, or at `until`."""

    patterns: tuple[Pattern, ...] = ()
    within: timedelta | None = None
    until: datetime | None = None

    def due(self, since: datetime) -> datetime:
        if self.until is not None:
            return self.until
        return since + (self.within or timedelta(0))

    def accepts(self, recorded: JsonValue) -> bool:
        """An answer that can no longer be given does not fit."""
        if not super().accepts(recorded):
            return False
        received = None if recorded is None else self.load(recorded)
        choices = {choice for pattern in self.patterns for choice in pattern.choices}
        return received is None or received.choice is None or not choices or received.choice in choices


@dataclass(frozen=True)
class Done(Generic[R]):
    """A step that is over: its result and when (workflow time)."""

    key: str
    result: R
    at: datetime


class StepFailed(Exception):
    """An effect failed for good. `code` says how, without any personal data; the text is in the database."""

    def __init__(self, key: str, code: str) -> None:
        super().__init__(f"{key}: {code}")
        self.key = key
        self.code = code


class Misuse(Exception):
    """The path does what the toolkit does not allow; the message says what to do instead."""


branch: ContextVar[str] = ContextVar("branch", default="")


class Keys:
    """Numbers the steps: `send_email:welcome/hello#1`, inside `together` after the branch, `left/send_email:…`.

    From the second round on the round comes first: `r2/send_email:…`.
    """

    def __init__(self, round: int = 1) -> None:
        self._asked: Counter[str] = Counter()
        self._round = "" if round == 1 else f"r{round}/"

    def next(self, step: Step[Any]) -> str:
        base = f"{self._round}{branch.get()}{step.method}:{step.label}"
        self._asked[base] += 1
        return f"{base}#{self._asked[base]}"


@lru_cache(maxsize=256)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
