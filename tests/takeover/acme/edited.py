"""Edited: its first mail was another one when people entered it, so that they cannot go on."""

from datetime import date

from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow


@marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Edited(ContactWorkflow):
    """Sends a mail, waits, sends another."""

    async def path(self) -> None:
        await self.send_email("welcome/guide", purpose="transactional")
        await self.sleep(days(1800), "years")
        await self.send_email("welcome/offer", purpose="transactional")
