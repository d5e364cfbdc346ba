"""Reactivation: those who fell silent are asked back, or let go."""

from datetime import date, timedelta

from pydantic import Field

from workflows.events import ContactInactive, EmailClicked, EmailOpened, OrderCompleted, SiteVisited
from workflows.kit import ContactWorkflow, Objective, Parameters, after, days, marketing_workflow

TOUCHES = ("reactivation/miss-you", "reactivation/best-since", "reactivation/offer", "reactivation/last-call")


class ReactivationParameters(Parameters):
    """How long each touch is given, and how many of a hundred get none (0: everybody is asked back)."""

    between_touches: timedelta = days(7)
    control_percent: int = Field(default=10, ge=0, le=99)


@marketing_workflow(
    stage="delight",
    owner="lifecycle",
    starts_on=ContactInactive,
    goals=[EmailOpened, EmailClicked, SiteVisited, OrderCompleted],
    reentry=after(days(180)),
    objective=Objective(
        metric="reactivated contacts",
        baseline=0.04,
        target=0.08,
        within=days(35),
        by=date(2027, 6, 30),
        supports="retention",
    ),
)
class Reactivation(ContactWorkflow):
    """Wins back the inactive, and stops mailing those who stay silent."""

    params: ReactivationParameters

    async def path(self) -> None:
        if await self.control_group("reactivation", self.params.control_percent):
            await self.sleep(self.params.between_touches * len(TOUCHES), "watched, and sent nothing")
            self.finish("control")
        reached = False
        for template in TOUCHES:
            mail = await self.send_email(template)
            reached = reached or mail.sent
            await self.sleep(self.params.between_touches, f"after {template}")
        if not reached:
            self.finish("unreachable")
        await self.withdraw_consent("marketing")
        await self.update_crm("lapsed")
        self.finish("sunset")
