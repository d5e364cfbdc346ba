"""The API on a real database and a real Temporal server, with a worker that runs plain workflows."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client
from temporalio.worker import Worker

from activities.links import Links
from api.app import create_app
from store.database import Database
from store.keys import Keys, mint_key
from tests.api.waiting import CATALOGUE, Waiting, Wedged
from tests.temporal import port_of, temporal
from worker.connection import WORKFLOWS_QUEUE
from worker.settings import Settings

__all__ = ["temporal"]

KEY = "k" * 40
Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
async def worker(temporal: Client) -> AsyncIterator[None]:
    async with Worker(temporal, task_queue=WORKFLOWS_QUEUE, workflows=[Waiting, Wedged]):
        yield


@pytest.fixture
def serve(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Serves the API; settings may be changed. The client has a key with every scope, unless `scopes` says less."""
    monkeypatch.setattr("api.limit.START", 1000)  # tests call side by side, from the beginning,
    monkeypatch.setattr("api.limit.TARGET", 3600)  # and on a busy machine: none is refused for being slow

    @asynccontextmanager
    async def serving(
        *, temporal_port: int, scopes: tuple[str, ...] = ("admin",), **changes: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        settings = Settings(
            _env_file=None,
            home=tmp_path,
            secret_keys=[KEY],
            temporal_port=temporal_port,
            **{
                "database_url": database.url,
                "api_concurrency": 1000,
                **changes,
            },
        )
        app = create_app(settings, CATALOGUE)
        async with app.router.lifespan_context(app), client_of(app, await key(database, *scopes)) as client:
            yield client

    return serving


@pytest.fixture
async def api(serve: Serve, temporal: Client, worker: None) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(temporal_port=port_of(temporal)) as client:
        yield client


@pytest.fixture
def links() -> Links:
    return Links("http://127.0.0.1:8000", [KEY])


async def key(database: Database, *scopes: str, name: str = "test") -> str:
    secret, row = mint_key(name, scopes)
    async with database.begin() as session:
        await Keys(session).insert(row)
    return secret


async def bearer(database: Database, *scopes: str, name: str = "test") -> dict[str, str]:
    """The header of a new key."""
    return {"Authorization": f"Bearer {await key(database, *scopes, name=name)}"}


def client_of(app: FastAPI, secret: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8000",
        headers={
            "Authorization": f"Bearer {secret}",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
        },
        timeout=60,
    )
