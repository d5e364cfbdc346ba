"""The connection to Temporal, and what is asked of runs over it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from temporalio.client import (
    Client,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode

from activities.calls import Cursor, EventSignal
from activities.catalogue import Listed
from activities.runs import RunsUnavailable, StartRun
from store import clock
from worker import search_attributes
from worker.settings import Settings
from workflows.contracts import HABITS, Enrollment, Pace, State

WORKFLOWS_QUEUE = "cadencia-workflows"
PATIENCE = timedelta(seconds=8)  # for one call; the server answers in milliseconds or is in trouble
BRIEFLY = timedelta(seconds=2)

_AWAY = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.FAILED_PRECONDITION,  # a run that was continued a moment ago and has not begun
    RPCStatusCode.UNAUTHENTICATED,
    RPCStatusCode.PERMISSION_DENIED,
}


CORE_LOGS = LoggingConfig(
    filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
    forwarding=LogForwardingConfig(
        logger=logging.getLogger("temporalio.core"),
        append_target_to_name=False,
        prepend_target_on_message=False,
        append_log_fields_to_message=False,
    ),
)
"""What the SDK's core says goes where the process's own lines go, and not past them to the standard output."""


class UpdateRefused(Exception):
    """The run said no; the text says why."""


class RunEnded(Exception):
    """There is no such run any more."""


async def connect(settings: Settings, *, lazy: bool = False, runtime: Runtime | None = None) -> Client:
    """A client. A lazy one connects at its first call, and tries again at the next when that failed."""
    return await Client.connect(
        **settings.temporal(), data_converter=pydantic_data_converter, lazy=lazy, runtime=runtime
    )


def take_core_logs() -> None:
    """For a process that has one runtime, before it connects."""
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=CORE_LOGS)), error_if_already_set=False)


def url_of_runs(settings: Settings) -> str:
    """Where Temporal UI shows runs: a slash and a run's id, quoted, follow."""
    config = settings.temporal()
    host = str(config.get("target_host")).rpartition(":")[0]
    ui = settings.temporal_ui_url or f"http://{host}:{settings.temporal_ui_port}"
    if host.endswith((".tmprl.cloud", ".temporal.io")):
        ui = "https://cloud.temporal.io"
    namespace = config.get("namespace", "default")
    return f"{ui}/namespaces/{quote(namespace)}/workflows"


class Runs:
    """Starts, signals, updates and asks runs. What cannot be reached raises `RunsUnavailable`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def start(self, order: StartRun) -> None:
        """Starts the run; that it was started before is success."""
        await self.begin(order.workflow, _input(order))

    async def begin(self, listed: Listed, given: Enrollment) -> None:
        """The same with the run's whole input."""
        try:
            async with reaching("Temporal"):
                await self._client.start_workflow(
                    listed.type_name,
                    given,
                    id=given.id,
                    task_queue=WORKFLOWS_QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary=f"{listed.slug} of {given.subject_kind} {given.subject_id}",
                    static_details=f"{listed.summary}\n\nObjective: {listed.objective}.",
                    search_attributes=search_attributes.of(
                        stage=listed.stage,
                        owner=listed.owner,
                        subject=given.subject_id,
                        kind=given.subject_kind,
                        release=given.release,
                    ),
                    rpc_timeout=PATIENCE,
                )
        except WorkflowAlreadyStartedError:
            return
        except RunEnded as error:
            raise RunsUnavailable(f"Temporal has no namespace {self._client.namespace!r}") from error
        except RPCError as error:  # such as a search attribute that is not registered yet
            raise RunsUnavailable(f"Temporal refuses the start: {error.message}") from error

    async def signal(self, enrollment_id: str, event: EventSignal) -> bool:
        """Tells a run of an event. False when there is no such run, or it has ended."""
        return await self._signal(enrollment_id, "event", event)

    async def unread(self, enrollment_id: str, since: Cursor) -> bool:
        """Tells a run that there are more events, which it reads from the cursor on. False as for `signal`."""
        return await self._signal(enrollment_id, "unread", since)

    async def _signal(self, enrollment_id: str, name: str, told: EventSignal | Cursor) -> bool:
        handle = self._client.get_workflow_handle(enrollment_id)
        try:
            async with reaching("Temporal"):
                await handle.signal(name, told, rpc_timeout=PATIENCE)
        except RunEnded:
            return False
        return True

    async def update(
        self, enrollment_id: str, name: str, *args: Any, within: timedelta | None = None
    ) -> None:
        """Asks a run to change: `pause`, `resume`, `exit`, `migrate`. Raises UpdateRefused and RunEnded."""
        handle, within = self._client.get_workflow_handle(enrollment_id), within or PATIENCE
        async with reaching(f"the run {enrollment_id}"), asyncio.timeout(within.total_seconds()):
            await handle.execute_update(name, args=args, rpc_timeout=within)

    async def state(self, enrollment_id: str) -> State:
        """Where the run stands, by its own word, given within 2 s. Raises RunEnded when it is forgotten."""
        handle = self._client.get_workflow_handle(enrollment_id)
        async with reaching(f"the run {enrollment_id}"), asyncio.timeout(BRIEFLY.total_seconds()):
            state: State = await handle.query("state", result_type=State, rpc_timeout=BRIEFLY)
        return state

    async def check(self) -> None:
        """Whether Temporal answers, within 2 s."""
        async with reaching("Temporal"), asyncio.timeout(BRIEFLY.total_seconds()):
            if not await self._client.service_client.check_health(timeout=BRIEFLY):
                raise RunsUnavailable("Temporal says it is not serving")


def _input(order: StartRun) -> Enrollment:
    return Enrollment(
        id=order.id,
        workflow=order.workflow.slug,
        subject_kind=order.subject_kind,
        subject_id=order.subject_id,
        entry=order.entry,
        params=order.params,
        release=order.release,
        pace=pace_of_runs(),
        habits=HABITS,
    )


def pace_of_runs() -> Pace | None:
    """None at the machine's own speed, so that histories of production hold nothing of it."""
    pace = clock.pace()
    return None if pace is clock.REAL else Pace(epoch=pace.epoch, speed=pace.speed)


@asynccontextmanager
async def reaching(whom: str) -> AsyncIterator[None]:
    """Gives the SDK's errors the few meanings that callers act on."""
    try:
        yield
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            raise RunEnded(str(error)) from error
        if error.status in _AWAY:
            raise RunsUnavailable(f"{whom} does not answer ({error.status.name.lower()})") from error
        raise
    except WorkflowUpdateFailedError as error:
        raise UpdateRefused(_why(error)) from error
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise RunsUnavailable(f"{whom} does not answer in time; is a worker running?") from error
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        raise RunsUnavailable(f"{whom} cannot say where it stands") from error
    except RuntimeError as error:  # how the SDK reports that it could not connect
        if "client connect" not in str(error):
            raise
        raise RunsUnavailable("Temporal cannot be reached") from error


def _why(error: WorkflowUpdateFailedError) -> str:
    return error.cause.message if isinstance(error.cause, ApplicationError) else "the run refused"
