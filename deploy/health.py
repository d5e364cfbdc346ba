"""Whether this container's process can work. Exit code 0 when it can; else 1, and a line that says why."""

import asyncio
import socket
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from worker.settings import Settings, load

_PATIENCE = 8  # seconds; less than the time that the health check is given
_POLLED_WITHIN = timedelta(minutes=2)
"""A poll takes a minute when there is nothing to do."""


class Ill(Exception):
    """The process cannot work; the text says why."""


async def api(settings: Settings) -> None:
    """It answers, and reaches the database and Temporal."""
    await asyncio.to_thread(_get, settings.api_port, "/readyz")


async def mail(settings: Settings) -> None:
    """It answers, and can read its mails."""
    await asyncio.to_thread(_get, settings.catcher_port, "/healthz")


async def worker(settings: Settings) -> None:
    """By Temporal's own word, a worker of this machine asks for work."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    from worker.connection import WORKFLOWS_QUEUE, connect

    client = await connect(settings)
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=WORKFLOWS_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    since = datetime.now(UTC) - _POLLED_WITHIN
    here = f"@{socket.gethostname()}"
    if not any(
        poller.identity.endswith(here) and poller.last_access_time.ToDatetime(UTC) > since
        for poller in answer.pollers
    ):
        raise Ill(f"no worker of this machine polls {WORKFLOWS_QUEUE}")


def _get(port: int, path: str) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=_PATIENCE):
        pass


CHECKS: dict[str, Callable[[Settings], Awaitable[None]]] = {"api": api, "worker": worker, "mail": mail}


def running(arguments: list[str]) -> str | None:
    """Which of the checked commands a command line runs; None for one that ends by itself."""
    return next((word for word in arguments if word in CHECKS), None)


async def check(command: str) -> None:
    """Raises whatever keeps it from working."""
    async with asyncio.timeout(_PATIENCE):
        await CHECKS[command](load())


def main() -> None:
    """Checks what is given, else what the container's first process runs."""
    arguments = sys.argv[1:] or Path("/proc/1/cmdline").read_text().split("\0")
    if command := running(arguments):
        asyncio.run(check(command))


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
