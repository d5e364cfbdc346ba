"""Waits for events with conditions, and for times on the contact's own clock."""

from datetime import date

from pydantic import Field

from workflows.events import FormSubmitted, OrderCompleted
from workflows.kit import (
    WORKING_DAYS,
    ContactWorkflow,
    Objective,
    Parameters,
    always,
    date_of,
    days,
    local,
    marketing_workflow,
)


class SpendingParameters(Parameters):
    """From what amount an order is large."""

    large: int = Field(default=50, ge=0, le=1_000_000)


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Spending(ContactWorkflow):
    """Thanks those who spend much, on a working morning."""

    params: SpendingParameters

    async def path(self) -> None:
        if await self.control_group("spending", 10):
            self.finish("control")
        came = await self.wait_for(
            OrderCompleted,
            FormSubmitted,
            within=days(30),
            where=(OrderCompleted.amount > self.params.large) & (OrderCompleted.currency == "EUR"),
        )
        if came is None:
            self.finish("spent little")
        if came.name == "form.submitted":
            self.finish("asked")
        await self.sleep_until(local("09:00", on=WORKING_DAYS), "a working morning")
        await self.send_email("nurture/first", purpose="transactional")
        if not await self.sleep_until(local("10:30", on=date_of("birthday") - days(1)), "the day before"):
            self.finish("no birthday")
        if await self.random("one in ten") < 0.1:
            self.finish("lucky")
        await self.publish("blog", "thanks")
