"""What paths do with answers, attributes, labels."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from tests.checks.pairs.declaring import declare
from tests.own.vouchers import Voucher, grant_voucher
from workflows.events import OrderCompleted
from workflows.kit import ContactWorkflow, Parameters, attribute, days, score

LARGE = Decimal(500)
TOUCHES = ("first", "second", "third")


@declare
class Converts(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        arm = await self.split("pause", {"1": 50, "2": 50})
        await self.sleep(days(int(arm)), "as drawn")  # data-converted
        answer = await self.call(grant_voucher, Voucher(percent=5), results=("granted", "sold_out"))
        if answer.startswith("sold"):  # data-converted
            self.finish("sold out")
        if await self.random("draw") * 10 < 1:  # data-converted
            self.finish("lucky")


@declare
class Compares(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        arm = await self.split("pause", {"short": 50, "long": 50})
        await self.sleep(days(1) if arm == "short" else days(2), "as drawn")
        if await self.random("draw") < 0.1:
            self.finish("lucky")
        came = await self.wait_for(OrderCompleted, within=days(2))
        if came:
            await self.sleep_until(came.at + days(1), "a day after")
        reached = await self.together(left=self.rest("left"), right=self.rest("right"))
        if not all(reached.values()) or len(reached) != 2:
            raise AssertionError

    async def rest(self, label: Literal["left", "right"]) -> bool:
        await self.sleep(days(1), label)
        return True


@declare
class TestsAttributes(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        if attribute("plan") == "pro":  # rule-outside-matches
            self.finish("pro")
        if await self.matches((score > 5) and (score < 50)):  # rule-outside-matches
            self.finish("warm")
        if not OrderCompleted.amount > Decimal(5):  # rule-outside-matches
            self.finish("poor")


@declare
class AsksWhetherItMatches(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        if await self.matches((attribute("plan") == "pro") & (score > 5)):
            self.finish("pro")
        if not await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount > 5):
            self.finish("poor")


class Theme(Parameters):
    """What it is about."""

    topic: str = "shoes"
    season: Literal["summer", "winter"] = "summer"


@declare
class LabelsOfData(ContactWorkflow):
    """Broken."""

    params: Theme

    async def path(self) -> None:
        await self.sleep(days(1), f"for {self.params.topic}")  # unbounded-label
        await self.update_crm(self.enrollment.subject_id)  # unbounded-label
        code = await self.call(grant_voucher, Voucher(percent=5))
        await self.score(1, reason=f"got {code}")  # unbounded-label
        await self.sleep(days(1), self.params.season)


@declare
class LabelsOfASet(ContactWorkflow):
    """Fine."""

    params: Theme

    async def path(self) -> None:
        await self.sleep(days(1), f"for {self.params.season}")
        for number, touch in enumerate(TOUCHES):
            await self.send_email(f"nurture/{touch}")
            await self.sleep(days(1), f"after {number}: {touch}")
        answer = await self.call(grant_voucher, Voucher(percent=5), results=("granted", "sold_out"))
        await self.update_contact(f"voucher {answer}", topic=self.params.topic)
        arm = await self.split("arm", {"a": 50, "b": 50})
        self.finish(f"{arm} {answer}")


@declare
class NoLabel(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), " ")  # label-missing


@declare
class ALabel(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.now()
        await self.sleep(days(1), "a day")


@declare
class SplitsTwice(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        if await self.split("incentive", {"guide": 50, "offer": 50}) == "guide":
            await self.send_email("welcome/guide")
        await self.sleep(days(1), "a day")
        await self.again()

    async def again(self) -> None:
        if await self.split("incentive", {"guide": 50, "offer": 50}) == "guide":  # split-asked-twice
            await self.update_crm("guided")


@declare
class SplitsOnce(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        for touch in TOUCHES:
            arm = await self.split("incentive", {"guide": 50, "offer": 50})
            await self.send_email(f"nurture/{touch}")
            await self.sleep(days(1) if arm == "guide" else days(2), "a while")
        if await self.control_group("incentive", 10):
            self.finish("control")


class Worth(Parameters):
    """What an order must be worth."""

    least: int = Field(default=50, ge=0, le=1_000_000)


@declare
class ConditionsOnTheSpot(ContactWorkflow):
    """Broken."""

    params: Worth

    async def path(self) -> None:
        least = self.params.least
        await self.wait_for(
            OrderCompleted,
            within=days(1),
            where=OrderCompleted.amount > Decimal(5),  # condition-unreadable
        )
        await self.wait_for(
            OrderCompleted,
            within=days(1),
            where=OrderCompleted.amount > least,  # condition-unreadable
        )


@declare
class ConditionsThatCanBeRead(ContactWorkflow):
    """Fine."""

    params: Worth

    async def path(self) -> None:
        if await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount > LARGE):
            self.finish("rich")
        if await self.wait_for(
            OrderCompleted, within=days(1), where=OrderCompleted.amount > self.params.least
        ):
            self.finish("well")


PAIRS = [
    ("condition-unreadable", ConditionsOnTheSpot, ConditionsThatCanBeRead),
    ("data-converted", Converts, Compares),
    ("rule-outside-matches", TestsAttributes, AsksWhetherItMatches),
    ("unbounded-label", LabelsOfData, LabelsOfASet),
    ("label-missing", NoLabel, ALabel),
    ("split-asked-twice", SplitsTwice, SplitsOnce),
]
