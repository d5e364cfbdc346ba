"""The explorer runs paths outside Temporal."""

from datetime import date

import pytest

from workflows.analysis.explore import explore
from workflows.kit import (
    ContactWorkflow,
    Ending,
    Misuse,
    Objective,
    always,
    days,
    marketing_workflow,
    on_end,
)
from workflows.lead_nurturing import LeadNurturing
from workflows.welcome_series import WelcomeSeries

declare = marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(1), date(2030, 1, 1), "tests"),
)


def test_every_way_of_every_step_of_the_welcome_series() -> None:
    found = explore(WelcomeSeries)
    keys = {step.key for walk in found.walks for step in walk.steps}
    assert {
        "send_email:welcome/guide#1",
        "send_email:welcome/offer#1",
        "send_email:welcome/reminder#1",
    } <= keys
    assert {"send_email:welcome/hello-again#1", "update_crm:quiet#1"} <= keys
    assert found.events == {"email.opened", "email.clicked", "site.visited"}
    assert found.starts == {"lead-nurturing"}


def test_lead_nurturing_ends_in_more_than_one_way() -> None:
    outcomes = {walk.outcome for walk in explore(LeadNurturing).walks}
    assert {"qualified", "exhausted"} <= outcomes


@declare
class Endless(ContactWorkflow):
    """Never ends."""

    async def path(self) -> None:
        while True:
            await self.sleep(days(1), "again")


@declare
class LateWait(ContactWorkflow):
    """Waits after its end."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")

    @on_end
    async def linger(self, ending: Ending) -> None:
        await self.sleep(days(1), "too late")


@pytest.mark.parametrize(
    ("workflow", "why"),
    [(Endless, "Endless never ends: after 2000 steps"), (LateWait, "waits in an @on_end method")],
)
def test_misuse_is_found(workflow: type[ContactWorkflow], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        explore(workflow)
