"""`python -m benchmarks.memory.sleeper WORKFLOW ADDRESS`: a worker that tells, when asked, how many bytes it holds."""

import asyncio
import gc
import os
import sys

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from benchmarks.memory.bare import BareSleeper
from benchmarks.memory.dozing import Dozing
from worker.sandbox import runner

WORKFLOWS = {one.__name__: one for one in (Dozing, BareSleeper)}


async def main(workflow: str, address: str) -> None:
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    async with Worker(
        client,
        task_queue=workflow,
        workflows=[WORKFLOWS[workflow]],
        workflow_runner=runner(),
        max_cached_workflows=100_000,
    ):
        while await asyncio.to_thread(sys.stdin.readline):
            gc.collect()
            print(_resident(), flush=True)


def _resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
