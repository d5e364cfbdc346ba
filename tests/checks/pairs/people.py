"""Work for people; parameters; paths that cannot be walked."""

from datetime import timedelta

from pydantic import Field

from tests.checks.pairs.declaring import OBJECTIVE, declare
from workflows.events import SiteVisited
from workflows.kit import ContactWorkflow, Parameters, always, days, marketing_workflow


@declare
class IgnoresAnswers(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.ask("approve", role="sales", answers=("yes", "no"), within=days(2))  # answer-unhandled
        match await self.ask("call", role="sales", answers=("yes", "no"), within=days(2)):  # answer-unhandled
            case "yes":
                self.finish("called")
            case "no":
                self.finish("refused")


@declare
class HandlesAnswers(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        answer = await self.ask("approve", role="sales", answers=("yes", "no"), within=days(2))
        match answer:
            case "yes":
                await self.update_crm("approved")
            case "no" | None:
                self.finish("refused")
        if await self.ask("call", role="sales", answers=("yes", "no"), within=days(2)) == "yes":
            self.finish("called")


@declare
class TaskForSomeTime(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        call = await self.create_task("call", role="sales")  # task-without-due
        await self.wait_for(call.done, within=days(2))


@declare
class TaskForTomorrow(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        call = await self.create_task("call", role="sales", due=days(1))
        if await self.wait_for(SiteVisited, within=days(1)):
            self.finish("came by itself")
        await self.wait_for(call.done, within=days(2))


@marketing_workflow(stage="convert", owner=" ", reentry=always(), objective=OBJECTIVE)
class NobodysOwn(ContactWorkflow):  # owner-missing
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.notify("", "team/notice")  # owner-missing


@declare
class TaskAtTheEnd(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.create_task("call", role="sales", due=days(1))  # task-withdrawn


class Generosity(Parameters):
    """How much, and how soon."""

    pause: timedelta = days(1)
    percent: int = Field(default=10, ge=1, le=99)  # parameter-unused


@declare
class HasTooMany(ContactWorkflow):
    """Broken."""

    params: Generosity

    async def path(self) -> None:
        await self.sleep(self.params.pause, "a pause")


class Kindness(Parameters):
    """How much, and how soon."""

    pause: timedelta = days(1)
    times: int = Field(default=2, ge=1, le=9)

    @property
    def whole(self) -> timedelta:
        return self.pause * self.times


@declare
class UsesThemAll(ContactWorkflow):
    """Fine."""

    params: Kindness

    async def path(self) -> None:
        await self.sleep(self.params.whole, "a pause")


class Whims(Parameters):
    """As many as anybody likes."""

    times: int = Field(default=2, ge=1)  # parameter-unbounded


@declare
class TakesAnyNumber(ContactWorkflow):
    """Broken."""

    params: Whims

    async def path(self) -> None:
        await self.sleep(days(1) * self.params.times, "a pause")


@declare
class Stumbles(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(0), "no time")  # path-refused


@declare
class NeverComesOut(ContactWorkflow):  # path-refused
    """Broken."""

    async def path(self) -> None:
        waiting = True
        while waiting:
            await self.sleep(days(1), "a day")


@declare
class SameEitherWay(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        arm = await self.split("arm", {"a": 50, "b": 50})
        await self.sleep(days(1), "a day")
        if arm == "c":
            await self.update_crm("never")  # branch-never-reached

    async def forgotten(self) -> None:  # branch-never-reached
        await self.update_crm("forgotten")


class Year(Parameters):
    """Which year it is."""

    year: int = Field(default=1, ge=1, le=9)


@declare
class OtherwiseUnderOthers(ContactWorkflow):
    """Fine."""

    params: Year

    async def path(self) -> None:
        arm = await self.split("arm", {"a": 50, "b": 50})
        await self.sleep(days(1), "a day")
        if arm == "b":
            await self.update_crm("sometimes")
        last = self.params.year == 5
        if last:
            self.finish("over")


PAIRS = [
    ("answer-unhandled", IgnoresAnswers, HandlesAnswers),
    ("task-without-due", TaskForSomeTime, TaskForTomorrow),
    ("owner-missing", NobodysOwn, TaskForTomorrow),
    ("task-withdrawn", TaskAtTheEnd, TaskForTomorrow),
    ("parameter-unused", HasTooMany, UsesThemAll),
    ("parameter-unbounded", TakesAnyNumber, UsesThemAll),
    ("path-refused", Stumbles, UsesThemAll),
    ("path-refused", NeverComesOut, UsesThemAll),
    ("branch-never-reached", SameEitherWay, OtherwiseUnderOthers),
]
