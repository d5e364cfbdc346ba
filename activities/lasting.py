"""Records that must be made whatever becomes of the database: a mail that is forgotten would be sent again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from store.database import is_unavailable

RECORD_AGAIN = timedelta(seconds=1)

R = TypeVar("R")


async def until_recorded(record: Callable[[], Awaitable[R]]) -> R:
    """While the database is away, again and again. Any other error is raised."""
    while True:
        try:
            return await record()
        except Exception as error:
            if not is_unavailable(error):
                raise
        await asyncio.sleep(RECORD_AGAIN.total_seconds())
