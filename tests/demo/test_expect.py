"""What a path must come to, from what a contact does with its mails."""

from datetime import date, timedelta

import pytest

from tests.samples.milestones import Milestones
from workflows.analysis.expect import Expected, Undecided, expect
from workflows.analysis.people import Person, Reaction
from workflows.events import OrderCompleted
from workflows.kit import (
    ContactWorkflow,
    Ending,
    Objective,
    always,
    days,
    hours,
    marketing_workflow,
    on_end,
    score,
)
from workflows.kit.workflow import MarketingWorkflow
from workflows.lead_nurturing import LeadNurturing
from workflows.welcome_series import WelcomeSeries

declare = marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(1), date(2030, 1, 1), "tests"),
)
OPENS, CLICKS, BUYS = Reaction(opens=True), Reaction(opens=True, clicks=True), Reaction(True, True, True)


def walk(cls: type[MarketingWorkflow], contact_id: str = "con_1", **reactions: Reaction) -> Expected:
    """Templates are named by their last part."""

    def reacts(template: str) -> Reaction:
        return reactions.get(template.rpartition("/")[2].replace("-", "_"), Reaction())

    return expect(cls, Person(contact_id, reacts), shortest=hours(12))


def templates(expected: Expected) -> list[str]:
    return [mail.template.removeprefix("welcome/") for mail in expected.mails]


def contact_of(arm: str) -> str:
    """A contact whom the split gives this arm."""
    ids = (f"con_{number}" for number in range(100))
    return next(one for one in ids if arm in templates(walk(WelcomeSeries, one)))


def test_who_does_nothing_is_greeted_twice() -> None:
    expected = walk(WelcomeSeries, contact_of("guide"))
    assert templates(expected) == ["hello", "hello-again", "guide"]
    assert expected.ending.outcome == "completed"
    assert expected.lasts == days(2 + 3 + 4)


def test_who_clicks_is_reminded() -> None:
    expected = walk(WelcomeSeries, contact_of("offer"), hello=OPENS, offer=CLICKS)
    assert templates(expected) == ["hello", "offer", "reminder"]
    assert expected.mails[0].during == {"email.opened": "wait_for:welcome/hello.seen#1"}
    assert expected.mails[1].during["email.clicked"] == "sleep:time to use it#1"


def test_who_buys_becomes_a_customer_in_the_wait_that_runs() -> None:
    expected = walk(WelcomeSeries, hello=BUYS)
    assert expected.ending == Ending("converted", "order.completed")
    assert templates(expected) == ["hello"]
    assert expected.mails[0].during["order.completed"] == "sleep:room to look around#1"


def test_what_follows_the_last_wait_changes_nothing() -> None:
    expected = walk(WelcomeSeries, contact_of("offer"), offer=CLICKS, reminder=BUYS)
    assert expected.ending.outcome == "completed"
    assert templates(expected)[-1] == "reminder"
    assert expected.mails[-1].during == {}


def test_loops_and_outcomes_of_a_workflow_s_own() -> None:
    assert walk(LeadNurturing).ending.outcome == "quiet"
    assert walk(LeadNurturing, second=CLICKS).ending.outcome == "exhausted"
    assert len(walk(LeadNurturing).mails) == 4


@declare
class Scored(ContactWorkflow):
    """Sends an offer to those who have shown some interest, and thanks at the end."""

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello")
        if await self.wait_for(hello.seen, OrderCompleted, within=days(2)):
            await self.score(30, "interest")
        if await self.matches(score >= 30):
            await self.send_email("welcome/offer")

    @on_end
    async def thank(self, ending: Ending) -> None:
        await self.send_email("nurture/first")


def test_scores_are_kept_and_what_follows_the_end_counts() -> None:
    assert templates(walk(Scored)) == ["hello", "nurture/first"]
    seen = walk(Scored, hello=OPENS)
    assert templates(seen) == ["hello", "offer", "nurture/first"]
    assert seen.mails[-1].key == "end/send_email:nurture/first#1"


@declare
class Hasty(ContactWorkflow):
    """Gives its mail an hour."""

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello")
        await self.wait_for(hello.seen, within=hours(1))


@declare
class Endless(ContactWorkflow):
    """Goes on until its mail is clicked."""

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello")
        while not await self.wait_for(hello.clicked, within=timedelta(0)):
            await self.sleep(days(1), "again")


@declare
class Dated(ContactWorkflow):
    """Turns on the time."""

    async def path(self) -> None:
        await self.now()


@pytest.mark.parametrize(
    ("workflow", "why"),
    [
        (Hasty, r"wait_for:welcome/hello.seen#1 lasts 1:00:00, which may be too short to react in"),
        (Endless, r"after 2000 steps there is no end"),
        (Dated, r"now:#1 turns on more than reactions"),
        (Milestones, r"visit and bounce run side by side"),
    ],
)
def test_what_reactions_do_not_decide_is_named(workflow: type[ContactWorkflow], why: str) -> None:
    with pytest.raises(Undecided, match=why):
        walk(workflow, hello=OPENS)
