"""Paths whose waits are read from the source."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from activities.conditions import EventCondition
from tests.analysis import heard_base
from tests.analysis.explored import declare, take_back
from tests.analysis.heard_base import Selling, WorthParameters
from tests.own.vouchers import Voucher, grant_voucher
from workflows import events
from workflows.events import EmailClicked, FormSubmitted, MeetingBooked, OrderCompleted, SiteVisited
from workflows.kit import ContactWorkflow, EventType, days
from workflows.kit.emails import Email

NEXT = "reactivation"
CURRENCIES = ("EUR", "USD")
LARGE = (OrderCompleted.amount > 50) & OrderCompleted.currency.is_in(*CURRENCIES)
PAGES = (SiteVisited, FormSubmitted)


@declare
class Plainly(ContactWorkflow):
    """Names events, a message's handles, and a tuple of events."""

    async def path(self) -> None:
        mail = await self.send_email("welcome/hello")
        if await self.wait_for(mail.bounced, events.OrderCompleted, within=days(1)):
            self.finish("bounced")
        await self.wait_for(*PAGES, within=days(1))
        await self.clicked(mail)

    async def clicked(self, mail: Email) -> bool:
        return await self.wait_for(mail.clicked, within=days(1)) is not None


@declare
class Asking(ContactWorkflow):
    """Asks people."""

    async def path(self) -> None:
        await self.ask("approve", role="sales", answers=("yes", "no"), within=days(1))


@declare
class Literals(ContactWorkflow):
    """Conditions on literals."""

    async def path(self) -> None:
        await self.wait_for(
            OrderCompleted,
            within=days(1),
            where=(OrderCompleted.amount > 50) & OrderCompleted.currency.is_set(),
        )
        await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.currency.is_in("EUR", "USD"))
        await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount != -1)
        await self.wait_for(SiteVisited, within=days(1), where=None)


@declare
class Constants(ContactWorkflow):
    """Conditions on constants."""

    async def path(self) -> None:
        await self.wait_for(OrderCompleted, within=days(1), where=LARGE)
        await self.wait_for(
            OrderCompleted, within=days(1), where=OrderCompleted.currency.is_in(*CURRENCIES, "GBP")
        )
        await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount < heard_base.LEAST)


@declare
class Inheriting(Selling):
    """Waits in the methods of its base class."""

    async def path(self) -> None:
        if await self.small() and await self.large():
            await buy(self)


@declare
class OneOfTwo(ContactWorkflow):
    """One event under a condition, another without."""

    async def path(self) -> None:
        await self.wait_for(OrderCompleted, SiteVisited, within=days(1), where=SiteVisited.url == "/prices")


@declare
class OnceWithout(ContactWorkflow):
    """The same event with a condition and without."""

    async def path(self) -> None:
        await self.wait_for(SiteVisited, within=days(1), where=SiteVisited.url == "/prices")
        await self.wait_for(SiteVisited, within=days(1))


async def book(flow: ContactWorkflow) -> None:
    await flow.wait_for(MeetingBooked, within=days(1))


async def buy(flow: "Inheriting") -> None:
    await flow.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount >= flow.params.least)


WAYS: dict[str, Callable[[ContactWorkflow], Awaitable[None]]] = {"book": book}


@declare
class ByTable(ContactWorkflow):
    """Finds its helper function in a table."""

    async def path(self) -> None:
        await WAYS["book"](self)


@declare
class ByVariable(ContactWorkflow):
    """Is given the event."""

    async def path(self) -> None:
        await self.first(SiteVisited)

    async def first(self, event: EventType) -> None:
        await self.wait_for(event, within=days(1))
        await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount > 5)


@declare
class HandedOn(ContactWorkflow):
    """Waits by another name."""

    async def path(self) -> None:
        wait = self.wait_for
        await wait(SiteVisited, within=days(1))


@declare
class Local(ContactWorkflow):
    """Refused: the condition hangs on a local name."""

    async def path(self) -> None:
        least = Decimal(5)
        await self.wait_for(OrderCompleted, within=days(1), where=OrderCompleted.amount > least)  # refused


@declare
class Calculating(ContactWorkflow):
    """Refused: the condition is calculated."""

    params: WorthParameters

    async def path(self) -> None:
        await self.wait_for(
            OrderCompleted,
            within=days(1),
            where=OrderCompleted.amount > self.params.least * 2,  # refused
        )


@declare
class Made(ContactWorkflow):
    """Refused: a method makes the condition."""

    async def path(self) -> None:
        await self.wait_for(EmailClicked, within=days(1), where=self.wanted())  # refused

    def wanted(self) -> EventCondition:
        return EmailClicked.url == "/"


@declare
class Unpacked(ContactWorkflow):
    """Refused: nobody knows what is in the options."""

    async def path(self) -> None:
        options: Any = {"within": days(1)}
        await self.wait_for(EmailClicked, **options)  # refused


@declare
class Rarely(ContactWorkflow):
    """What it begins stands where no walk comes."""

    async def path(self) -> None:
        clicked = []
        for _ in range(12):
            mail = await self.send_email("nurture/first")
            clicked.append(await self.wait_for(mail.clicked, within=days(1)) is not None)
        if clicked == [True, False] * 6:
            await self.compensate_with(take_back)
            await self.call(grant_voucher, Voucher(percent=5))
            await self.start(workflow="lead-nurturing")
            await self.hand_over(NEXT)
