"""A back end whose stores are files, so that they can be copied, restored and started anew."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from tests.worker.upkeep.conftest import comparison_with
from tests.workflows.stack import Run, Stack, running
from worker import search_attributes
from worker.testing.servers import Clock


@asynccontextmanager
async def started(folder: Path, **changes: Any) -> AsyncIterator[Stack]:
    """Its stores are `temporal.db` and `cadencia.db` in the folder. Settings may be changed."""
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=shutil.which("temporal", path=str(Path(sys.executable).parent)),
        dev_server_database_filename=str(folder / "temporal.db"),
        dev_server_log_level="error",
        data_converter=pydantic_data_converter,
    )
    async with env:
        await search_attributes.register(env.client)
        async with running(env.client, Clock(env, shared=False), folder, "tests.samples", **changes) as stack:
            yield stack


def on(stack: Stack, run: Run) -> Run:
    """The same enrollment, on a back end that was started anew."""
    return Run(stack, run.enrolled, run.contact)


async def looked_twice(stack: Stack) -> None:
    comparison = comparison_with(stack, stack.client)
    await comparison.run()
    await comparison.run()
