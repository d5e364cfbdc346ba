"""Load that does not wait: each call goes out at its time, whatever became of those before it."""

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

PATIENCE = 30.0  # seconds until a call counts as not answered


@dataclass
class Answers:
    """What one key got. Latencies in seconds, from the time at which the call was due."""

    admitted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def count(self, status: str, latency: float) -> None:
        self.statuses[status] += 1
        if status in ("200", "201"):
            self.admitted.append(latency)
        elif status in ("429", "503"):
            self.refused.append(latency)

    def described(self) -> str:
        answers = ", ".join(f"{status} x {count}" for status, count in sorted(self.statuses.items()))
        admitted = f"{percentile(self.admitted, 50):.0f}/{percentile(self.admitted, 99):.0f}"
        return f"{answers}, admitted p50/p99 {admitted} ms, refused p99 {percentile(self.refused, 99):.0f} ms"


def percentile(latencies: Sequence[float], percent: int) -> float:
    """In milliseconds; 0 when there are none."""
    if len(latencies) < 2:
        return 1000 * sum(latencies)
    return 1000 * statistics.quantiles(latencies, n=100, method="inclusive")[percent - 1]


class Api:
    """Enough of HTTP/1.1 to enroll, on kept connections, for little of the machine that is measured."""

    def __init__(self, port: int, workflow: str) -> None:
        self._port = port
        self._path = f"/v1/workflows/{workflow}/enrollments"
        self._kept: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def enroll(self, key: str, address: str) -> str:
        """The status; the name of the error when there is no answer."""
        body = json.dumps({"contact": {"email": address}}).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._exchange(head.encode() + body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            return type(error).__name__

    async def _exchange(self, request: bytes) -> str:
        reader, writer = await self._open()
        kept = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(_length(head))
            kept = "connection: close" not in head
            return head.split()[1]
        finally:
            if kept:
                self._kept.append((reader, writer))
            else:
                writer.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._kept:
            reader, writer = self._kept.pop()
            if not (writer.is_closing() or reader.at_eof()):
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def close(self) -> None:
        for _, writer in self._kept:
            writer.close()
        await asyncio.sleep(0)


def _length(head: str) -> int:
    return int(head.partition("content-length:")[2].split("\r\n", 1)[0])


async def storm(
    api: Api, keys: Sequence[str], name: str, *, rate: float, seconds: float
) -> dict[str, Answers]:
    """`rate` calls a second in all, in turn by each key, each for a contact of its own."""
    answers = {key: Answers() for key in keys}
    began = time.perf_counter()

    async def call(number: int) -> None:
        key, due = keys[number % len(keys)], began + number / rate
        await asyncio.sleep(due - time.perf_counter())
        status = await api.enroll(key, f"{number:06}@{name}")
        answers[key].count(status, time.perf_counter() - due)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            if number % 100 == 0:  # in portions: sleeping tasks cost, too
                await asyncio.sleep(max(0.0, began + number / rate - 0.5 - time.perf_counter()))
            group.create_task(call(number))
    return answers
