"""Enough of HTTP/1.1 to call the API, on kept connections, for little of the machine that is measured."""

import asyncio
import re
import time
from typing import cast

_KEPT = 2.0  # seconds that a free connection is trusted: the server closes it after five
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One call at a time."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[str] | None = None
        self._heard = b""
        self._transport: asyncio.Transport | None = None
        self._used_at = 0.0

    @property
    def is_fresh(self) -> bool:
        if self._transport is None or self._transport.is_closing():
            return False
        return time.monotonic() < self._used_at + _KEPT

    async def call(self, request: bytes) -> str:
        """The status, once the whole answer is there. Raises ConnectionError."""
        if not self._transport:
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._heard = b""
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, blank, body = self._heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not blank or not length or len(body) < int(length[1]):
            return
        self._used_at = time.monotonic()
        if b"connection: close" in head.lower():
            self.close()
        if self._answer and not self._answer.done():
            self._answer.set_result(head[9:12].decode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())


class Connections:
    """As many as are needed at once; those that are free are used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Connection] = []

    async def call(self, request: bytes, patience: float) -> str:
        """The status; the name of the error when there is no answer."""
        try:
            async with asyncio.timeout(patience):
                connection = await self._open()
                status = await connection.call(request)
        except (OSError, TimeoutError) as error:
            return type(error).__name__
        self._free.append(connection)
        return status

    async def _open(self) -> Connection:
        while self._free:
            connection = self._free.pop()
            if connection.is_fresh:
                return connection
            connection.close()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        return connection

    def close(self) -> None:
        for connection in self._free:
            connection.close()
