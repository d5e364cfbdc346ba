"""Engineers' own activities: their answers are recorded as those of the built-in effects are."""

from collections.abc import Callable, Iterable
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.calls import Call
from activities.effects import recall, remember
from store.database import Database


class RecordedCalls(Interceptor):
    """A call whose answer is recorded is answered with it; the activity is not run again."""

    def __init__(self, database: Database, own: Iterable[Callable[..., Any]]) -> None:
        self._database = database
        self._own = {str(activity._Definition.must_from_callable(one).name) for one in own}

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next, self._database, self._own)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, database: Database, own: set[str]) -> None:
        super().__init__(next)
        self._database = database
        self._own = own

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        call = next((arg for arg in input.args if isinstance(arg, Call)), None)
        if call is None or activity.info().activity_type not in self._own:
            return await self.next.execute_activity(input)
        async with self._database.read() as session:
            done = await recall(session, call, str)
        if done is not None:
            return done
        answer = await self.next.execute_activity(input)
        async with self._database.begin() as session:
            await remember(session, call, answer)
        return answer
