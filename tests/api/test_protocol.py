"""What is no HTTP as it must be: refused as a problem, at once, and while others are served."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from temporalio.client import Client

from store.database import Database
from tests.api.process import Served, served

KB = 1_000
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
WRONG = {
    "no request": b"hello\r\n\r\n",
    "an unknown method": b"TELEPORT /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without colon": HEAD + b"nonsense\r\n\r\n",
    "a header name with a space": HEAD + b"X Y: 1\r\n\r\n",
    "a control in a header": HEAD + b"X: a\x01b\r\n\r\n",
    "a length that is no number": POST + b"Content-Length: ten\r\n\r\n",
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n",
    "a length without end": POST + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and encoding": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown encoding": POST + b"Transfer-Encoding: rot13\r\n\r\n",
    "an address that is none": b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address with other than ASCII": b"GET /h\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
}
TOO_LARGE = {
    "one header": (431, HEAD + b"X: " + b"x" * 70 * KB + b"\r\n\r\n"),
    "many headers": (431, HEAD + b"X: 1\r\n" * 12_000 + b"\r\n"),
    "an address": (414, b"GET /" + b"x" * 70 * KB + b" HTTP/1.1\r\n\r\n"),
}

pytestmark = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True, scope="session")


@pytest.fixture
async def process(database: Database, temporal: Client, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(database, temporal, tmp_path, CADENCIA_LOG_LEVEL="info") as process:
        yield process


async def test_what_cannot_be_read_is_a_problem(process: Served, tmp_path: Path) -> None:
    for name, request in WRONG.items():
        status, headers, problem = await asyncio.to_thread(exchange, process, request)
        assert (status, problem.get("type")) == (400, "urn:cadencia:problem:unreadable"), name
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert problem["errors"][0]["field"] == "request"
        assert headers["x-request-id"] in (tmp_path / "api.log").read_text(), name
    for name, (wanted, request) in TOO_LARGE.items():
        status, headers, problem = await asyncio.to_thread(exchange, process, request)
        assert (status, problem["status"], headers["connection"]) == (wanted, wanted, "close"), name
    whole = HEAD + b"X: " + b"x" * 60 * KB + b"\r\n\r\n"
    assert (await asyncio.to_thread(exchange, process, whole))[0] == 200
    assert (await asyncio.to_thread(exchange, process, POST + b"Expect: 100-continue\r\n\r\n"))[0] == 401


async def test_headers_without_end_are_refused_at_once_while_others_are_served(
    process: Served, tmp_path: Path
) -> None:
    beginnings = {
        "a header": HEAD + b"X: ",
        "an address": b"GET /",
        "a method": b"",
        "empty lines": b"\r\n",
        "the extension of a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n1;",
        "a trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ",
    }
    before = process.memory
    async with httpx.AsyncClient(base_url=process.url, trust_env=False) as http:
        for name, beginning in beginnings.items():
            began = time.perf_counter()
            more = beginning * 500 * KB if name == "empty lines" else b"x" * 1_000 * KB
            flood = asyncio.create_task(asyncio.to_thread(pour, process, beginning, more))
            while not flood.done():
                asked = time.perf_counter()
                assert (await http.get("/healthz")).status_code == 200
                assert time.perf_counter() - asked < 3, name
                await asyncio.sleep(0.01)
            assert await flood < 10_000 * KB, f"{name}: it was read to its end"
            assert time.perf_counter() - began < 10, name
    assert process.memory - before < 10_000 * KB
    assert "Traceback" not in (tmp_path / "api.log").read_text()


def exchange(process: Served, request: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and body of the answer."""
    with _connected(process) as connection:
        connection.sendall(request)
        head, _, body = _all_of(connection).partition(b"\r\n\r\n")
    line, *rest = head.decode().splitlines()
    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest)}
    return int(line.split()[1]), headers, json.loads(body)


def pour(process: Served, beginning: bytes, more: bytes) -> int:
    """Sends up to 100 MB until it is refused; the bytes that were taken."""
    taken = 0
    with _connected(process) as connection, suppress(ConnectionError):
        connection.sendall(beginning)
        for _ in range(100):
            connection.sendall(more)
            taken += len(more)
    return taken


def _connected(process: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(process.url).port or 0), timeout=10)


def _all_of(connection: socket.socket) -> bytes:
    """What comes until the end, or until the whole of a body has come."""
    parts = b""
    while more := connection.recv(65_536):
        parts += more
        head, end, body = parts.partition(b"\r\n\r\n")
        length = [line for line in head.lower().splitlines() if line.startswith(b"content-length: ")]
        if end and length and len(body) >= int(length[0].partition(b": ")[2]):
            break
    return parts
