"""LeadNurturing: three pieces of content for a lead that is not ready yet."""

from datetime import date, timedelta

from workflows.events import FormSubmitted, MeetingBooked
from workflows.kit import (
    ContactWorkflow,
    Objective,
    Parameters,
    after,
    days,
    marketing_workflow,
    score,
)


class NurturingParameters(Parameters):
    """The pace of the touches, and the score from which sales takes over."""

    between_touches: timedelta = days(7)
    sales_threshold: int = 50


@marketing_workflow(
    stage="convert",
    owner="demand-generation",
    starts_on=FormSubmitted,
    goals=[MeetingBooked],
    reentry=after(days(90)),
    objective=Objective(
        metric="sales-qualified leads",
        baseline=0.06,
        target=0.10,
        within=days(90),
        by=date(2027, 6, 30),
        supports="pipeline",
    ),
)
class LeadNurturing(ContactWorkflow):
    """Sends useful content until the lead is ready for sales, and stops when nobody reacts."""

    params: NurturingParameters

    async def path(self) -> None:
        silent = 0
        for template in ("nurture/first", "nurture/second", "nurture/third"):
            touch = await self.send_email(template)
            if await self.wait_for(touch.clicked, within=self.params.between_touches):
                silent = 0
                await self.score(10, "nurture content clicked")
            elif touch.sent:
                silent += 1
                await self.score(-5, "nurture content ignored")
            if await self.matches(score >= self.params.sales_threshold):
                await self.update_crm("sales-qualified lead")
                self.finish("qualified")
            if silent == 2:
                self.finish("quiet")
        self.finish("exhausted")
