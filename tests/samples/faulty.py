"""Raises errors where its parameter says, as long as the subject is in `tests.own.ledger.broken`."""

import asyncio
from datetime import date
from typing import Literal

from tests.own.ledger import Booking, book, broken, cancel
from workflows.events import MeetingBooked
from workflows.kit import (
    ContactWorkflow,
    Ending,
    Objective,
    Parameters,
    always,
    days,
    hours,
    marketing_workflow,
    on_end,
)


class Fault(Parameters):
    """Where the error is."""

    place: Literal["nowhere", "path", "together", "cancelled", "end"] = "nowhere"


@marketing_workflow(
    stage="convert",
    owner="tests",
    goals=[MeetingBooked],
    reentry=always(),
    objective=Objective("nothing", 0.1, 0.2, days(10), date(2030, 1, 1), "tests"),
)
class Faulty(ContactWorkflow):
    """Books, waits for three days in two branches, and greets."""

    params: Fault

    async def path(self) -> None:
        await self.call(book, Booking(what="deal"), results=("booked",))
        await self.compensate_with(cancel, Booking(what="deal"))
        await self.together(short=self.short(), long=self.sleep(days(3), "long"))
        await self.sleep(hours(1), "after both")
        if self.params.place == "path" and self.is_broken:
            raise ValueError("Ada Lovelace cannot be greeted")
        if self.params.place == "cancelled" and self.is_broken:
            raise asyncio.CancelledError
        await self.send_email("welcome/hello", purpose="transactional")

    @property
    def is_broken(self) -> bool:
        return self.enrollment.subject_id in broken

    async def short(self) -> None:
        await self.sleep(days(1), "short")
        if self.params.place == "together" and self.is_broken:
            raise ZeroDivisionError

    @on_end
    async def note(self, ending: Ending) -> None:
        if self.params.place == "end" and self.is_broken:
            raise KeyError("Ada Lovelace")
        await self.update_crm(ending.outcome)
