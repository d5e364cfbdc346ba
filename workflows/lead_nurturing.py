"""LeadNurturing: useful content for a lead that is not ready yet."""

from datetime import date, timedelta

from pydantic import Field

from workflows.events import FormSubmitted, MeetingBooked
from workflows.kit import (
    ContactWorkflow,
    Objective,
    Parameters,
    after,
    attribute,
    days,
    marketing_workflow,
    score,
)

STREAMS = {
    "problem": ("nurture/first", "nurture/second", "nurture/third", "nurture/fourth", "nurture/fifth"),
    "product": ("nurture/tour", "nurture/numbers", "nurture/story", "nurture/trial", "nurture/questions"),
}
"""Content by interest, the best first."""


class NurturingParameters(Parameters):
    """The pace of the touches, when to give up, and the score from which sales takes over."""

    between_touches: timedelta = days(7)
    when_silent: timedelta = days(14)
    slow_after: int = Field(default=2, ge=0, le=1000)
    quiet_after: int = Field(default=4, ge=1, le=1000)
    most_touches: int = Field(default=8, ge=1, le=1000)
    sales_threshold: int = Field(default=50, ge=-1_000_000, le=1_000_000)


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
        unseen = {name: list(pieces) for name, pieces in STREAMS.items()}
        silent = 0
        for _ in range(self.params.most_touches):
            product = await self.matches(attribute("interest") == "product")
            stream = unseen["product" if product else "problem"]
            if not stream:
                await self.notify("demand-generation", "team/stream-is-dry")
                self.finish("exhausted")
            silent = await self.touch(stream.pop(0), silent)
            if await self.matches(score >= self.params.sales_threshold):
                await self.update_crm("sales-qualified lead")
                await self.notify("sales", "team/lead-is-ready")
                self.finish("qualified")
            if silent == self.params.quiet_after:
                self.finish("quiet")
        self.finish("touched enough")

    async def touch(self, template: str, silent: int) -> int:
        """One piece of content, and how many in a row have found no reaction by now."""
        slow = silent >= self.params.slow_after
        mail = await self.send_email(template)
        if await self.wait_for(
            mail.clicked, within=self.params.when_silent if slow else self.params.between_touches
        ):
            await self.score(10, "nurture content clicked")
            return 0
        if mail.sent:
            await self.score(-5, "nurture content ignored")
        return silent + 1
