from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from worker.catcher import Catcher


@pytest_asyncio.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Catcher]:
    async with Catcher.running(tmp_path_factory.mktemp("catcher")) as catcher:
        yield catcher


@pytest_asyncio.fixture
async def catcher(running: Catcher) -> Catcher:
    """A catcher that holds no mail."""
    await running.clear()
    return running


@pytest_asyncio.fixture
async def http(catcher: Catcher) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{catcher.http_port}") as client:
        yield client
