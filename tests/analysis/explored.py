"""Paths that the explorer's tests walk."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import assert_never

from pydantic import Field
from temporalio import activity

from activities.calls import Call, Nothing
from tests.own.vouchers import Voucher, grant_voucher
from workflows.events import OrderCompleted, SiteVisited
from workflows.kit import (
    WORKING_DAYS,
    ContactWorkflow,
    Ending,
    EventType,
    Objective,
    Parameters,
    StepFailed,
    always,
    attribute,
    date_of,
    days,
    hours,
    local,
    marketing_workflow,
    on_end,
    score,
)
from workflows.kit.events import Pattern

declare = marketing_workflow(
    stage="attract",
    owner="tests",
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(1), date(2030, 1, 1), "tests"),
)


@activity.defn(name="take_back")
async def take_back(call: Call[Nothing]) -> str:
    """Undoes."""
    return "done"


@declare
class FourTimesSilent(ContactWorkflow):
    """Stops after four silent touches in a row."""

    async def path(self) -> None:
        silent = 0
        for _ in range(12):
            touch = await self.send_email("nurture/first")
            if await self.wait_for(touch.clicked, within=days(7)):
                silent = 0
            elif touch.sent:
                silent += 1
            if await self.matches(score >= 50):
                self.finish("qualified")
            if silent == 4:
                self.finish("quiet")
        self.finish("exhausted")


@declare
class Turning(ContactWorkflow):
    """Turns until somebody buys."""

    async def path(self) -> None:
        while True:
            if await self.wait_for(OrderCompleted, within=days(30)):
                break
            await self.send_email("welcome/offer")
        self.finish("bought")


@declare
class Dated(ContactWorkflow):
    """Compares times and numbers."""

    async def path(self) -> None:
        start = await self.now()
        if await self.random("lucky") < 0.1:
            await self.score(1, "lucky")
        while (await self.now() - start).days < 30:
            if await self.wait_for(SiteVisited, within=days(7)) and (await self.now()).weekday() in (5, 6):
                self.finish("weekend")
        if await self.now() >= datetime(2027, 1, 1, tzinfo=UTC):
            self.finish("late")


@declare
class Certain(ContactWorkflow):
    """What follows from the waits is no decision."""

    async def path(self) -> None:
        start = await self.now()
        await self.sleep(days(40), "forty days")
        if await self.now() - start < days(30):
            await self.score(1, "never")
        left = start + days(50) - await self.now()
        await self.wait_for(SiteVisited, within=left)


@declare
class Reasons(ContactWorkflow):
    """Turns on why something did not happen."""

    async def path(self) -> None:
        mail = await self.send_email("welcome/hello")
        match mail.skipped:
            case None:
                self.finish("sent")
            case "no_consent":
                self.finish("no consent")
            case "expired" | "suppressed":
                self.finish("lost")
        try:
            answer = await self.call(grant_voucher, Voucher(percent=5))
        except StepFailed as failed:
            self.finish("used up" if failed.code == "sold_out" else "broken")
        if answer == "granted":
            self.finish("granted")


@declare
class Undone(ContactWorkflow):
    """Undoes what it did."""

    async def path(self) -> None:
        await self.sleep(days(1), "before")
        await self.call(grant_voucher, Voucher(percent=5), results=("granted", "sold_out"))
        await self.compensate_with(take_back, label="take the voucher back")
        await self.wait_for(OrderCompleted, within=days(5))
        self.withdraw("no order")

    @on_end
    async def tell(self, ending: Ending) -> None:
        if ending.outcome == "unsubscribed":
            await self.update_crm("lost")
        elif ending.outcome == "failed":
            await self.notify("operations", "team/failed")
        else:
            await self.helper()

    async def helper(self) -> None:
        if await self.matches(attribute("vip") == True):  # noqa: E712  # it makes a rule
            await self.update_crm("vip")


@declare
class Asking(ContactWorkflow):
    """Asks people."""

    async def path(self) -> None:
        match await self.ask(
            "worth a call?", role="sales", answers=("yes", "no"), within=days(4), escalate_to="sales-lead"
        ):
            case "yes":
                await self.sleep_until(local("09:00", on=WORKING_DAYS), "in the morning")
                await self.hand_over("lead-nurturing")
            case "no":
                self.finish("refused")
            case None:
                if not await self.sleep_until(local("09:00", on=date_of("renewal") - days(60)), "renewal"):
                    self.finish("no date")


class YearParameters(Parameters):
    """A year."""

    year: int = 1
    grace: timedelta = days(5)


@declare
class Yearly(ContactWorkflow):
    """Turns in rounds."""

    params: YearParameters

    async def path(self) -> None:
        await self.sleep(days(365), "a year")
        if await self.matches(attribute("done") == "yes"):
            self.finish("done")
        self.next_round(year=self.params.year + 1)


@declare
class Wide(ContactWorkflow):
    """Fifty decisions in a row, and one that takes two together."""

    async def path(self) -> None:
        met = 0
        for number in range(25):
            if await self.matches(attribute(f"a{number}") == 1):
                met += 1
            mail = await self.send_email(f"mail/{number}")
            if await self.wait_for(mail.seen, within=days(1)):
                await self.score(1, "seen")
        if met == 25:
            self.finish("all")


@declare
class Unreachable(ContactWorkflow):
    """Has branches that nothing leads to."""

    async def path(self) -> None:
        count = 0
        match await self.split("arm", {"a": 1, "b": 1}):
            case "a":
                count = 1
            case "b":
                count = 2
            case other:
                assert_never(other)  # type: ignore[arg-type]  # mypy does not know the arms
        if count > 5:
            await self.score(1, "many")
        await self.sleep(days(1), "end")

    async def forgotten(self) -> None:
        await self.score(1, "forgotten")


@declare
class Endless(ContactWorkflow):
    """Never ends, in one of its branches."""

    async def path(self) -> None:
        if await self.matches(score > 1):
            while True:
                await self.sleep(days(1), "again")


@declare
class Spinning(ContactWorkflow):
    """Turns without a step."""

    async def path(self) -> None:
        while True:
            pass


@declare
class LateWait(ContactWorkflow):
    """Waits after its end."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")

    @on_end
    async def linger(self, ending: Ending) -> None:
        await self.sleep(days(1), "too late")


