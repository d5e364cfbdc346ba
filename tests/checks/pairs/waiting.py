"""Waits, activities of one's own, and what mails read."""

from activities.calls import Call, Nothing
from tests.checks.pairs.declaring import declare
from tests.own.vouchers import Voucher, grant_voucher
from workflows.kit import WORKING_DAYS, ContactWorkflow, date_of, days, local

RENEWAL = date_of("renewal")


async def plain(call: Call[Nothing]) -> str:
    """No activity."""
    return "done"


@declare
class NamesWaitsAlike(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "pause")
        await self.send_email("welcome/hello")
        await self.sleep(days(3), "pause")  # wait-label-twice
        await self.sleep_until(local("09:00", on=WORKING_DAYS), "pause")  # wait-label-twice


@declare
class NamesWaits(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "time to read")
        for _ in range(3):
            await self.sleep(days(3), "time to decide")


@declare
class TrustsInDates(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep_until(local("09:00", on=RENEWAL - days(60)), "sixty days before")  # date-unhandled
        await self.send_email("welcome/hello")
        at_noon = local("12:00", on=RENEWAL)
        await self.sleep_until(at_noon, "on the day")  # date-unhandled


@declare
class AsksForDates(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        if not await self.sleep_until(local("09:00", on=RENEWAL - days(60)), "sixty days before"):
            self.finish("no date")
        await self.sleep_until(local("09:00", on=WORKING_DAYS), "in the morning")
        await self.sleep_until(await self.now() + days(1), "a day later")


@declare
class CallsFunctions(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.call(plain, results=("done",))  # activity-undecorated
        await self.compensate_with(plain)  # activity-undecorated
        await self.sleep(days(1), "another day")


@declare
class CallsActivities(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.call(grant_voucher, Voucher(percent=5), results=("granted",))
        await self.compensate_with(grant_voucher, Voucher(percent=5))
        await self.sleep(days(1), "another day")


@declare
class SendsWhatReadsAttributes(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.send_email("reading/bare")  # attribute-without-default


@declare
class SendsWhatIsCareful(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        await self.send_email("reading/careful")


PAIRS = [
    ("wait-label-twice", NamesWaitsAlike, NamesWaits),
    ("date-unhandled", TrustsInDates, AsksForDates),
    ("activity-undecorated", CallsFunctions, CallsActivities),
    ("attribute-without-default", SendsWhatReadsAttributes, SendsWhatIsCareful),
]
