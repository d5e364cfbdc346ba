"""What Temporal says of the workers: which task queues nobody asks for work."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from store import clock
from worker.connection import BRIEFLY, reaching

QUEUES: dict[str, "TaskQueueType.ValueType"] = {
    "cadencia-workflows": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "cadencia-effects": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    "cadencia-email": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    "cadencia-upkeep": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
GONE = timedelta(seconds=90)
"""A worker asks for work again after a minute at most; Temporal remembers one that is gone for five."""


async def unpolled(client: Client) -> dict[str, datetime | None]:
    """Task queues that no worker polls, and when one last did, as far as is known. Raises RunsUnavailable."""
    asked = await asyncio.gather(*(_last_asked(client, queue) for queue in QUEUES))
    gone = clock.machine() - GONE
    return {queue: at for queue, at in zip(QUEUES, asked, strict=True) if at is None or at < gone}


async def _last_asked(client: Client, queue: str) -> datetime | None:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=QUEUES[queue]
    )
    async with reaching("Temporal"):
        answer = await client.workflow_service.describe_task_queue(request, timeout=BRIEFLY)
    return max((one.last_access_time.ToDatetime(UTC) for one in answer.pollers), default=None)
