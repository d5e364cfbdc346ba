"""A base class in a module of its own, with names of its own."""

from decimal import Decimal

from workflows.events import OrderCompleted as Order
from workflows.kit import ContactWorkflow, Parameters, days

LEAST = Decimal("49.90")


class WorthParameters(Parameters):
    """What an order must be worth."""

    least: int = 50


class Selling(ContactWorkflow):
    """Waits for orders."""

    params: WorthParameters

    async def small(self) -> bool:
        return await self.wait_for(Order, within=days(5), where=Order.amount >= LEAST) is not None

    async def large(self) -> bool:
        return await self.wait_for(Order, within=days(5), where=self.params.least < Order.amount) is not None
