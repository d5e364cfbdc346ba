"""docs/deploy.md, "What to back up": its commands copy and restore both stores, and what parted is recovered."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.api.process import served
from tests.docs.documents import ROOT, blocks
from tests.postgres import create_database, postgresql
from tests.worker.recovery.stores import looked_twice, on, started
from tests.workflows.stack import Run, Stack

DUMP, RESTORE_DUMP, COPY, RESTORE_COPY, RECOVER = [
    block for block in blocks(ROOT / "docs" / "deploy.md", "bash") if "backup" in block or "recover" in block
]

DOCKER = """#!/bin/bash
# `docker compose exec -T postgresql` runs the rest here; starting and stopping is the test's.
case "$2" in
  exec) shift 4; exec "$@" ;;
esac
"""


async def does(block: str, folder: Path, **environment: str) -> str:
    """The output of the commands, run in the folder as they are written."""
    programs = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", block),
        cwd=folder,
        env={**os.environ, "PATH": programs, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = (await process.communicate(b"y\n"))[0].decode()
    assert process.returncode == 0, f"{block}\n{output}"
    return output


async def recovered(stack: Stack, folder: Path) -> str:
    """What the document's last command says, when upkeep has looked twice."""
    await looked_twice(stack)
    database, installed = stack.composition.database, {"CADENCIA_WORKFLOWS": "tests.samples"}
    async with served(database, stack.client, folder, **installed) as api:
        return await does(RECOVER, folder, CADENCIA_API_URL=api.url, CADENCIA_API_KEY=api.key)


async def books(stack: Stack, run: Run) -> list[str]:
    """A meeting, which all runs of the contact wait for; gives the mails they were sent."""
    run = on(stack, run)
    await run.quiet()
    await run.event("meeting.booked")
    await run.quiet()
    return sorted(await run.mails())


@pytest.mark.parametrize("older", ["temporal", "cadencia"])
async def test_the_data_folder(tmp_path: Path, older: str) -> None:
    var = tmp_path / "var"
    var.mkdir()
    for name in ("secret-key", "api-key"):
        (var / name).write_text("k" * 40)
    async with started(var) as stack:
        first = await stack.enroll("patient")
        await does(COPY, tmp_path)
        shutil.copy(tmp_path / "backup" / f"{older}.db", tmp_path / "older.db")
        second = await stack.enroll("renewing", first.contact)
        await does(COPY, tmp_path)
    shutil.copy(tmp_path / "older.db", tmp_path / "backup" / f"{older}.db")
    await does(RESTORE_COPY, tmp_path)
    async with started(var) as stack:
        assert f"{second.enrolled.id}: running" in await recovered(stack, tmp_path)
        assert len(await books(stack, second)) == 4, "both enrollments had two mails, each once"


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server of the test's own, by address."""

    host: str
    port: str

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://cadencia@{self.host}:{self.port}/cadencia"

    @property
    def environment(self) -> dict[str, str]:
        return {"PGHOST": self.host, "PGPORT": self.port}


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Databases as Compose has them, and a stand-in for its command."""
    with postgresql() as server:
        for name in ("cadencia", "temporal", "temporal_visibility"):
            await create_database(server, name)
        address = server.rpartition("@")[2]
        connection = await asyncpg.connect(f"postgresql://cadencia@{address}/postgres")
        await connection.execute("CREATE ROLE postgres SUPERUSER LOGIN")
        await connection.close()
        docker = tmp_path / "bin" / "docker"
        docker.parent.mkdir()
        docker.write_text(DOCKER)
        docker.chmod(0o755)
        host, _, port = address.partition(":")
        yield Cluster(host, port)


async def test_the_databases_of_postgresql(tmp_path: Path, cluster: Cluster) -> None:
    var = tmp_path / "var"
    var.mkdir()
    async with started(var, database_url=cluster.url) as stack:
        first = await stack.enroll("patient")
        await does(DUMP, tmp_path, **cluster.environment)
        second = await stack.enroll("renewing", first.contact)
    await does(RESTORE_DUMP, tmp_path, **cluster.environment)
    async with started(var, database_url=cluster.url) as stack:
        assert f"{second.enrolled.id}: running" in await recovered(stack, tmp_path)
        assert len(await books(stack, second)) == 4, "both enrollments had two mails, each once"
