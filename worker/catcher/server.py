"""The catcher as a whole: it listens by SMTP and HTTP on the running event loop, until it is stopped."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from worker.catcher.http import create_app
from worker.catcher.mailfile import Query
from worker.catcher.message import Message
from worker.catcher.smtp import BODIES_AT_ONCE, MailSession
from worker.catcher.store import MailStore

_GRACE = 2  # seconds that mails under way have to be stored and answered when the catcher stops


class Catcher:
    """A running catcher: its ports, and the mails it holds."""

    def __init__(self, store: MailStore, smtp_port: int, http_port: int) -> None:
        self._store = store
        self.smtp_port = smtp_port
        self.http_port = http_port

    @classmethod
    @asynccontextmanager
    async def running(
        cls, folder: Path, *, host: str = "127.0.0.1", smtp_port: int = 0, http_port: int = 0
    ) -> AsyncIterator["Catcher"]:
        """The mails are in `{folder}/catcher.db`; port 0 is a free one. `OSError` when a port is taken."""
        async with AsyncExitStack() as stack:
            smtp = stack.enter_context(_listen(host, smtp_port))
            http = stack.enter_context(_listen(host, http_port))
            store = MailStore(folder / "catcher.db")
            await store.open()
            stack.push_async_callback(store.close)
            catcher = cls(store, smtp.getsockname()[1], http.getsockname()[1])
            await stack.enter_async_context(_smtp_served(store, smtp))
            app = create_app(store, host=host, smtp=f"{host}:{catcher.smtp_port}")
            await stack.enter_async_context(_http_served(app, http))
            yield catcher

    async def messages(self, to: str | None = None) -> list[Message]:
        """The mails caught, newest first."""
        pages = self._store.summaries(Query(to=to))
        found = [await self._store.message(mail.id) async for page in pages for mail in page]
        return [message for message in found if message]

    async def raw(self, mail_id: str) -> bytes | None:
        """A mail's bytes as they came."""
        return await self._store.raw(mail_id)

    async def wait_for(self, count: int, *, to: str | None = None, within: float = 10) -> list[Message]:
        """The mails, newest first, once there are `count`. Raises `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within):
            while True:
                arrived = self._store.arrived
                if len(messages := await self.messages(to)) >= count:
                    return messages
                await arrived.wait()

    async def clear(self) -> None:
        await self._store.delete(Query())


async def serve(
    *, host: str, smtp_port: int, http_port: int, folder: Path, stop: asyncio.Event | None = None
) -> None:
    """Catches mails until `stop` is set or the task is cancelled. Raises `OSError` when a port is taken."""
    async with Catcher.running(folder, host=host, smtp_port=smtp_port, http_port=http_port):
        await (stop or asyncio.Event()).wait()


class _HttpServer(uvicorn.Server):
    """Leaves the process's signals to whom they belong."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _http_served(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=_GRACE
    )
    server = _HttpServer(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def _smtp_served(store: MailStore, listener: socket.socket) -> AsyncIterator[None]:
    bodies, sessions = asyncio.Semaphore(BODIES_AT_ONCE), set[MailSession]()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: MailSession(store, bodies, sessions), sock=listener)
    try:
        yield
    finally:
        server.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                for _ in range(BODIES_AT_ONCE):  # all free: no mail is under way, and none comes any more
                    await bodies.acquire()
        await asyncio.gather(*(session.end() for session in list(sessions)))


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.create_server(address[:2], family=family, backlog=512) as listener:
        listener.setblocking(False)
        yield listener
