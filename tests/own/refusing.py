"""An activity that does what its step's name says: nothing, or to fail for good."""

from typing import Literal

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.calls import Call, Nothing


@activity.defn(name="refuse")
async def refuse(call: Call[Nothing]) -> Literal["done"]:
    if ":fail" in call.key:
        raise ApplicationError("refused", type="refused", non_retryable=True)
    return "done"
