"""Cadencia as an operator has it before them: its processes, its files, and a terminal."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from store.database import Database
from tests.incidents.disk import SmallDisk
from tests.incidents.shop import Shop
from tests.proofs.bench import Bench, environment, running
from tests.proofs.postgres import Server
from worker import catalogue
from worker.upkeep.comparing import Comparison
from worker.upkeep.reconciling import Reconciler

NAMED_WITHIN, ENDED_WITHIN = 120.0, 90.0  # seconds
CROWD = "incidents.example"

_NO_TIME = timedelta(0)
_BASKET = {"name": "basket.filled", "properties": {"items": 3}}


@dataclass
class Site:
    """`database` and `disk`, where it has such of its own."""

    bench: Bench
    shop: Shop
    http: httpx.AsyncClient
    database: Server | None = None
    disk: SmallDisk | None = None
    _people: dict[str, tuple[str, int]] = field(default_factory=dict)

    async def enroll(self, count: int = 1, visits: int = 2) -> list[str]:
        """As many people more in the workflow `shop`."""
        ids = []
        for _ in range(count):
            address = f"{secrets.token_hex(8)}@{CROWD}"
            body = {"contact": {"email": address, "name": "Ana"}, "params": {"visits": visits}}
            answer = await self.http.post("/v1/workflows/shop/enrollments", json=body)
            ids.append(answer.raise_for_status().json()["id"])
            self._people[ids[-1]] = address, 10 // visits
        return ids

    async def waiting(self, count: int = 1, visits: int = 2) -> list[str]:
        """People more, who have their mail and wait for a basket."""
        ids = await self.enroll(count, visits)
        await _until(self._all_wait, ENDED_WITHIN)
        return ids

    async def named(self, cause: str, command: str) -> None:
        """`problems` tells the cause and the command, within two minutes."""

        async def told() -> bool:
            code, shown = await self.terminal("cadencia problems")
            return code == 1 and f"✗ {cause}" in shown and f": {command}\n" in shown

        await _until(told, NAMED_WITHIN)

    async def nothing_is_wrong(self) -> None:
        await _until(self._is_nothing_wrong, ENDED_WITHIN)

    async def _is_nothing_wrong(self) -> bool:
        return await self.terminal("cadencia problems") == (0, "✓ Nothing is wrong.\n")

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
        process = await asyncio.create_subprocess_exec(
            *self._inside,
            *command.split(),
            env={**environment(self.bench.settings), "PATH": path},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        shown, _ = await process.communicate(b"y\n")
        return await process.wait(), shown.decode()

    async def all_finish(self) -> None:
        """Everybody's basket is filled: each has had one mail, and has got the score once."""
        await _until(self._all_wait, ENDED_WITHIN)
        for id in self._people:
            contact = (await self._enrollment(id))["contact_id"]
            answer = await self.http.post("/v1/events", json={**_BASKET, "contact": {"id": contact}})
            answer.raise_for_status()
        await self.all_end()
        mails = [mail.to for mail in self.bench.journal.mails(CROWD)]
        for id, (address, score) in self._people.items():
            contact = (await self._enrollment(id))["contact_id"]
            shown = (await self.http.get(f"/v1/contacts/{contact}")).json()
            assert (mails.count(address), shown["score"]) == (1, score), id
        self._people.clear()

    async def all_end(self) -> None:
        await _until(self._all_ended, ENDED_WITHIN)

    async def _all_wait(self) -> bool:
        """For their basket; some may have it, and have ended."""
        found = [await self._enrollment(id) for id in self._people]
        return all(
            one["status"] == "ended" or any(due["key"].startswith("wait_for:") for due in one["next"])
            for one in found
        )

    async def _all_ended(self) -> bool:
        found = [await self._enrollment(id) for id in self._people]
        assert {one["outcome"] for one in found} <= {None, "completed"}, found
        return all(one["status"] == "ended" for one in found)

    async def _enrollment(self, id: str) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/enrollments/{id}")
        shown: dict[str, Any] = answer.raise_for_status().json()
        return shown

    async def stands(self, id: str, status: str) -> None:
        async def does() -> bool:
            return bool((await self._enrollment(id))["status"] == status)

        await _until(does, ENDED_WITHIN)

    async def restart(self) -> None:
        """The processes that run the team's code."""
        await asyncio.gather(self.bench.worker.terminate(), self.bench.api.terminate())
        await asyncio.gather(self.bench.worker.start(), self.bench.api.start())

    async def move_to(self, disk: SmallDisk) -> None:
        """What uses the database is started anew where it sees that disk."""
        await asyncio.gather(self.bench.worker.terminate(), self.bench.api.terminate())
        for process in (self.bench.worker, self.bench.api):
            process.run_by(*disk.inside)
        await asyncio.gather(self.bench.worker.start(), self.bench.api.start())

    @property
    def _inside(self) -> tuple[str, ...]:
        return self.disk.inside if self.disk else ()

    async def mail_taken(self) -> None:
        """The server has everybody's mail, whatever it answered."""

        async def taken() -> bool:
            mails = {mail.to for mail in self.bench.journal.mails(CROWD)}
            return mails >= {address for address, _ in self._people.values()}

        await _until(taken, ENDED_WITHIN)

    async def stores_are_compared(self) -> None:
        """As upkeep does each minute; it looks twice, and takes what is a minute old for settled."""
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


async def _until(holds: Callable[[], Awaitable[bool]], within: float) -> None:
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110  # other processes tell
            await asyncio.sleep(0.5)


@asynccontextmanager
async def site(folder: Path, database_url: str | None = None) -> AsyncIterator[Site]:
    """Its own processes, on SQLite or on the given database."""
    shop = Shop(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.syspath_prepend(folder)
        templates = [Path("templates"), folder / "templates"]
        packages = ["workflows", "shop"]
        async with (
            running(database_url, workflows=packages, templates=templates) as bench,
            bench.http() as http,
        ):
            yield Site(bench, shop, http)


async def set_back_temporal(bench: Bench, meanwhile: Callable[[], Awaitable[Any]]) -> None:
    """Its database becomes what it was before `meanwhile`."""
    file = bench.settings.home / "temporal.db"
    older = file.with_suffix(".older")
    await bench.temporal.terminate()
    shutil.copy(file, older)
    await bench.temporal.start()
    await meanwhile()
    bench.temporal.kill()
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    shutil.copy(older, file)
    await bench.temporal.start()
