"""A Temporal server for tests: the development server that is installed with the project."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from worker import search_attributes
from worker.embedded import REPORTS_FAILING_TASKS


@asynccontextmanager
async def temporal_server(port: int | None = None) -> AsyncIterator[Client]:
    """A server on a free port, or on the given one, with Cadencia's search attributes."""
    env = await WorkflowEnvironment.start_local(
        port=port,
        dev_server_existing_path=shutil.which("temporal", path=str(Path(sys.executable).parent)),
        dev_server_log_level="error",
        dev_server_extra_args=[*REPORTS_FAILING_TASKS],
        data_converter=pydantic_data_converter,
    )
    async with env:
        await search_attributes.register(env.client)
        yield env.client


def port_of(client: Client) -> int:
    return int(client.service_client.config.target_host.rpartition(":")[2])


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[Client]:
    """One server for all tests that use it; ids of runs must not meet."""
    async with temporal_server() as client:
        yield client
