"""The ledger as the database knows it: effects that were done, steps that ended, errors met."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.statements import insert_into, insert_new
from store.tables import Effect, Failure, Step

_LONGEST = 10_000  # characters kept of an error's text


class TrailEntry(NamedTuple):
    """One step of an enrollment, done or failed."""

    key: str
    result: JsonValue
    failed: str | None
    at: datetime


class Effects:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, enrollment_id: str, key: str) -> Effect | None:
        return await self._session.get(Effect, (enrollment_id, key))

    async def record(self, enrollment_id: str, key: str, result: JsonValue) -> bool:
        """Keep an effect's result; False when it has one already: the first stays."""
        return await insert_new(self._session, Effect(enrollment_id=enrollment_id, key=key, result=result))

    async def store_steps(self, enrollment_id: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Write ledger entries (`key`, `terms`, `result`, `failed`, `at`). One stored before is replaced."""
        rows = {entry["key"]: {**entry, "enrollment_id": enrollment_id} for entry in entries}
        if not rows:
            return
        statement = insert_into(self._session, Step).values(list(rows.values()))
        new = {name: statement.excluded[name] for name in ("terms", "result", "failed", "at")}
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["enrollment_id", "key"], set_=new)
        )

    async def trail(self, enrollment_id: str) -> list[TrailEntry]:
        """Every step and effect stored so far, oldest first."""
        steps = await self._session.scalars(select(Step).where(col(Step.enrollment_id) == enrollment_id))
        effects = await self._session.scalars(
            select(Effect).where(col(Effect.enrollment_id) == enrollment_id)
        )
        entries = [TrailEntry(step.key, step.result, step.failed, step.at) for step in steps]
        entries += [TrailEntry(effect.key, effect.result, None, effect.at) for effect in effects]
        return sorted(entries, key=lambda entry: entry.at)

    async def fail(
        self,
        activity: str,
        code: str,
        text: str,
        enrollment_id: str | None = None,
        key: str | None = None,
        attempt: int = 1,
    ) -> None:
        """Keep the text of an activity's error."""
        kept = text[:_LONGEST].replace("\0", "").encode(errors="replace").decode()
        self._session.add(
            Failure(
                activity=activity, code=code, text=kept, enrollment_id=enrollment_id, key=key, attempt=attempt
            )
        )
        await self._session.flush()
