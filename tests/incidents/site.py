"""Cadencia as an operator has it before them: its processes, its files, and a terminal."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client

from tests.incidents.shop import Shop
from tests.proofs.bench import Bench, environment, running

NAMED_WITHIN, ENDED_WITHIN = 120.0, 180.0


@dataclass
class Site:
    bench: Bench
    shop: Shop
    http: httpx.AsyncClient
    ids: list[str] = field(default_factory=list)

    @property
    def client(self) -> Any:
        """A connection to Temporal, to be awaited."""
        return self.bench.client()

    async def enroll(self, count: int = 1, **params: Any) -> list[str]:
        """As many people more in the workflow `shop`."""
        ids = []
        for _ in range(count):
            contact = {"email": f"{secrets.token_hex(8)}@example.com", "name": "Ana"}
            body = {"contact": contact, "params": params}
            answer = await self.http.post("/v1/workflows/shop/enrollments", json=body)
            ids.append(answer.raise_for_status().json()["id"])
        self.ids += ids
        return ids

    async def terminal(self, command: str) -> str:
        """What the command shows. It runs in the folder of the team's files."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        process = await asyncio.create_subprocess_shell(
            command,
            env={**environment(self.bench.settings), "PATH": path, "COLUMNS": "200"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        shown, _ = await process.communicate()
        return shown.decode()

    async def named(self, name: str, command: str) -> None:
        """Within two minutes, with what helps."""
        await self._until(lambda shown: name in shown and command in shown, NAMED_WITHIN)

    async def over(self, name: str) -> None:
        await self._until(lambda shown: name not in shown, ENDED_WITHIN)

    async def _until(self, holds: Any, within: float) -> None:
        deadline = asyncio.get_running_loop().time() + within
        while not holds(shown := await self.terminal("cadencia problems")):
            assert asyncio.get_running_loop().time() < deadline, shown
            await asyncio.sleep(1)

    async def stands(self, id: str, status: str) -> None:
        async with asyncio.timeout(ENDED_WITHIN):
            while await self.status(id) != status:  # noqa: ASYNC110  # it is asked
                await asyncio.sleep(0.2)

    async def status(self, id: str) -> str:
        answer = (await self.http.get(f"/v1/enrollments/{id}")).raise_for_status().json()
        return str(answer["status"])

    async def restart(self) -> None:
        """The processes that run the team's code."""
        self.bench.worker.kill()
        self.bench.api.kill()
        await asyncio.gather(self.bench.worker.start(), self.bench.api.start())

    async def with_older_temporal(self, ids: int) -> None:
        """People enter, and Temporal's database is then set back to before."""
        file = self.bench.settings.home / "temporal.db"
        older = file.with_suffix(".older")
        await self.bench.temporal.terminate()
        shutil.copy(file, older)
        await self.bench.temporal.start()
        await self.enroll(ids)
        self.bench.temporal.kill()
        for part in ("-wal", "-shm"):
            file.with_name(file.name + part).unlink(missing_ok=True)
        shutil.copy(older, file)
        await self.bench.temporal.start()


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    shop = Shop(folder)
    templates = [Path("templates"), folder / "templates"]
    async with (
        running(workflows=["workflows", "shop"], templates=templates) as bench,
        bench.http() as http,
    ):
        yield Site(bench, shop, http)


async def run_of(client: Client, id: str) -> str | None:
    """The id of its run, which another start of it changes."""
    return (await client.get_workflow_handle(id).describe()).run_id
