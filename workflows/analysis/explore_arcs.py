"""Which way the author's code went: from line to line, function by function."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from workflows.analysis.exploration import Arc
from workflows.analysis.explore_sites import is_author
from workflows.kit.steps import Misuse

LEFT = -1
"""Stands for the line after a function's last."""

_MOST_LINES = 100_000
"""Between two steps; a path that runs longer without a step does not come to one."""


class Arcs:
    """Watches walks. `seen` are the arcs by code object, `passed` those since the last step."""

    def __init__(self, name: str) -> None:
        self.seen: dict[CodeType, dict[tuple[int, int], Arc]] = {}
        self.passed: list[Arc] = []
        self._name = name
        self._unwatched = _Unwatched(self._enter)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """`sys.settrace` is this thread's; a debugger or coverage that had it gets it back."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def unwatched(self) -> "_Unwatched":
        """While it lasts the interpreter runs at its full speed: being watched slows every function down."""
        return self._unwatched

    def count(self) -> int:
        return sum(map(len, self.seen.values()))

    def _enter(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        if not is_author(frame.f_code.co_filename):
            return None
        seen = self.seen.setdefault(frame.f_code, {})
        last = 0

        def follow(frame: FrameType, event: str, arg: Any) -> Any:
            nonlocal last
            if event == "line":
                self._pass(frame, seen, last, frame.f_lineno)
                last = frame.f_lineno
            elif event == "exception":
                # What is raised in the middle of a test takes neither of its sides; a loop's end is none.
                last = last if issubclass(arg[0], StopIteration | StopAsyncIteration) else 0
            elif last:
                self._pass(frame, seen, last, LEFT)
            return follow

        return follow

    def since_last(self) -> tuple[Arc, ...]:
        """The arcs since this was asked last."""
        passed = tuple(self.passed)
        self.passed.clear()
        return passed

    def _pass(self, frame: FrameType, seen: dict[tuple[int, int], Arc], last: int, line: int) -> None:
        """Notes an arc; all walks share one object for it."""
        arc = seen.get((last, line)) or seen.setdefault((last, line), (frame.f_code, last, line))
        self.passed.append(arc)
        if len(self.passed) > _MOST_LINES:
            raise Misuse(
                f"{self._name} turns without end, and without a step, in {frame.f_code.co_name} "
                f"(line {frame.f_lineno}): put a wait into the loop"
            )


class _Unwatched:
    """Made once and entered for every step, so it has no state of its own."""

    def __init__(self, watch: Callable[[FrameType, str, Any], Any]) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        sys.settrace(None)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._watch)
