"""The API of a test on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def listening(api: httpx.AsyncClient) -> AsyncIterator[str]:
    """Its address, as long as it is served."""
    app: FastAPI = api._transport.app  # type: ignore[attr-defined]  # httpx hides the app it calls
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
