"""Doing an effect once: its result is recorded in the transaction that does it, and answers every repeated call."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from activities.calls import Call
from store import clock
from store.database import Database
from store.effects import Effects, StepName
from store.progress import LastStep, Progress

R = TypeVar("R")

_adapters: dict[Any, TypeAdapter[Any]] = {}  # one is slow to make


async def once(
    database: Database, call: Call[Any], returns: type[R], work: Callable[[AsyncSession], Awaitable[R]]
) -> R:
    """The recorded result of the call, or else that of `work`, committed together with all that `work` wrote."""
    async with database.begin() as session:
        done = await recall(session, call, returns)
        if done is not None:
            return done
        result = await work(session)
        await remember(session, call, result)
        return result


async def recall(session: AsyncSession, call: Call[Any], returns: type[R]) -> R | None:
    """The result this effect had, if it was done before."""
    found = await Effects(session).results([step_of(call)])
    return _adapter(returns).validate_python(found[step_of(call)]) if found else None


async def remember(session: AsyncSession, call: Call[Any], result: Any) -> None:
    """Records the effect, the steps its call carried, and that the enrollment has come this far."""
    await remember_all(session, [(call, result)])


async def remember_all(session: AsyncSession, done: Sequence[tuple[Call[Any], Any]]) -> None:
    """The same for many calls at once."""
    now = clock.now()
    effects = Effects(session)
    await effects.store_steps(entries_of([call for call, _ in done]))
    await effects.record({step_of(call): _plain(result) for call, result in done}, now)
    last = {call.enrollment_id: LastStep(call.key, call.round, call.params) for call, _ in done}
    await Progress(session).set_steps(last, now)


def step_of(call: Call[Any]) -> StepName:
    return call.enrollment_id, call.key


def entries_of(calls: Sequence[Call[Any]]) -> dict[StepName, dict[str, Any]]:
    """The ledger entries that calls carry, as the store takes them."""
    return {
        (call.enrollment_id, entry.key): entry.model_dump(exclude={"key"})
        for call in calls
        for entry in call.entries
    }


def _plain(result: Any) -> Any:
    return _adapter(type(result)).dump_python(result, mode="json")


def _adapter(type: type[R]) -> TypeAdapter[R]:
    if type not in _adapters:
        _adapters[type] = TypeAdapter(type)
    return _adapters[type]
