"""The mails, for an event loop: one thread owns the file, and mails that wait share one transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from worker.catcher.mailfile import MailFile, Place, Query
from worker.catcher.message import Message, Summary, open_message

_PAGE = 500  # mails read at a time: a long list must neither hold up those that arrive nor fill the memory

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")


@dataclass(frozen=True)
class _Arrival:
    recipients: list[str]
    raw: bytes
    stored: asyncio.Future[None]


class MailStore:
    """Every method may raise `sqlite3.Error`: a full disk, a file that holds something else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="catcher")
        self._waiting: list[_Arrival] = []
        self._writing: asyncio.Task[None] | None = None
        self.arrived = asyncio.Event()  # set, and replaced, when more mails are stored

    async def open(self) -> None:
        try:
            self._file = await self._run(MailFile, self._path)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    async def close(self) -> None:
        """Returns when every mail handed to `add` is stored or refused."""
        if self._writing:
            await self._writing
        await self._run(self._file.close)
        self._thread.shutdown()

    async def check(self) -> None:
        await self._run(self._file.check)

    async def add(self, recipients: list[str], raw: bytes) -> None:
        """Returns when the mail is on disk, where neither a kill nor a power cut takes it away."""
        arrival = _Arrival(recipients, raw, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting())
        await arrival.stored

    async def summaries(self, query: Query, limit: int | None = None) -> AsyncIterator[list[Summary]]:
        """Newest first, some hundred at a time."""
        end: Place | None = None
        left = limit
        while left is None or left > 0:
            count = _PAGE if left is None else min(_PAGE, left)
            page, end = await self._run(self._file.page, query, end, count)
            yield page
            if end is None:
                return
            left = None if left is None else left - count

    async def raw(self, mail_id: str) -> bytes | None:
        """A mail's bytes as they came."""
        found = await self._run(self._file.find, mail_id)
        return found[1] if found else None

    async def message(self, mail_id: str) -> Message | None:
        found = await self._run(self._file.find, mail_id)
        return await asyncio.to_thread(open_message, *found) if found else None

    async def delete(self, query: Query) -> None:
        await self._run(self._file.delete, query)

    async def _run(self, work: Callable[[*Arguments], Answer], *arguments: *Arguments) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error: Exception | None = None
            try:
                await self._run(self._file.insert, [(arrival.recipients, arrival.raw) for arrival in batch])
            except Exception as caught:
                error = caught
            for arrival in batch:
                _settle(arrival.stored, error)
            self.arrived.set()
            self.arrived = asyncio.Event()


def _settle(stored: asyncio.Future[None], error: Exception | None) -> None:
    if stored.done():  # its sender has gone
        return
    if error:
        stored.set_exception(error)
    else:
        stored.set_result(None)
