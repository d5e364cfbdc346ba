"""What every group of toolkit methods stands on."""

from datetime import timedelta

from workflows.kit.runtimes import Runtime
from workflows.kit.steps import Misuse, R, Step


class Toolkit:
    """`_runtime` does the steps; each method of the toolkit builds one and hands it over."""

    _runtime: Runtime

    async def _perform(self, step: Step[R]) -> R:
        return (await self._runtime.perform(step)).result


def positive(duration: timedelta, what: str) -> None:
    if duration <= timedelta(0):
        raise Misuse(f"{what}: {duration} is no time to wait; give a positive duration such as days(2)")
