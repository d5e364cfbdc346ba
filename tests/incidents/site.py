"""Cadencia as an operator has it before them: its processes, its files, and a terminal."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from tests.incidents.disk import SmallDisk
from tests.incidents.people import GO_ON_WITHIN, People, until
from tests.incidents.shop import Shop
from tests.proofs.bench import Bench, environment, running
from tests.proofs.postgres import Server
from worker import catalogue
from worker.upkeep.comparing import Comparison
from worker.upkeep.reconciling import Reconciler

NAMED_WITHIN = 120.0  # seconds

_NO_TIME = timedelta(0)


@dataclass
class Site:
    """`postgresql` and `disk`, where the database is on such of its own."""

    bench: Bench
    shop: Shop
    people: People
    postgresql: Server | None = None
    disk: SmallDisk | None = None

    async def named(self, cause: str, command: str) -> None:
        """`problems` tells the cause and the command, within two minutes."""

        async def told() -> bool:
            code, shown = await self.terminal("cadencia problems")
            return code == 1 and f"✗ {cause}" in shown and f": {command}\n" in shown

        await until(told, NAMED_WITHIN)

    async def nothing_is_wrong(self) -> None:
        async def told() -> bool:
            return await self.terminal("cadencia problems") == (0, "✓ Nothing is wrong.\n")

        await until(told, GO_ON_WITHIN)

    async def run(self, command: str) -> None:
        """As an operator does: a worker goes on running, and what another command asks is answered with yes."""
        if command == "cadencia worker":
            await self.bench.worker.start()
            return
        code, shown = await self.terminal(command)
        assert code == 0, f"{command}\n{shown}"

    async def terminal(self, command: str) -> tuple[int, str]:
        """The exit code of the command, and what it shows."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        inside = self.disk.inside if self.disk else ()
        process = await asyncio.create_subprocess_exec(
            *(*inside, *command.split()),
            env={**environment(self.bench.settings), "PATH": path},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        shown, _ = await process.communicate(b"y\n")
        return await process.wait(), shown.decode()

    async def restart(self, inside: tuple[str, ...] = ()) -> None:
        """The processes that run the team's code and use the database; `inside`: where they see another disk."""
        processes = self.bench.worker, self.bench.api
        await asyncio.gather(*(process.terminate() for process in processes))
        for process in processes:
            process.run_by(*inside)
        await asyncio.gather(*(process.start() for process in processes))

    async def set_back_temporal(self, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        """Its database becomes what it was before `meanwhile`."""
        file, temporal = self.bench.settings.home / "temporal.db", self.bench.temporal
        older = file.with_suffix(".older")
        await temporal.terminate()
        shutil.copy(file, older)
        await temporal.start()
        await meanwhile()
        temporal.kill()
        for part in ("-wal", "-shm"):
            file.with_name(file.name + part).unlink(missing_ok=True)
        shutil.copy(older, file)
        await temporal.start()

    async def stores_are_compared(self) -> None:
        """As upkeep does each minute, twice; what has just begun counts too."""
        client, database = await self.bench.client(), Database(self.bench.settings.database_url)
        comparison = Comparison(
            client,
            database,
            catalogue.load(self.bench.settings),
            Reconciler(client, database),
            settled=_NO_TIME,
            again=_NO_TIME,
        )
        for _ in range(2):
            await comparison.run()
        await database.close()


@asynccontextmanager
async def site(folder: Path, database_url: str | None = None) -> AsyncIterator[Site]:
    """Its own processes, on SQLite or on the given database; the team's files are in the folder."""
    shop = Shop(folder)
    changes = {"workflows": ["workflows", "shop"], "templates": [Path("templates"), folder / "templates"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.syspath_prepend(folder)
        async with running(database_url, **changes) as bench, bench.http() as http:
            yield Site(bench, shop, People(http, bench.journal))
