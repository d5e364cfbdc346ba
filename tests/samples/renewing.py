"""A round each year, with parameters that change."""

from datetime import date

from pydantic import Field

from workflows.events import MeetingBooked
from workflows.kit import ContactWorkflow, Objective, Parameters, always, days, marketing_workflow


class RenewingParameters(Parameters):
    """Which year it is, and how many there are."""

    year: int = Field(default=1, ge=1, le=100)
    years: int = Field(default=5, ge=1, le=100)


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Renewing(ContactWorkflow):
    """One message a year, and a second for those who book a meeting."""

    params: RenewingParameters

    async def path(self) -> None:
        hello = await self.send_email("nurture/first", purpose="transactional")
        if await self.wait_for(MeetingBooked, within=days(30), since=hello):
            await self.send_email("nurture/second", purpose="transactional")
        await self.sleep(days(335), "the rest of the year")
        if self.params.year == self.params.years:
            self.finish("expired")
        self.next_round(year=self.params.year + 1)
