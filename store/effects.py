"""The ledger as the database knows it: effects that were done, steps that ended, errors met."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import ColumnElement, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.statements import insert_into, table_of, update_one
from store.tables import Effect, Failure, Step

StepName = tuple[str, str]
"""An enrollment's id and a step's key: they name an effect for ever."""

_effects = table_of(Effect)
_RESULTS = select(_effects.c.enrollment_id, _effects.c.key, _effects.c.result).where(
    tuple_(_effects.c.enrollment_id, _effects.c.key).in_(bindparam("steps", expanding=True))
)

_LONGEST = 10_000  # characters kept of an error's text


class TrailEntry(NamedTuple):
    """One step of an enrollment, done or failed. Of effects the `terms` are not recorded."""

    key: str
    result: JsonValue
    failed: str | None
    at: datetime
    terms: Mapping[str, Any] = MappingProxyType({})


class Effects:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def results(self, steps: Collection[StepName]) -> dict[StepName, JsonValue]:
        """The results of those effects that were done."""
        found = await self._session.execute(_RESULTS, {"steps": list(steps)})
        return {(enrollment_id, key): result for enrollment_id, key, result in found}

    async def record(self, results: Mapping[StepName, JsonValue], at: datetime) -> None:
        """Keep effects' results. One that has a result already keeps it."""
        rows = [
            {"enrollment_id": enrollment_id, "key": key, "result": result, "at": at}
            for (enrollment_id, key), result in results.items()
        ]
        if rows:
            await self._session.execute(insert_into(self._session, Effect).on_conflict_do_nothing(), rows)

    async def store_steps(self, entries: Mapping[StepName, Mapping[str, Any]]) -> None:
        """Write ledger entries (`terms`, `result`, `failed`, `at`). One stored before is replaced."""
        if not entries:
            return
        statement = insert_into(self._session, Step)
        new = {name: statement.excluded[name] for name in ("terms", "result", "failed", "at")}
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["enrollment_id", "key"], set_=new),
            [{**entry, "enrollment_id": id, "key": key} for (id, key), entry in entries.items()],
        )

    async def trail(self, enrollment_id: str) -> list[TrailEntry]:
        """Every step and effect stored so far, oldest first."""
        steps = await self._session.scalars(select(Step).where(col(Step.enrollment_id) == enrollment_id))
        effects = await self._session.scalars(
            select(Effect).where(col(Effect.enrollment_id) == enrollment_id)
        )
        entries = [TrailEntry(step.key, step.result, step.failed, step.at, step.terms) for step in steps]
        entries += [TrailEntry(effect.key, effect.result, None, effect.at) for effect in effects]
        return sorted(entries, key=lambda entry: entry.at)

    async def failed(self, activity: str, code: str, enrollment_id: str, key: str) -> int:
        """How often an effect has failed with this code."""
        query = select(col(Failure.count)).where(*_same(activity, code, enrollment_id, key))
        return await self._session.scalar(query) or 0

    async def fail(
        self,
        activity: str,
        code: str,
        text: str,
        enrollment_id: str | None = None,
        key: str | None = None,
        attempt: int = 1,
    ) -> None:
        """Keep the text of an activity's error. One that comes again is counted in the row that it has."""
        kept = text[:_LONGEST].replace("\0", "").encode(errors="replace").decode()
        now = clock.now()
        same = _same(activity, code, enrollment_id, key)
        again = {"text": kept, "attempt": attempt, "at": now, "count": col(Failure.count) + 1}
        if await update_one(self._session, update(Failure).where(*same).values(**again)):
            return
        self._session.add(
            Failure(
                activity=activity,
                code=code,
                text=kept,
                enrollment_id=enrollment_id,
                key=key,
                attempt=attempt,
                first_at=now,
                at=now,
            )
        )
        await self._session.flush()


def _same(
    activity: str, code: str, enrollment_id: str | None, key: str | None
) -> tuple[ColumnElement[bool], ...]:
    """Chooses the row of a failure that comes again."""
    return (
        col(Failure.enrollment_id).is_not_distinct_from(enrollment_id),
        col(Failure.key).is_not_distinct_from(key),
        col(Failure.activity) == activity,
        col(Failure.code) == code,
    )
