"""The base class of marketing workflows: what a path of any subject may call."""

from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar, NoReturn, TypeVar

from pydantic import JsonValue

from workflows.contracts import Enrollment, Outcome
from workflows.kit.decisions import Decisions
from workflows.kit.effects import Effects
from workflows.kit.ends import Ended, Ending
from workflows.kit.handlers import Handlers
from workflows.kit.people import People
from workflows.kit.rounds import NextRound
from workflows.kit.steps import Misuse

Branch = TypeVar("Branch")


class MarketingWorkflow(Effects, Decisions, People, Handlers):
    """A workflow of any subject. Authors write `path`; `@marketing_workflow` gives it `run`."""

    subject_kind: ClassVar[str]

    async def path(self) -> None:
        """The way from start to outcome."""
        raise Misuse(f"{type(self).__name__} has no path: write `async def path(self) -> None`")

    async def run(self, enrollment: Enrollment) -> Outcome:
        """The Temporal entry point, so that `client.start_workflow(WelcomeSeries.run, enrollment)` is typed."""
        raise Misuse(f"{type(self).__name__} is not decorated: put @marketing_workflow(…) above it")

    async def together(self, **branches: Coroutine[Any, Any, Branch]) -> dict[str, Branch]:
        """Runs branches side by side and returns their results by name. Branches share nothing."""
        return await self._runtime.together(branches)

    async def hand_over(self, to: str, *, params: Mapping[str, JsonValue] | None = None) -> NoReturn:
        """Starts another workflow and ends this one as completed."""
        await self.start(to, params=params)
        self.finish("completed", reason=f"handed_over_to {to}")

    def finish(self, outcome: str, *, reason: str | None = None) -> NoReturn:
        """Ends the path here, under an outcome of the workflow's own."""
        raise Ended(Ending(outcome, reason))

    def withdraw(self, reason: str) -> NoReturn:
        """Ends the path here as `withdrawn`: what `compensate_with` declared is undone."""
        raise Ended(Ending("withdrawn", reason))

    def next_round(self, **params: JsonValue) -> NoReturn:
        """Begins the path anew, with an empty ledger and these parameters changed: for workflows that run for years.

        What the subject does meanwhile is not lost; what no wait of the round that is over asked for is let go.
        """
        raise NextRound(params)

    def log(self, text: str) -> None:
        """A line for the worker's log, once, however often the run is replayed."""
        self._runtime.log(text)
