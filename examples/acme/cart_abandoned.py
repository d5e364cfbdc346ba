"""CartAbandoned: reminds of what was left in a cart."""

from datetime import date

from examples.acme.events import CartAbandoned as Abandoned
from examples.acme.events import CartUpdated
from workflows.events import OrderCompleted
from workflows.kit import ContactWorkflow, Objective, after, days, hours, marketing_workflow


@marketing_workflow(
    stage="convert",
    owner="shop",
    starts_on=Abandoned,
    goals=[OrderCompleted],
    reentry=after(days(14)),
    objective=Objective(
        metric="abandoned carts that become orders",
        baseline=0.08,
        target=0.14,
        within=days(4),
        by=date(2027, 6, 30),
        supports="revenue",
    ),
)
class CartAbandoned(ContactWorkflow):
    """Reminds of a cart that was left, and sends a large one for free."""

    async def path(self) -> None:
        await self.sleep(hours(4), "perhaps they come back")
        await self.send_email("cart/reminder")
        if await self.wait_for(CartUpdated, within=days(1), where=CartUpdated.value >= 100):
            await self.send_email("cart/free-shipping")
        else:
            await self.send_email("cart/last-call")
        await self.sleep(days(2), "time to order")
        self.finish("not ordered")
