"""The API as a process of its own, as `cadencia api` runs it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from temporalio.client import Client

from store.database import Database
from tests.api.conftest import KEY, key
from tests.ports import free_port
from tests.proofs.processes import Process
from tests.temporal import port_of


@dataclass
class Served:
    url: str
    key: str
    process: Process

    @property
    def memory(self) -> int:
        """What the process holds in memory, in bytes."""
        assert self.process.pid
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def served(database: Database, temporal: Client, folder: Path, **changes: str) -> AsyncIterator[Served]:
    """Settings may be changed, by the names of their variables."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CADENCIA_", "TEMPORAL_"))
    }
    settings = {
        "CADENCIA_API_PORT": str(port),
        "CADENCIA_DATABASE_URL": database.url,
        "CADENCIA_HOME": str(folder),
        "CADENCIA_LOG_LEVEL": "warning",
        "CADENCIA_SECRET_KEYS": KEY,
        "CADENCIA_TEMPORAL_PORT": str(port_of(temporal)),
        **changes,
    }

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as http:
                return (await http.get(f"{url}/healthz")).is_success
        except httpx.TransportError:
            return False

    command = [sys.executable, "-P", "-m", "cli.main", "api"]
    process = Process(command, {**clean, **settings}, folder / "api.log", ready)
    await process.start()
    try:
        yield Served(url, await key(database, "admin"), process)
    finally:
        process.kill()
