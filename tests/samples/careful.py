"""A message that must never arrive twice."""

from datetime import date

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Careful(ContactWorkflow):
    """Sends once rather than surely."""

    async def path(self) -> None:
        await self.send_email("welcome/offer", purpose="transactional", prefer="once")
        await self.sleep(days(1), "a day")
