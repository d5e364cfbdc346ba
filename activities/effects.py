"""Doing an effect once: its result is recorded in the transaction that does it, and answers every repeated call."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from activities.calls import Call, Entry
from store import clock
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments

R = TypeVar("R")


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
    effect = await Effects(session).find(call.enrollment_id, call.key)
    return None if effect is None else TypeAdapter(returns).validate_python(effect.result)


async def remember(session: AsyncSession, call: Call[Any], result: Any) -> None:
    """Records the effect, the steps its call carried, and that the enrollment has come this far."""
    effects = Effects(session)
    await effects.store_steps(call.enrollment_id, rows(call.entries))
    await effects.record(
        call.enrollment_id, call.key, TypeAdapter(type(result)).dump_python(result, mode="json")
    )
    await Enrollments(session).set_step(call.enrollment_id, call.key, clock.now())


def rows(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Ledger entries as the store takes them."""
    return [entry.model_dump() for entry in entries]
