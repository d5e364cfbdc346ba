"""One process of the application: started, read, waited for, stopped."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from cli.up import echo

_PR_SET_PDEATHSIG = 1
_LOG_BYTES = 10_000_000
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """A process in a session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, name: str, log: Path, heed: Callable[[str, echo.Entry], None]) -> None:
        self.name = name
        self.log = log
        self.last_words: deque[str] = deque(maxlen=8)
        self._heed = heed
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._file = RotatingFileHandler(log, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self, command: Sequence[str], pass_fds: Sequence[int] = ()) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
            pass_fds=pass_fds,
            limit=1 << 20,
        )
        assert self._process.stdout
        assert self._process.stderr
        readers = [
            asyncio.create_task(self._read(stream)) for stream in (self._process.stdout, self._process.stderr)
        ]
        self._watcher = asyncio.create_task(self._watch(self._process, readers))

    async def _watch(self, process: asyncio.subprocess.Process, readers: list[asyncio.Task[None]]) -> None:
        code = await process.wait()
        await asyncio.wait(readers, timeout=1)  # its own children may hold the pipes open
        self.ended.set_result(code)

    async def stop(self, limit: float, at_once: asyncio.Event) -> bool:
        """Asks the process to end; after `limit` seconds, or `at_once`, ends it. True when it obeyed."""
        if not self._process or not self._watcher:
            return True
        if not self.ended.done() and not at_once.is_set():
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            hurry = asyncio.create_task(at_once.wait())
            waits: list[asyncio.Future[Any]] = [self.ended, hurry]
            await asyncio.wait(waits, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            hurry.cancel()
        obeyed = self.ended.done()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # and whatever it had started
        await self._watcher
        self._file.close()
        return obeyed

    async def _read(self, stream: asyncio.StreamReader) -> None:
        async for line in _lines(stream):
            self._file.emit(logging.makeLogRecord({"msg": line}))
            entry = echo.parse(line)
            if entry.is_bad:
                self.last_words.append(entry.text)
            if not entry.is_raw:
                self._heed(self.name, entry)


def _die_with(parent: int) -> Callable[[], None] | None:
    """Linux ends the process when the supervisor ends, however that happens."""
    if not _libc:
        return None
    prctl = _libc.prctl

    def leash() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the leash was on
            os._exit(1)

    return leash


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await stream.readline()
        except (
            ValueError
        ):  # longer than the limit: dropped, as a log must not stop the process that writes it
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()
