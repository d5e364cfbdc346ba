"""Small paths, one for each way a path may wait or decide; WelcomeSeries and its longest path come beside them."""

from datetime import date

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow, score

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
