"""Activities of Acme's own: its price service keeps a price while a contract is negotiated."""

import os
from typing import Literal

import httpx
from temporalio import activity

from activities.calls import Call, Nothing


def service() -> httpx.AsyncClient:
    """Without retries: what fails is repeated by Temporal."""
    return httpx.AsyncClient(base_url=os.environ["ACME_PRICES_URL"])


@activity.defn
async def hold_price(call: Call[Nothing]) -> Literal["held"]:
    """Keeps the contact's price. A call that is repeated changes nothing: the hold is named after the enrollment."""
    async with service() as http:
        (await http.put(f"/holds/{call.enrollment_id}")).raise_for_status()
    return "held"


@activity.defn
async def release_price(call: Call[Nothing]) -> Literal["released"]:
    """Lets the price go."""
    async with service() as http:
        (await http.delete(f"/holds/{call.enrollment_id}")).raise_for_status()
    return "released"
