"""Ports for servers that tests start."""

import os
import socket
from collections.abc import Iterator
from itertools import count

_FIRST, _EACH = (
    10_000,
    2_000,
)  # below the ports that the system gives to connections, and apart for each test process


def _in_turn() -> Iterator[int]:
    """Without end. It begins anywhere, so that two runs of tests hardly meet."""
    first = _FIRST + _EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    yield from (first + number % _EACH for number in count(os.getpid()))


_ports = _in_turn()


def free_port() -> int:
    """A port that nobody listens on, and that no other test is given soon."""
    for port in _ports:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("there is no end")


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    return [free_port() for _ in range(count)]
