"""Messages: one row per send, moved on by statements that name the state and attempt they expect.

What every mail goes through is in `message_batches`, for many at once.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Update, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.effects import StepName
from store.pages import Page, newest_first
from store.statements import update_one
from store.tables import Message

WITHDRAWN = "withdrawn"
"""Why a message is not sent: its enrollment has ended, or its code does not ask for it any more."""


class Messages:
    """Every transition says whether it was made: False when another attempt has it, or it is settled."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: str) -> Message | None:
        return await self._session.get(Message, id)

    async def claim_again(self, id: str, from_attempt: int, unanswered: int = 0) -> bool:
        """Take a message over from an attempt that is gone. `unanswered`: copies of it that may be out."""
        taken = {"status": "claimed", "attempt": from_attempt + 1, "unanswered": unanswered}
        return await self._move(_unsettled(id, from_attempt), **taken, deadline=None)

    async def mark_sending(self, id: str, attempt: int, deadline: datetime, **content: str) -> bool:
        """The attempt hands it to the provider, until `deadline`. `content`: what the row keeps of the mail."""
        return await self._move(_unsettled(id, attempt), status="sending", deadline=deadline, **content)

    async def renew(self, id: str, attempt: int, deadline: datetime) -> bool:
        """The attempt is still at it."""
        chosen = _unsettled(id, attempt).where(col(Message.status) == "sending")
        return await self._move(chosen, deadline=deadline)

    async def mark_claimed(self, id: str, attempt: int) -> bool:
        """The attempt found that its own copy did not go out."""
        return await self._move(_unsettled(id, attempt), status="claimed", deadline=None)

    async def mark_failed(self, id: str, error: str, attempt: int | None = None) -> bool:
        """It will not be sent. With `attempt`, only if that one still has the message."""
        return await self._move(_unsettled(id, attempt), status="failed", error=error)

    async def mark_unknown(self, id: str, error: str, attempt: int | None = None) -> bool:
        """Nobody can know whether it went out, and it will not be sent again."""
        return await self._move(_unsettled(id, attempt), status="unknown", error=error)

    async def resolve(self, id: str, status: Literal["sent", "failed"]) -> bool:
        """Somebody found out what became of one that was `unknown`. It counts as sent when it was made."""
        chosen = _row(id).where(col(Message.status) == "unknown")
        if status == "sent":
            return await self._move(chosen, status=status, sent_at=col(Message.created_at))
        return await self._move(chosen, status=status)

    async def withdraw(self, enrollment_ids: Collection[str]) -> None:
        """Those of enrollments that have ended and did not go out yet will not be sent."""
        chosen = col(Message.enrollment_id).in_(enrollment_ids), col(Message.status) == "claimed"
        await self._session.execute(update(Message).where(*chosen).values(status="failed", error=WITHDRAWN))

    async def opened(self, id: str, at: datetime) -> bool:
        """A person opened it: True the first time."""
        return await self._move(_row(id).where(col(Message.opened_at).is_(None)), opened_at=at)

    async def clicked(self, id: str, at: datetime) -> bool:
        """A person clicked in it: True the first time."""
        return await self._move(_row(id).where(col(Message.clicked_at).is_(None)), clicked_at=at)

    async def of_steps(self, steps: Collection[StepName]) -> dict[StepName, Message]:
        """The messages of those steps that have one."""
        chosen = tuple_(col(Message.enrollment_id), col(Message.key)).in_(list(steps))
        found = await self._session.scalars(select(Message).where(chosen))
        return {(message.enrollment_id, message.key): message for message in found}

    async def page(
        self,
        template: str | None = None,
        version: str | None = None,
        status: str | None = None,
        created_after: datetime | None = None,
        sent_after: datetime | None = None,
        contact_id: str | None = None,
        enrollment_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Message]:
        filters = {
            "template": template,
            "version": version,
            "status": status,
            "contact_id": contact_id,
            "enrollment_id": enrollment_id,
        }
        query = select(Message).filter_by(
            **{name: value for name, value in filters.items() if value is not None}
        )
        if created_after is not None:
            query = query.where(col(Message.created_at) > created_after)
        if sent_after is not None:
            query = query.where(col(Message.sent_at) > sent_after)
        times = {"created_after": created_after, "sent_after": sent_after}
        return await newest_first(self._session, query, [Message.id], limit, cursor, {**filters, **times})

    async def _move(self, chosen: Update, **values: Any) -> bool:
        return await update_one(self._session, chosen.values(**values))


def _row(id: str) -> Update:
    return update(Message).where(col(Message.id) == id)


def _unsettled(id: str, attempt: int | None) -> Update:
    chosen = _row(id).where(col(Message.status).in_(["claimed", "sending"]))
    return chosen if attempt is None else chosen.where(col(Message.attempt) == attempt)
