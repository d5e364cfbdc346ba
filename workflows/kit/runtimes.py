"""What runs a path. The toolkit's methods know only this."""

from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol

from workflows.kit.steps import Done, R, Step, branch


class Runtime(Protocol):
    async def perform(self, step: Step[R]) -> Done[R]:
        """Does a step, or answers from what is known of it. Raises StepFailed, or Ended at an end."""
        ...

    def now(self) -> datetime:
        """Workflow time, as far as it has come."""
        ...

    async def together(self, branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
        """Runs branches side by side; the results by name."""
        ...

    def log(self, text: str) -> None:
        """Writes a line to the log, once."""
        ...


def drive_all(
    branches: dict[str, Coroutine[Any, Any, Any]], unfinished: type[BaseException]
) -> dict[str, Any]:
    """The same for branches of `together`, one after the other. A branch that raises `unfinished` leaves the others
    theirs; then it is raised."""
    outer, results, missing = branch.get(), {}, False
    for name, path in branches.items():
        token = branch.set(f"{outer}{name}/")
        try:
            results[name] = drive(path)
        except unfinished:
            missing = True
        finally:
            branch.reset(token)
    if missing:
        raise unfinished
    return results


def drive(path: Coroutine[Any, Any, Any]) -> Any:
    """Runs a path that no event loop is needed for: all its steps are answered on the spot."""
    try:
        path.send(None)
    except StopIteration as stop:
        return stop.value
    path.close()
    raise RuntimeError("the path awaits something that is no step: only toolkit calls may be awaited in it")
