"""The example of a caller, run as a program against an API that runs."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from store.database import Database
from tests.api.conftest import temporal
from tests.api.process import served

__all__ = ["temporal"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "enroll.py"


async def run(url: str, key: str, email: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLE),
        email,
        env={**os.environ, "CADENCIA_API_URL": url, "CADENCIA_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_enrolls_and_waits_for_an_api_that_is_away(
    database: Database, temporal: Client, tmp_path: Path
) -> None:
    async with served(database, temporal, tmp_path) as api:
        calling = await run(api.url, api.key, "ada@example.com")
        out, _ = await calling.communicate()
        assert (calling.returncode, "'created': True" in out.decode()) == (0, True), out
        api.process.kill()
        calling = await run(api.url, api.key, "ada@example.com")
        assert calling.stderr
        assert b"no answer" in await calling.stderr.readline()
        await api.process.start()
        out, _ = await calling.communicate()
        assert (calling.returncode, "'already_running'" in out.decode()) == (0, True), out
        bearer = {"Authorization": f"Bearer {api.key}"}
        async with httpx.AsyncClient(base_url=api.url, headers=bearer, trust_env=False) as http:
            assert len((await http.get("/v1/enrollments")).json()["data"]) == 1


async def test_it_says_when_it_gives_up(unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_API_KEY", "none")
    sys.path.insert(0, str(EXAMPLE.parent))
    try:
        import enroll  # type: ignore[import-not-found]  # a script
    finally:
        sys.path.remove(str(EXAMPLE.parent))
    monkeypatch.setattr(enroll, "URL", f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(SystemExit, match="not enrolled after 2 attempts"):
        await asyncio.to_thread(enroll.enroll, "ada@example.com", attempts=2)
