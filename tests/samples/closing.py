"""Books three things, each of which can be undone."""

from datetime import date

from tests.own.ledger import Booking, book, cancel
from workflows.events import ContactSubscribed, FormSubmitted, OrderCompleted
from workflows.kit import ContactWorkflow, Ending, Objective, always, days, marketing_workflow, on_end


@marketing_workflow(
    stage="convert",
    owner="tests",
    goals=[OrderCompleted],
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Closing(ContactWorkflow):
    """Undoes what was done when it fails, or is withdrawn in the cooling-off time."""

    async def path(self) -> None:
        for what in ("deal", "contract", "invoice"):
            await self.call(book, Booking(what=what), results=("booked",), label=f"book {what}")
            await self.compensate_with(cancel, Booking(what=what), label=f"cancel {what}")
            await self.sleep(days(1), f"after {what}")
        if await self.wait_for(FormSubmitted, ContactSubscribed, within=days(14)):
            self.withdraw("customer withdrew")

    @on_end
    async def note(self, ending: Ending) -> None:
        await self.update_crm(ending.outcome)
