"""How a path ends before its last line."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True)
class Ending:
    """`outcome` as reports count it; `reason` is a code that tells two ways to it apart."""

    outcome: str
    reason: str | None = None


class Ended(BaseException):
    """Raised in the path at its next step. No `Exception`, so that an author's `except Exception` lets it pass."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.outcome)
        self.ending = ending


Hook = TypeVar("Hook", bound=Callable[..., Coroutine[Any, Any, None]])


def on_end(method: Hook) -> Hook:
    """Marks a method `(self, ending: Ending) -> None` whose effects still happen after any end. It may not wait."""
    method.__cadencia_on_end__ = True  # type: ignore[attr-defined]  # functions take attributes, mypy's Callable does not
    return method


def end_hooks(workflow: object) -> list[Callable[[Ending], Coroutine[Any, Any, None]]]:
    """The bound `@on_end` methods, in the order of the class's body, those of base classes first."""
    hooks: dict[str, Any] = {}
    for cls in reversed(type(workflow).__mro__):
        hooks.update(
            {name: None for name, member in vars(cls).items() if hasattr(member, "__cadencia_on_end__")}
        )
    return [getattr(workflow, name) for name in hooks]
