"""Three marketing emails, one after the other."""

from datetime import date

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="delight",
    owner="benchmarks",
    reentry=always(),
    objective=Objective("journeys a second", 1.0, 0.8, days(1), date(2030, 1, 1), "many contacts"),
)
class ThreeEmails(ContactWorkflow):
    """Sends three emails without a pause."""

    async def path(self) -> None:
        for template in ("nurture/first", "nurture/second", "nurture/third"):
            await self.send_email(template)
