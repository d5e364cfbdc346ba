"""The wrapper that keeps error texts out of histories: what Temporal sees of a failure is a code."""

import re
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.calls import Call
from store.database import Database, is_unavailable
from store.effects import Effects

_log = structlog.get_logger(__name__)


class CodedErrors(Interceptor):
    """Turns every activity error into an ApplicationError of a code; its text goes to the table `failure`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next, self._database)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, database: Database) -> None:
        super().__init__(next)
        self._database = database

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except Exception as error:
            coded = _coded(error)
            await self._keep(error, str(coded.type), input.args)
        # Raised outside the handler, so that the original is not even its context.
        raise coded

    async def _keep(self, error: Exception, code: str, args: Any) -> None:
        call = next((arg for arg in args if isinstance(arg, Call)), None)
        info = activity.info()
        try:
            async with self._database.begin() as session:
                await Effects(session).fail(
                    activity=info.activity_type,
                    code=code,
                    text=str(error)[:4000],
                    enrollment_id=call.enrollment_id if call else None,
                    key=call.key if call else None,
                    attempt=info.attempt,
                )
        except Exception as trouble:
            # The database itself is what failed, most likely; the code still reaches Temporal.
            _log.warning(
                "failure not stored", code=code, activity=info.activity_type, because=type(trouble).__name__
            )


def _coded(error: Exception) -> ApplicationError:
    if isinstance(error, ApplicationError):
        code = error.type or "failed"
        return ApplicationError(
            code, type=code, non_retryable=error.non_retryable, next_retry_delay=error.next_retry_delay
        )
    code = "database_unavailable" if is_unavailable(error) else _snake(type(error).__name__)
    return ApplicationError(code, type=code)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
