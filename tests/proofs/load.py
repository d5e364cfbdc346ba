"""Load that does not wait: each call goes out at its time, whatever became of those before it.

`python -m tests.proofs.load` is a process of its own: it reads a `Storm` and writes `Answers` by key, both as JSON.
"""

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from tempfile import TemporaryFile

import uvloop
from pydantic import BaseModel, TypeAdapter

from tests.proofs.http import Connections

PATIENCE = 30.0  # seconds until a call counts as not answered


class Storm(BaseModel):
    """`rate` calls a second in all, in turn by each key, each for a contact of its own in the domain `name`."""

    port: int
    workflow: str
    keys: list[str]
    name: str
    rate: float
    seconds: float


class Answers(BaseModel):
    """What one key got. Latencies in seconds, from the time at which the call was due; `late`: until it was made."""

    admitted: list[float] = []
    refused: list[float] = []
    late: list[float] = []
    statuses: Counter[str] = Counter()

    def count(self, status: str, latency: float) -> None:
        self.statuses[status] += 1
        if status in ("200", "201"):
            self.admitted.append(latency)
        elif status in ("429", "503"):
            self.refused.append(latency)

    def described(self) -> str:
        answers = ", ".join(f"{status} x {count}" for status, count in sorted(self.statuses.items()))
        return f"{answers}, admitted p50/p99 {_shown(self.admitted)} ms, refused p50/p99 {_shown(self.refused)} ms"


_BY_KEY = TypeAdapter(dict[str, Answers])


def percentile(latencies: Sequence[float], percent: int) -> float:
    """In milliseconds; 0 when there are none."""
    if len(latencies) < 2:
        return 1000 * sum(latencies)
    return 1000 * statistics.quantiles(latencies, n=100, method="inclusive")[percent - 1]


def _shown(latencies: Sequence[float]) -> str:
    return f"{percentile(latencies, 50):.0f}/{percentile(latencies, 99):.0f}"


async def break_out(storm: Storm) -> dict[str, Answers]:
    """The storm, made by a process that does nothing else. A file takes what it tells: a pipe once lost the end."""
    with TemporaryFile() as told:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__), stdin=asyncio.subprocess.PIPE, stdout=told
        )
        await process.communicate(storm.model_dump_json().encode())
        assert process.returncode == 0, "the process that makes the load failed"
        told.seek(0)
        return _BY_KEY.validate_json(told.read())


async def _rage(storm: Storm) -> dict[str, Answers]:
    answers = {key: Answers() for key in storm.keys}
    connections = Connections(storm.port)
    began = time.perf_counter()

    async def call(number: int) -> None:
        key, due = storm.keys[number % len(storm.keys)], began + number / storm.rate
        request = _request(storm, key, number)
        await asyncio.sleep(due - time.perf_counter())
        answers[key].late.append(time.perf_counter() - due)
        status = await connections.call(request, PATIENCE)
        answers[key].count(status, time.perf_counter() - due)

    async with asyncio.TaskGroup() as group:
        for number in range(int(storm.rate * storm.seconds)):
            if number % 100 == 0:  # in portions: sleeping tasks cost, too
                await asyncio.sleep(max(0.0, began + number / storm.rate - 0.5 - time.perf_counter()))
            group.create_task(call(number))
    connections.close()
    return answers


def _request(storm: Storm, key: str, number: int) -> bytes:
    body = json.dumps({"contact": {"email": f"{number:06}@{storm.name}"}}).encode()
    head = (
        f"POST /v1/workflows/{storm.workflow}/enrollments HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    ordered = Storm.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(_BY_KEY.dump_json(uvloop.run(_rage(ordered))))
