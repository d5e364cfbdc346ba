"""The API as a server that another may follow on the same socket."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from api.app import create_app
from worker.settings import Settings

_HEARD = 0.3  # seconds for requests on connections that were just accepted to come in


class Server(uvicorn.Server):
    """`ready` is called when it accepts connections."""

    def __init__(self, settings: Settings, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(settings),
                host=settings.host,
                port=settings.api_port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accepts no more, and answers whoever has connected: a connection without a request yet would be closed."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(_HEARD)
        await super().shutdown(sockets)
