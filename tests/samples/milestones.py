"""Two branches side by side, then one message for both."""

from datetime import date

from workflows.events import EmailBounced, SiteVisited
from workflows.kit import ContactWorkflow, EventType, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="delight",
    owner="tests",
    reentry=always(),
    objective=Objective("milestones", 0.1, 0.2, days(30), date(2030, 1, 1), "tests"),
)
class Milestones(ContactWorkflow):
    """Two milestones, in any order."""

    async def path(self) -> None:
        reached = await self.together(
            visit=self.milestone(SiteVisited, "nurture/first"),
            bounce=self.milestone(EmailBounced, "nurture/second"),
        )
        started = await self.now()
        if all(reached.values()):
            await self.send_email("nurture/third", purpose="transactional")
        await self.sleep_until(started + days(1), "a day later")
        await self.update_contact("milestones", milestones_done=True)

    async def milestone(self, event: EventType, hint: str) -> bool:
        """Ten days, a hint, and ten more days."""
        if await self.wait_for(event, within=days(10)):
            return True
        await self.send_email(hint, purpose="transactional")
        return await self.wait_for(event, within=days(10)) is not None
