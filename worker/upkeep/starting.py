"""Seeing to it that the upkeep run is there."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from worker.connection import PATIENCE
from worker.upkeep.workflow import RUN_ID, UPKEEP_QUEUE, UpkeepWorkflow

_EVERY = timedelta(minutes=1)
_OLD_SCHEDULE = "cadencia-upkeep"

_log = structlog.get_logger(__name__)


async def keep(client: Client) -> None:
    """Starts the run where it is missing, each minute until cancelled: somebody may have ended it in Temporal UI."""
    while True:
        try:
            await ensure(client)
        except (RPCError, RuntimeError) as error:  # Temporal is away
            _log.warning("upkeep could not be started", error=str(error))
        await asyncio.sleep(_EVERY.total_seconds())


async def ensure(client: Client) -> None:
    """Starts the run unless it is there."""
    await client.start_workflow(
        UpkeepWorkflow.run,
        id=RUN_ID,
        task_queue=UPKEEP_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        rpc_timeout=PATIENCE,
    )


async def retire_schedule(client: Client) -> None:
    """Deletes the schedule of earlier releases, and ends its run under way: no worker does its work any more."""
    schedule = client.get_schedule_handle(_OLD_SCHEDULE)
    try:
        described = await schedule.describe(rpc_timeout=PATIENCE)
        await schedule.delete(rpc_timeout=PATIENCE)
        for action in described.info.running_actions:
            if isinstance(action, ScheduleActionExecutionStartWorkflow):
                run = client.get_workflow_handle(action.workflow_id)
                await run.terminate("the schedule cadencia-upkeep is retired", rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
