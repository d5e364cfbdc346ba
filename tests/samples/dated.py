"""Waits for a date of the contact."""

from datetime import date

from workflows.kit import ContactWorkflow, Objective, always, date_of, days, local, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("renewals", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Dated(ContactWorkflow):
    """Waits for a date, and ten days more."""

    async def path(self) -> None:
        if not await self.sleep_until(local("09:00", on=date_of("renewal")), "on the day"):
            self.finish("no date")
        await self.sleep(days(10), "ten days")
        await self.send_email("welcome/hello", purpose="transactional")
