"""The messages of many steps at once, in a few statements; fenced as in `Messages`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.effects import StepName
from store.statements import insert_values, table_of
from store.tables import Message

Attempt = tuple[str, int]
"""A message's id, and the number of the attempt that has it."""

_messages = table_of(Message)
_OF_STEPS = select(
    _messages.c.enrollment_id,
    _messages.c.key,
    _messages.c.id,
    _messages.c.status,
    _messages.c.attempt,
    _messages.c.deadline,
    _messages.c.unanswered,
).where(tuple_(_messages.c.enrollment_id, _messages.c.key).in_(bindparam("steps", expanding=True)))
_HELD = (
    select(_messages.c.id, _messages.c.attempt)
    .where(
        _messages.c.id.in_(bindparam("ids", expanding=True)),
        _messages.c.status.in_(bindparam("statuses", expanding=True)),
    )
    .order_by(_messages.c.id)
    .with_for_update()
)
_CHANGE = update(_messages).where(_messages.c.id == bindparam("message"))


class Standing(NamedTuple):
    """How far a message has come."""

    id: str
    status: str
    attempt: int
    deadline: datetime | None
    unanswered: int


class MessageBatch:
    """Transitions give the attempts that made them: the others were overtaken, or are settled."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_steps(self, steps: Collection[StepName]) -> dict[StepName, Standing]:
        found = await self._session.execute(_OF_STEPS, {"steps": list(steps)})
        return {(enrollment_id, key): Standing(*rest) for enrollment_id, key, *rest in found}

    async def insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """New messages. IntegrityError when a step has one."""
        await insert_values(self._session, Message, rows)

    async def mark_sending(
        self, content: Mapping[Attempt, Mapping[str, str]], deadline: datetime
    ) -> set[Attempt]:
        """They are handed to the provider, until `deadline`. `content`: what the rows keep of each mail."""
        held = await self._held(content, ["claimed", "sending"])
        await self._change(
            {id: {**content[id, attempt], "status": "sending", "deadline": deadline} for id, attempt in held}
        )
        return held

    async def mark_sent(self, provider_ids: Mapping[Attempt, str | None], at: datetime) -> set[Attempt]:
        held = await self._held(provider_ids, ["sending"])
        changes = {"status": "sent", "sent_at": at, "error": None}
        await self._change(
            {id: {**changes, "provider_id": provider_ids[id, attempt]} for id, attempt in held}
        )
        return held

    async def _held(self, attempts: Collection[Attempt], statuses: list[str]) -> set[Attempt]:
        """Those that still have their message, which is locked. All batches lock in the same order."""
        chosen = {"ids": [id for id, _ in attempts], "statuses": statuses}
        found = await self._session.execute(_HELD, chosen)
        return {(id, attempt) for id, attempt in found} & set(attempts)

    async def _change(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        if changes:
            await self._session.execute(_CHANGE, [{"message": id, **new} for id, new in changes.items()])
