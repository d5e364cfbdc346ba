"""What is awaited, and what is not."""

from contextlib import nullcontext

from tests.checks.pairs.declaring import declare
from workflows.kit import ContactWorkflow, attribute, days
from workflows.kit.steps import Wait


@declare
class AwaitsOthers(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        courier = nullcontext()
        await courier.__aenter__()  # awaits-no-step
        by_hand = Wait(method="wait", label="by hand", returns=None, samples=(None,), within=days(1))
        await self._perform(by_hand)  # awaits-no-step


class Visits:
    """Steps of its own."""

    def __init__(self, workflow: ContactWorkflow) -> None:
        self._workflow = workflow

    async def greet(self) -> None:
        await self._workflow.send_email("welcome/hello")


async def pause(workflow: ContactWorkflow) -> None:
    await workflow.sleep(days(1), "a day")


@declare
class AwaitsSteps(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await Visits(self).greet()
        await pause(self)
        await self.rest()
        resting = self.rest()
        await resting
        await self.together(left=self.rest(), right=pause(self))

    async def rest(self) -> None:
        await self.sleep(days(1), "a rest")


@declare
class ForgetsToAwait(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        self.update_crm("lead")  # type: ignore[unused-coroutine]  # not-awaited
        if self.matches(attribute("plan") == "pro"):  # not-awaited
            self.finish("pro")


@declare
class Awaits(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.update_crm("lead")
        branches = [self.sleep(days(1), "a branch")]
        await self.together(one=branches[0])
        if await self.matches(attribute("plan") == "pro"):
            self.finish("pro")


PAIRS = [("awaits-no-step", AwaitsOthers, AwaitsSteps), ("not-awaited", ForgetsToAwait, Awaits)]
