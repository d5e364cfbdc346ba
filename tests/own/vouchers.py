"""An engineer's own activity."""

from typing import Literal

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Model

granted: list[str] = []
failing: dict[str, ApplicationError] = {}


class Voucher(Model):
    percent: int


@activity.defn(name="grant_voucher")
async def grant_voucher(call: Call[Voucher]) -> Literal["granted", "sold_out"]:
    """Grants one, or says that there are none."""
    if call.subject_id in failing:
        raise failing[call.subject_id]
    granted.append(f"{call.enrollment_id} {call.key} {call.order.percent}")
    return "granted" if call.order.percent < 50 else "sold_out"
