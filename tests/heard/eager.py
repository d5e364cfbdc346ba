"""Waits for an event behind twelve answers in a row, which no exploration gives."""

from datetime import date

from workflows.events import MeetingBooked
from workflows.kit import ContactWorkflow, Objective, always, days, marketing_workflow

PATTERN = [True, False] * 6


@marketing_workflow(
    stage="convert",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(30), date(2030, 1, 1), "tests"),
)
class Eager(ContactWorkflow):
    """Invites those who click in every second mail."""

    async def path(self) -> None:
        clicked = []
        for _ in range(12):
            mail = await self.send_email("nurture/first", purpose="transactional")
            clicked.append(await self.wait_for(mail.clicked, within=days(1)) is not None)
        if clicked == PATTERN and await self.wait_for(MeetingBooked, within=days(5)):
            self.finish("booked")
