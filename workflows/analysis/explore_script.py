"""How a walk is to go, and what the search learns from it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from workflows.kit.ends import Ending

Policy = Callable[[int, int], int]
"""Which of a number of ways to take at a point of the code."""


class TooLong(BaseException):
    """This walk is given up; no `Exception`, so that the path cannot catch it."""


@dataclass(frozen=True)
class Script:
    """How a walk goes: the ways of its first steps, then as the policy says. In step `stop`, a wait, it `ends`."""

    ways: tuple[int, ...] = ()
    policy: Policy = lambda _point, _ways: 0
    stop: int = -1
    ends: Ending | None = None


@dataclass
class Tape:
    """What the search learns of a walk beside its steps: the point of each."""

    points: list[int] = field(default_factory=list)
    undo: list[tuple[int, ...]] = field(default_factory=list)
