"""Takes in many visits, then waits for a large order."""

from datetime import date

from pydantic import Field

from workflows.events import OrderCompleted, SiteVisited
from workflows.kit import ContactWorkflow, Objective, Parameters, always, days, marketing_workflow


class Crowd(Parameters):
    """How many visits are waited for."""

    visits: int = Field(default=2, ge=1, le=1000)


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("orders", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Busy(ContactWorkflow):
    """Counts visits since the greeting."""

    params: Crowd

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello", purpose="transactional")
        for _ in range(self.params.visits):
            if not await self.wait_for(SiteVisited, within=days(30), since=hello):
                self.finish("quiet")
        if await self.wait_for(OrderCompleted, where=OrderCompleted.amount > 50, within=days(10)):
            self.finish("ordered")
        self.finish("visited")
