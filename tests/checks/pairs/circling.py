"""Workflows that hand over to each other."""

from tests.checks.pairs.declaring import OBJECTIVE, declare
from workflows.events import SiteVisited
from workflows.kit import ContactWorkflow, days, marketing_workflow, once


@declare
class There(ContactWorkflow):
    """Goes there."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("back")  # hand-over-circle


@declare
class Back(ContactWorkflow):
    """Comes back."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("there")


@declare
class Round(ContactWorkflow):
    """Goes on."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("and-out")


@declare
class AndOut(ContactWorkflow):
    """Comes back, or stays away."""

    async def path(self) -> None:
        if await self.wait_for(SiteVisited, within=days(1)):
            await self.hand_over("round")


@declare
class Begin(ContactWorkflow):
    """Goes on."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("only-once")


@marketing_workflow(stage="convert", owner="tests", reentry=once(), objective=OBJECTIVE)
class OnlyOnce(ContactWorkflow):
    """Comes back; nobody enters it twice."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.hand_over("begin")


def namesake() -> type[ContactWorkflow]:
    @declare
    class There(ContactWorkflow):  # name-taken
        """Is called as another is."""

        async def path(self) -> None:
            await self.sleep(days(1), "a day")

    return There
