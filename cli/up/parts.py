"""The four processes: how each is started, when it is ready, how long it may take to stop."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import httpx
from temporalio.service import RPCError

from cli.output import Failure
from cli.trouble import temporal_line
from cli.up.child import Child
from worker import embedded, search_attributes
from worker.connection import connect
from worker.settings import Settings

API, WORKER, MAIL, TEMPORAL = "API", "worker", "mail catcher", "Temporal"
STOP_ORDER = {API: 15.0, WORKER: 30.0, MAIL: 5.0, TEMPORAL: 15.0}  # seconds
START_WITHIN = 90.0
Start = Callable[[Child], Coroutine[Any, Any, None]]


def log_file(settings: Settings, name: str) -> Path:
    return settings.home / "logs" / f"{name.lower().replace(' ', '-')}.log"


async def start_temporal(settings: Settings, child: Child, note: Callable[[str], None]) -> None:
    tool = await embedded.fetch(settings, note)
    await child.start(embedded.command(tool, settings))


async def start_mail(settings: Settings, child: Child) -> None:
    await child.start(_cadencia("mail"))
    await _answers(f"http://{_near(settings)}:{settings.catcher_port}/healthz")


async def start_api(settings: Settings, listener: socket.socket, child: Child) -> None:
    """Another API on the same socket answers until this one is ready, where there is one."""
    socket_fd = listener.fileno()
    await _start_telling(child, lambda _: None, ["api", "--socket-fd", str(socket_fd)], [socket_fd])
    await _answers(f"http://{_near(settings)}:{settings.api_port}/readyz")


async def start_worker(note: Callable[[str], None], after: int | None, child: Child) -> None:
    """Takes on work when the process `after` has ended. Notes what became of those inside edited workflows, in time."""
    await _start_telling(child, note, ["worker", *(["--after", str(after)] if after else [])])


class _Pipe(asyncio.Protocol):
    """What a process tells: a line when it is ready, then lines to note."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self.ready = asyncio.Event()
        self._note = note
        self._begun = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._begun = (self._begun + data).split(b"\n")
        for line in lines:
            if self.ready.is_set():
                self._note(line.decode())
            self.ready.set()


async def _start_telling(
    child: Child, note: Callable[[str], None], command: list[str], fds: Sequence[int] = ()
) -> None:
    """Returns when the process is ready. One that ends before never is, as its end will tell."""
    reading, writing = os.pipe()
    _, pipe = await asyncio.get_running_loop().connect_read_pipe(
        lambda: _Pipe(note), os.fdopen(reading, "rb", buffering=0)
    )
    try:
        await child.start(_cadencia(*command, "--ready-fd", str(writing)), pass_fds=[writing, *fds])
    finally:
        os.close(writing)  # the process has its own, and the pipe ends with it
    await pipe.ready.wait()


async def reach_temporal(settings: Settings) -> None:
    """Waits until Temporal answers and knows our search attributes. Raises `Failure` when it takes long."""
    patience = 15.0 if settings.temporal_elsewhere else START_WITHIN
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            client = await connect(settings)
            await search_attributes.register(client)
            return
        except (RuntimeError, RPCError) as error:  # what the SDK raises for a server that is not there yet
            if asyncio.get_running_loop().time() > deadline:
                raise Failure(temporal_line(settings, error)) from error
        await asyncio.sleep(0.1)


async def _answers(url: str) -> None:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


def _near(settings: Settings) -> str:
    """Where this machine reaches what listens on `host`."""
    return "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host


def _cadencia(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "cli.main", *arguments]
