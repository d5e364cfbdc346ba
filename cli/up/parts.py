"""The four processes: how each is started, when it is ready, how long it may take to stop."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
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


async def start_api(settings: Settings, child: Child) -> None:
    await child.start(_cadencia("api"))
    await _answers(f"http://{_near(settings)}:{settings.api_port}/readyz")


async def start_worker(note: Callable[[str], None], child: Child) -> None:
    """The worker says by a pipe when it polls, and what became of those inside edited workflows."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[bytes] = loop.create_future()
    reading, writing = os.pipe()

    def read() -> None:
        loop.remove_reader(reading)
        told.set_result(os.read(reading, 1 << 16))

    loop.add_reader(reading, read)
    try:
        await child.start(_cadencia("worker", "--ready-fd", str(writing)), pass_fds=[writing])
        os.close(writing)
        polls, *lines = (await told).decode().splitlines() or [""]
        if not polls:
            await asyncio.Event().wait()  # it has ended, which its process will tell
        for line in lines:
            note(line)
    finally:
        loop.remove_reader(reading)
        os.close(reading)


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
