"""The product as it runs in production: each part a process of its own, on free ports, with a folder of its own."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from temporalio.client import Client

from cli.up import home, prepare
from store import clock
from tests.ports import free_ports
from tests.proofs.journal import Journal
from tests.proofs.processes import Process
from tests.proofs.sink import Faults
from worker import embedded, pace, search_attributes
from worker.connection import connect
from worker.settings import Settings

PORTS = ("api_port", "temporal_port", "temporal_ui_port", "catcher_smtp_port", "catcher_port")
PACKAGES = ["workflows", "tests.samples"]


@dataclass
class Bench:
    """Temporal with its database file, a mail server, the API, and workers; the first is started with the rest."""

    settings: Settings
    key: str
    folder: Path
    temporal: Process
    sink: Process
    api: Process
    worker: Process
    journal: Journal
    _workers: list[Process] = field(default_factory=list)

    async def second_worker(self) -> Process:
        worker = cadencia("worker", self.settings, self.folder / "second-worker.log", tells=True)
        self._workers.append(worker)
        await worker.start()
        return worker

    def faults(self, **faults: Any) -> None:
        """What the mail server does wrong from now on; nothing, when none are given."""
        _write_faults(self.folder / "faults.json", Faults(**faults))

    def http(self, key: str | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.settings.api_url,
            headers={"Authorization": f"Bearer {key or self.key}"},
            timeout=30,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )

    async def client(self) -> Client:
        return await connect(self.settings)

    async def start(self) -> None:
        self.faults()
        await asyncio.gather(self.temporal.start(), self.sink.start())
        await asyncio.gather(self.api.start(), self.worker.start())

    def stop(self) -> None:
        for process in (self.api, self.worker, *self._workers, self.sink, self.temporal):
            process.kill()


@asynccontextmanager
async def running(database_url: str | None = None, **changes: Any) -> AsyncIterator[Bench]:
    """A bench of its own, on SQLite or on the given database; nothing is left when the block is.

    `changes` are settings that differ from those of the proofs.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cadencia-proof-")))
        given: dict[str, Any] = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        if database_url:
            given["database_url"] = database_url
        given = {"workflows": PACKAGES, **given, **changes}
        settings = Settings(home=folder / "var", log_level="warning", **given)
        home.folder(settings)
        pace.start(settings)
        stack.callback(clock.set_pace, clock.REAL)
        key = await prepare.database(settings)
        bench = _bench(settings, key, folder)
        stack.callback(bench.stop)
        await bench.start()
        yield bench


def _bench(settings: Settings, key: str, folder: Path) -> Bench:
    tool = embedded.find(settings)
    assert tool, "the Temporal command-line tool is not installed: `make setup` brings it"
    smtp = settings.catcher_smtp_port
    journal, faults = folder / "journal", folder / "faults.json"
    journal.touch()
    return Bench(
        settings=settings,
        key=key,
        folder=folder,
        temporal=Process(
            embedded.command(tool, settings),
            environment(settings),
            folder / "temporal.log",
            _serves(settings),
        ),
        sink=Process(
            [sys.executable, "-m", "tests.proofs.sink", str(smtp), str(journal), str(faults)],
            environment(settings),
            folder / "sink.log",
            _listens(smtp),
        ),
        api=cadencia("api", settings, folder / "api.log"),
        worker=cadencia("worker", settings, folder / "worker.log", tells=True),
        journal=Journal(journal),
    )


def cadencia(
    name: str, settings: Settings, log: Path, *, tells: bool = False, env: Mapping[str, str] | None = None
) -> Process:
    """One of the product's own processes, with these settings and what `env` adds to them."""
    command = [sys.executable, "-P", "-m", "cli.main", name]
    return Process(
        command, {**environment(settings), **(env or {})}, log, _listens(settings.api_port), tells=tells
    )


def environment(settings: Settings) -> dict[str, str]:
    """The settings that were given, and nothing of Cadencia's from our own environment."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CADENCIA_", "TEMPORAL_"))
    }
    given = {
        f"CADENCIA_{name.upper()}": ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in settings.model_dump(include=settings.model_fields_set).items()
    }
    return {**clean, **given}


def _write_faults(file: Path, faults: Faults) -> None:
    """In one piece, with a time that differs from the last one's."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(asdict(faults)))
    if file.exists() and file.stat().st_mtime_ns >= new.stat().st_mtime_ns:
        os.utime(new, ns=(file.stat().st_mtime_ns + 1, file.stat().st_mtime_ns + 1))
    os.replace(new, file)


def _listens(port: int) -> Callable[[], Any]:
    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return listens


def _serves(settings: Settings) -> Callable[[], Any]:
    """Temporal serves when it knows our search attributes."""

    async def serves() -> bool:
        try:
            await search_attributes.register(await connect(settings))
        except Exception:
            return False
        return True

    return serves
