"""Bookings of an engineer's own, and their undoing, told in order."""

from typing import Literal

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Model

booked: list[str] = []
refuses: set[str] = set()
stuck: set[str] = set()
broken: set[str] = set()
"""Subjects for whom the code of `Faulty` is wrong, until it is mended."""


class Booking(Model):
    what: str


@activity.defn(name="book")
async def book(call: Call[Booking]) -> Literal["booked"]:
    if call.subject_id in refuses and call.order.what == "invoice":
        raise ApplicationError("refused", type="refused", non_retryable=True)
    booked.append(f"{call.subject_id} book {call.order.what}")
    return "booked"


@activity.defn(name="cancel")
async def cancel(call: Call[Booking]) -> Literal["cancelled"]:
    """Goes wrong once for those in `stuck`, as things do."""
    if call.subject_id in stuck:
        stuck.discard(call.subject_id)
        raise RuntimeError("the other system is away")
    booked.append(f"{call.subject_id} cancel {call.order.what}")
    return "cancelled"
