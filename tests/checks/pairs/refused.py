"""Paths that the toolkit refuses."""

from typing import Any

from tests.checks.pairs.declaring import declare
from workflows.events import EmailOpened, OrderCompleted
from workflows.kit import ContactWorkflow, days


@declare
class Sound(ContactWorkflow):
    """Fine."""

    async def path(self) -> None:
        await self.sleep(days(1), "a day")


@declare
class ForgetsItsTime(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.wait_for(OrderCompleted)  # type: ignore[call-arg]


@declare
class NamesEvents(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.wait_for("order.completed", within=days(3))  # type: ignore[arg-type]
        await self.wait_for("cart.left", within=days(3))  # type: ignore[arg-type]


@declare
class ReadsAttributes(ContactWorkflow):
    """Broken."""

    contact: Any

    async def path(self) -> None:
        await self.sleep(days(1), "a day")
        if self.contact.attributes["plan"] == "pro":
            self.finish("pro")
        if self.contact.attributes.get("city"):
            self.finish("city")
        if self.enrollment.contact.tier == "gold":  # type: ignore[attr-defined]
            self.finish("gold")


@declare
class LacksArguments(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(1))  # type: ignore[call-arg]


@declare
class ReadsNothing(ContactWorkflow):
    """Broken."""

    async def path(self) -> None:
        await self.sleep(days(self.patience), "a while")  # type: ignore[attr-defined]


@declare
class WrongThroughout(ContactWorkflow):
    """Broken in more than one place."""

    async def path(self) -> None:
        await self.send_email("no/such")
        await self.wait_for(OrderCompleted)  # type: ignore[call-arg]
        await self.wait_for(EmailOpened, within=days(2))
        await self.create_task("call", role="")
        await self.sleep(days(4_000), "for ever")
        await self.other()

    async def other(self) -> None:
        await self.send_email("no/other")
        await self.start("nowhere")
        await self.hand_over("wrong-throughout")
