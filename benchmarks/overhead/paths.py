"""Small paths, one for each way a path may wait or decide; WelcomeSeries and its longest path come beside them."""

from datetime import date

from tests.own.refusing import refuse
from workflows.events import OrderCompleted
from workflows.kit import (
    ContactWorkflow,
    Objective,
    Parameters,
    always,
    days,
    local,
    marketing_workflow,
    score,
)

_OBJECTIVE = Objective("events per path", 1.0, 1.0, days(1), date(2030, 1, 1), "a bill without surprises")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Sleeping(ContactWorkflow):
    """Sleeps, then scores."""

    async def path(self) -> None:
        await self.sleep(days(2), "a while")
        await self.score(1, "awake")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Matching(ContactWorkflow):
    """Asks a rule, then scores."""

    async def path(self) -> None:
        if await self.matches(score >= 0):
            await self.score(1, "matched")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Splitting(ContactWorkflow):
    """Splits, then scores."""

    async def path(self) -> None:
        await self.score(1, await self.split("halves", {"left": 50, "right": 50}))


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class SleepingUntil(ContactWorkflow):
    """Sleeps until a time on the contact's own clock, then scores."""

    async def path(self) -> None:
        await self.sleep_until(local("09:00"), "morning")
        await self.score(1, "awake")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Asking(ContactWorkflow):
    """Asks a question that is answered after the reminder."""

    async def path(self) -> None:
        if await self.ask("go on?", role="benchmarks", answers=("yes", "no"), within=days(2)) == "yes":
            await self.score(1, "answered")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Telling(ContactWorkflow):
    """Tells the team, a channel, the contact's record, and another workflow."""

    async def path(self) -> None:
        await self.notify("benchmarks", "team/notice")
        await self.publish("blog", "news")
        await self.update_contact("told", told=True)
        await self.withdraw_consent("news")
        await self.start("sleeping")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Undoing(ContactWorkflow):
    """Does two things, is withdrawn, and undoes both."""

    async def path(self) -> None:
        for what in ("one", "two"):
            await self.call(refuse, label=what)
            await self.compensate_with(refuse, label=f"undo {what}")
        self.withdraw("benchmark")


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Deciding(ContactWorkflow):
    """Decides four times, then scores."""

    async def path(self) -> None:
        await self.now()
        await self.random("luck")
        await self.control_group("benchmark", 50)
        await self.score(1, await self.split("halves", {"left": 50, "right": 50}))


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class SideBySide(ContactWorkflow):
    """Two branches: one waits for an event under a condition, the other sleeps."""

    async def path(self) -> None:
        await self.together(event=self.ordered(), time=self.sleep(days(3), "meanwhile"))
        await self.score(1, "both")

    async def ordered(self) -> None:
        await self.wait_for(OrderCompleted, within=days(5), where=OrderCompleted.amount > 50)


class Turns(Parameters):
    """Which round it is."""

    round: int = 1


@marketing_workflow(stage="delight", owner="benchmarks", reentry=always(), objective=_OBJECTIVE)
class Turning(ContactWorkflow):
    """Turns once, and scores in each round."""

    params: Turns

    async def path(self) -> None:
        await self.score(1, "turned")
        if self.params.round == 1:
            self.next_round(round=2)
