"""Onboarding: waits of every kind, one after the other and side by side."""

from datetime import date, timedelta

from workflows.events import MeetingBooked, OrderCompleted
from workflows.kit import (
    ContactWorkflow,
    Objective,
    Parameters,
    always,
    date_of,
    days,
    local,
    marketing_workflow,
)


class OnboardingParameters(Parameters):
    """How long each wait is."""

    first: timedelta = days(1)
    order_within: timedelta = days(1)
    left: timedelta = days(1)
    right: timedelta = days(1)


@marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Onboarding(ContactWorkflow):
    """Waits for a time, for an event, for two things at once, and for a date."""

    params: OnboardingParameters

    async def path(self) -> None:
        await self.send_email("welcome/hello", purpose="transactional")
        await self.sleep(self.params.first, "first")
        order = await self.wait_for(
            OrderCompleted, where=OrderCompleted.amount > 50, within=self.params.order_within
        )
        if order:
            await self.score(10, "a large order")
        await self.together(left=self.left(), right=self.right())
        await self.sleep_until(local("09:00", on=date_of("renewal")), "renewal")
        await self.send_email("welcome/offer", purpose="transactional")

    async def left(self) -> None:
        await self.sleep(self.params.left, "rest")
        await self.send_email("welcome/guide", purpose="transactional")

    async def right(self) -> None:
        if await self.wait_for(MeetingBooked, within=self.params.right):
            await self.score(5, "met")
