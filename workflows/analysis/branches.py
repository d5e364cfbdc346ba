"""Branches that are asked again and again how far they have come."""

from collections.abc import Coroutine, Generator
from contextvars import copy_context
from typing import Any

from workflows.kit.steps import branch


class Again:
    """Awaited by a step that has no answer yet. `held`: an effect is under way, which a withdrawn branch awaits."""

    def __init__(self, *, held: bool = False) -> None:
        self._held = held

    def __await__(self) -> Generator[bool, None, None]:
        yield self._held


class Branch:
    """A path on its way. `result` and `error` are there when it is `over`."""

    def __init__(self, path: Coroutine[Any, Any, Any], name: str = "") -> None:
        self._path = path
        self._context = copy_context()
        self._context.run(branch.set, name)
        self.over = False
        self.held = False
        self.result: Any = None
        self.error: BaseException | None = None

    def poll(self) -> None:
        """Goes on as far as there are answers."""
        if self.over:
            return
        try:
            self.held = bool(self._context.run(self._path.send, None))
        except StopIteration as stop:
            self.over, self.held, self.result = True, False, stop.value
        except BaseException as error:
            self.over, self.held, self.error = True, False, error

    def withdraw(self) -> None:
        """Ends it where it waits; one that is held by an effect is left until that is recorded."""
        if not self.over and not self.held:
            self._context.run(self._path.close)
            self.over = True


async def together(branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
    """As a run does it: the first error withdraws the others, then is raised."""
    outer = branch.get()
    running = {name: Branch(path, f"{outer}{name}/") for name, path in branches.items()}
    while True:
        for one in running.values():
            one.poll()
        failed = next((one.error for one in running.values() if one.error), None)
        if failed is not None:
            for one in running.values():
                one.withdraw()
        if all(one.over for one in running.values()):
            if failed is not None:
                raise failed
            return {name: one.result for name, one in running.items()}
        await Again(held=any(one.held for one in running.values()))
