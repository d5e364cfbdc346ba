"""A back end on a Temporal server of its own: upkeep counts all runs that a server has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from store.findings import Findings
from store.tables import Finding
from tests.workflows.stack import Run, Stack, running, time_skipping
from worker.upkeep.comparing import Comparison
from worker.upkeep.reconciling import Reconciler

NO_TIME = timedelta(0)


@pytest.fixture
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("upkeep")
    async with time_skipping() as server, running(*server, folder, "tests.samples", "tests.plain") as stack:
        yield stack


@pytest.fixture
def comparison(stack: Stack) -> Comparison:
    """It counts what has just begun too, and takes a run for lost at its second look."""
    return comparison_with(stack, stack.client)


def comparison_with(stack: Stack, client: Client) -> Comparison:
    database = stack.composition.database
    reconciler = Reconciler(client, database)
    return Comparison(client, database, stack.installed.catalogue, reconciler, settled=NO_TIME, again=NO_TIME)


async def delete(run: Run) -> None:
    """As Temporal UI does it."""
    client = run.stack.client
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=run.enrolled.id)
        )
    )


async def findings(stack: Stack) -> dict[str, Finding]:
    async with stack.composition.database.read() as session:
        return {finding.name: finding for finding in await Findings(session).all()}


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Raises AssertionError when it does not hold within these seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await holds():
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.1)
