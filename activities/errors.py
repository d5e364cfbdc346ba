"""The wrapper that keeps error texts out of histories: what Temporal sees of a failure is a code."""

import re
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.calls import NO_ENROLLMENT, Call
from store.database import Database, is_unavailable
from store.effects import Effects
from store.enrollments import Enrollments

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
            coded = await self._no_enrollment(error, input.args) or _coded(error)
            await self._keep(error, str(coded.type), input.args)
        # Raised outside the handler, so that the original is not even its context.
        raise coded

    async def _no_enrollment(self, error: Exception, args: Any) -> ApplicationError | None:
        """What was to be written belongs to no row. Only then is the row looked for: it costs no effect anything."""
        call = next((arg for arg in args if isinstance(arg, Call)), None)
        if call is None or not isinstance(error, IntegrityError):
            return None
        async with self._database.read() as session:
            if await Enrollments(session).get(call.enrollment_id):
                return None
        return ApplicationError(NO_ENROLLMENT, type=NO_ENROLLMENT, non_retryable=True)

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
    code = code_of(error)
    return ApplicationError(code, type=code)


def code_of(error: Exception) -> str:
    """The code of an error that carries none."""
    return "database_unavailable" if is_unavailable(error) else snake(type(error).__name__)


def snake(name: str) -> str:
    """`SomeError` as `some_error`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