@declare
class Undeclared(ContactWorkflow):
    """Waits for what nobody declared."""

    async def path(self) -> None:
        await self.wait_for(EventType("made.up", {}), within=days(1))


@declare
class Foreign(ContactWorkflow):
    """Awaits what is no step."""

    async def path(self) -> None:
        await asyncio.sleep(1)


@declare
class TwoSplits(ContactWorkflow):
    """Asks one split twice."""

    async def path(self) -> None:
        await self.split("arm", {"a": 1, "b": 1})
        await self.split("arm", {"a": 1, "c": 1})


@declare
class ManyLabels(ContactWorkflow):
    """Makes a label for each of sixty days."""

    async def path(self) -> None:
        for day in range(60):
            await self.sleep(days(1), f"day {day}")


@declare
class DataLabel(ContactWorkflow):
    """Makes a label of the time."""

    async def path(self) -> None:
        await self.score(1, f"at {await self.now():%Y-%m}")


@declare
class Converting(ContactWorkflow):
    """Converts a draw."""

    async def path(self) -> None:
        await self.score(int(await self.random("points") * 10), "points")


@declare
class Failing(ContactWorkflow):
    """Has a mistake."""

    async def path(self) -> None:
        names = {"a": 1}
        await self.sleep(days(names["b"]), "a day")


class Amount(Parameters):
    """An amount that has to be given."""

    amount: int


@declare
class NoDefault(ContactWorkflow):
    """Cannot be explored without its parameters."""

    params: Amount

    async def path(self) -> None:
        await self.sleep(days(self.params.amount), "a while")


@declare
class Pointless(ContactWorkflow):
    """Waits for nothing that could come."""

    async def path(self) -> None:
        nothing = Pattern(label="a message that is never sent", names=(), void=True)
        await self.wait_for(nothing, within=days(3))


@declare
class Overdue(ContactWorkflow):
    """Compares in each way that there is."""

    async def path(self) -> None:
        start = await self.now()
        await self.wait_for(OrderCompleted, within=days(10))
        if await self.now() - start > days(2):
            await self.score(1, "more")
        if (await self.now() - start).days >= 3:
            await self.score(1, "at least")
        if (await self.now()).isoweekday() != 7:
            await self.score(1, "other")
        if await self.now() > datetime(2027, 1, 1, tzinfo=UTC):
            await self.score(1, "after")


@declare
class UndoneInBranches(ContactWorkflow):
    """Does two things side by side, each with a way back."""

    async def path(self) -> None:
        await self.together(left=self.book("left"), right=self.book("right"))
        await self.wait_for(OrderCompleted, within=days(5))
        self.withdraw("no order")

    async def book(self, side: str) -> None:
        await self.call(grant_voucher, Voucher(percent=5), results=("granted",))
        await self.compensate_with(take_back, label=f"take {side} back")


class Trial(Parameters):
    """How often."""

    most_touches: int = Field(default=3, ge=1, le=9)


@declare
class InWords(ContactWorkflow):
    """Asks in each way that there is to ask."""

    params: Trial

    async def path(self) -> None:
        hello = await self.send_email("welcome/hello")
        if not await self.sleep_until(
            local("09:00", on=date_of("trial_ends") - days(3)), "three days before"
        ):
            self.finish("no trial")
        for silent in range(self.params.most_touches):
            rule = (attribute("trial_plan") == "pro") & (score >= 50)
            if await self.matches(rule) and hello.sent:
                self.finish("qualified")
            if silent == 2:
                break
            touched = await self.now()
            bought = await self.wait_for(
                OrderCompleted,
                within=days(5),
                where=(OrderCompleted.amount > 50) & (OrderCompleted.currency == "EUR"),
            )
            if await self.now() - touched > hours(12) and bought is None:
                await self.score(-1, "slow")
        if not hello.sent:
            self.finish("expired")
