"""Long activities: telling Temporal that they are alive, and bringing them to their end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import activity

R = TypeVar("R")

GRACE = timedelta(seconds=10)
"""What a cancelled sending has left to be answered and recorded: a mail that was accepted must not be forgotten."""


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


async def finished(delivery: Coroutine[Any, Any, R]) -> R:
    """A sending is cancelled when its enrollment ends, and when its worker stood still: its mail may have been accepted
    meanwhile."""
    task = asyncio.ensure_future(delivery)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE.total_seconds())
        if task.done() and not task.cancelled() and task.exception() is None:
            return task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
