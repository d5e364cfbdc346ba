"""Calls that meet are done together: while one piece of work is under way, the next gathers."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar

import structlog

from store.database import is_unavailable

Key = TypeVar("Key")
Item = TypeVar("Item")
Result = TypeVar("Result")

log = structlog.get_logger()


class Together(Generic[Item, Result]):
    """One call alone is done at once; many at a time share a transaction, `most` of them at most.

    `work` answers each item in order. When it fails, each of its items is tried alone, so that none spoils another's.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._until_done())
        return await answer

    async def _until_done(self) -> None:
        try:
            while self._waiting:
                count = min(self._most, len(self._waiting))
                await self._do([self._waiting.popleft() for _ in range(count)])
        finally:
            self._working = None
            for _, answer in self._waiting:  # only when this was cancelled: nobody else would answer them
                answer.cancel()

    async def _do(self, calls: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._work([item for item, _ in calls])
        except Exception as error:
            if len(calls) > 1 and not is_unavailable(error):
                for call in calls:
                    await self._do([call])
                return
            for _, answer in calls:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), result in zip(calls, results, strict=True):
                if not answer.done():
                    answer.set_result(result)


async def done_by(
    deadline: float, jobs: Mapping[Key, Coroutine[Any, Any, Result]]
) -> dict[Key, Result | BaseException]:
    """Does the jobs side by side until the loop's time `deadline`; what is not done then is cancelled.

    A job that was cancelled, or failed, has its exception for a result.
    """
    tasks = [asyncio.create_task(job) for job in jobs.values()]
    if tasks:
        left = deadline - asyncio.get_running_loop().time()
        _, late = await asyncio.wait(tasks, timeout=max(0.0, left))
        for task in late:
            task.cancel()
    results = dict(zip(jobs, await asyncio.gather(*tasks, return_exceptions=True), strict=True))
    for failed in {type(result) for result in results.values() if isinstance(result, Exception)}:
        log.warning("a part of a batch is left for later", error=failed.__name__)
    return results
