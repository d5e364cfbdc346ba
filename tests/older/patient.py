"""Patient as it was before a step was removed from it."""

from datetime import date

from workflows.events import MeetingBooked
from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("meetings", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Patient(ContactWorkflow):
    """Began with a day of rest."""

    async def path(self) -> None:
        await self.sleep(days(1), "removed")
        await self.send_email("welcome/hello", purpose="transactional")
        if await self.wait_for(MeetingBooked, within=days(10)):
            await self.send_email("welcome/guide", purpose="transactional")
            self.finish("met")
        await self.send_email("welcome/offer", purpose="transactional")
