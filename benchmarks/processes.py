"""Cadencia's own commands as processes of their own, as in production."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from worker.settings import Settings

_PATIENCE = 30  # seconds until a process must listen


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    with ExitStack() as probes:
        listening = [probes.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in listening]


@asynccontextmanager
async def command(name: str, settings: Settings, port: int) -> AsyncIterator[None]:
    """`cadencia NAME` under these settings, from when it listens on the port until the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "cli.main", name,
        env=_environment(settings), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE):
            while not await _listens(port):
                if process.returncode is not None:
                    raise RuntimeError(f"cadencia {name} ended with code {process.returncode}")
                await asyncio.sleep(0.05)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """The settings that were given, and nothing from the caller's own environment."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CADENCIA_", "TEMPORAL_"))
    }
    given = {
        f"CADENCIA_{name.upper()}": ",".join(value) if isinstance(value, list) else str(value)
        for name, value in settings.model_dump(include=settings.model_fields_set).items()
    }
    return {**clean, **given, "CADENCIA_LOG_LEVEL": "error"}


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
