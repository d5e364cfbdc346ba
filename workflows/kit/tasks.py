"""Branches that run side by side, deterministically."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow


async def gather(branches: dict[str, Coroutine[Any, Any, Any]]) -> dict[str, Any]:
    """The results by name. When one branch raises, the others are withdrawn at their waits, then it is raised.

    An effect that a withdrawn branch has under way is awaited and recorded first.
    """
    tasks = {name: asyncio.create_task(path) for name, path in branches.items()}
    try:
        await workflow.wait(list(tasks.values()), return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await _withdraw([task for task in tasks.values() if not task.done()])
    failed = next((task for task in tasks.values() if not task.cancelled() and task.exception()), None)
    if failed is not None:
        failed.result()
    return {name: task.result() for name, task in tasks.items()}


async def _withdraw(tasks: list["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await workflow.wait(tasks)
