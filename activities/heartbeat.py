"""Telling Temporal that a long activity is alive."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity


@asynccontextmanager
async def heartbeats(every: float = 5.0) -> AsyncIterator[None]:
    """Beats in the background, so that a dead worker is noticed long before the activity's own limit."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(every)  # most activities are done before the first beat
            activity.heartbeat()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
