"""Paths that use Temporal's own calls."""

from datetime import date, timedelta

from temporalio import workflow

from workflows.kit import ContactWorkflow, Objective, days, marketing_workflow, once

AIM = Objective("nothing", 0.1, 0.2, within=days(10), by=date(2030, 1, 1), supports="tests")


@marketing_workflow(stage="delight", owner="tests", reentry=once(), objective=AIM)
class Sleeps(ContactWorkflow):
    """Sleeps by a timer of its own."""

    async def path(self) -> None:
        await workflow.sleep(timedelta(days=1))


@marketing_workflow(stage="delight", owner="tests", reentry=once(), objective=AIM)
class Asks(ContactWorkflow):
    """Reads what only a run has."""

    async def path(self) -> None:
        await self.score(workflow.info().attempt, "attempt")


@marketing_workflow(stage="delight", owner="tests", reentry=once(), objective=AIM)
class Patches(ContactWorkflow):
    """Has a patch of its own."""

    async def path(self) -> None:
        if workflow.patched("newer"):
            await self.score(1, "newer")
