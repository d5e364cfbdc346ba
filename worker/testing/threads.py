"""An event loop in a thread of its own, so that runs live on while tests, each perhaps on its own loop, come and go."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

R = TypeVar("R")


class Elsewhere:
    """Does coroutines on the other loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="cadencia-testing", daemon=True)
        self._thread.start()

    def at_once(self, doing: Coroutine[Any, Any, R]) -> R:
        """Blocks until it is done: for reading, from code that awaits nothing."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    async def done(self, doing: Coroutine[Any, Any, R]) -> R:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, self._loop))

    def close(self) -> None:
        self.at_once(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
