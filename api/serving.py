"""The API as a server that another may follow on the same socket."""

import asyncio
import socket
from collections.abc import Callable

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.app import create_app
from api.errors import Problem, as_bytes
from store.ids import new_id
from worker.settings import Settings

MOST_HEAD = 64 * 1024  # bytes of a request's line and headers
_HEARD = 0.3  # seconds for requests on connections that were just accepted to come in

log = structlog.get_logger("cadencia.access")


class Server(uvicorn.Server):
    """`ready` is called when it accepts connections."""

    def __init__(self, settings: Settings, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(settings),
                host=settings.host,
                port=settings.api_port,
                http=Protocol,
                ws="none",
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


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 whose headers, trailers and chunk extensions end within `MOST_HEAD`, and whose errors are problems.

    The parser itself knows no limit: it copies a header that does not end anew with each piece that comes.
    """

    _unread = 0  # bytes that came since headers, or a piece of a body, were complete
    _problem: Problem | None = None
    url = b""  # until a request begins

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MOST_HEAD and not self.transport.is_closing():
            self._problem = self._too_large()
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        self._unread = 0
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MOST_HEAD:
            self._problem = self._too_large()
            raise ValueError  # the parser stops, and what is too large is never a request
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers with the problem that was found, and closes. Such a request has no route: it is noted here."""
        problem, body = self._problem or _UNREADABLE, as_bytes(self._problem or _UNREADABLE)
        headers = {
            "content-type": "application/problem+json",
            "content-length": str(len(body)),
            "connection": "close",
            "x-request-id": (request_id := new_id("req")),
        }
        log.info("request", route="none", status=problem.status_code, request_id=request_id)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[problem.status_code] + lines.encode() + b"\r\n" + body)
        self.transport.close()

    def _too_large(self) -> Problem:
        if len(self.url) > MOST_HEAD:
            return _ADDRESS_TOO_LONG
        return _HEADERS_TOO_LARGE


_UNREADABLE = Problem(
    400,
    "unreadable",
    "The request cannot be read",
    [("request", "send well-formed HTTP/1.1: its line, its headers, and one Content-Length or chunks")],
)
_ADDRESS_TOO_LONG = Problem(
    414, "address_too_long", "The address is too long", [("path", f"send at most {MOST_HEAD:,} bytes")]
)
_HEADERS_TOO_LARGE = Problem(
    431,
    "headers_too_large",
    "The headers are too large",
    [("headers", f"send at most {MOST_HEAD:,} bytes of them")],
)
