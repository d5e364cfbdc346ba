"""Who is inside on which release, and what becomes of an effect that the code of another release no longer asks for."""

from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.effects import Effects
from store.messages import WITHDRAWN, Messages
from store.tables import Enrollment, Message


class Releases:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def inside(self, workflow: str, besides: str, limit: int, after_id: str = "") -> list[Enrollment]:
        """Enrollments that have not ended and are on another release than that, by id, after the given one."""
        query = select(Enrollment).where(
            col(Enrollment.workflow) == workflow,
            col(Enrollment.status).in_(["pending", "running"]),
            col(Enrollment.release) != besides,
            col(Enrollment.id) > after_id,
        )
        return list(await self._session.scalars(query.order_by(col(Enrollment.id)).limit(limit)))

    async def renew(self, ids: Sequence[str], release: str) -> None:
        """They run on this release now."""
        await self._session.execute(
            update(Enrollment).where(col(Enrollment.id).in_(ids)).values(release=release)
        )

    async def settle_effect(self, enrollment_id: str, key: str, *, call_off: bool) -> JsonValue:
        """The result of an effect that was done, or may have been; None when it was not.

        With `call_off` it is not done any more: from now on its row answers every attempt that still comes.
        """
        step = (enrollment_id, key)
        done = (await Effects(self._session).results([step])).get(step)
        if done is not None:
            return None if done == {"skipped": WITHDRAWN} else done
        message = await self._message(enrollment_id, key)
        result: JsonValue = {"skipped": WITHDRAWN}
        perhaps_sent = message is not None and (message.status == "sending" or message.unanswered > 0)
        if message is not None and perhaps_sent:
            await Messages(self._session).mark_unknown(message.id, WITHDRAWN)
            result = {"message_id": message.id, "skipped": None}
        elif not call_off:
            return None
        elif message is not None:
            await Messages(self._session).mark_failed(message.id, WITHDRAWN)
        await Effects(self._session).record({step: result}, clock.now())
        return result if perhaps_sent else None

    async def _message(self, enrollment_id: str, key: str) -> Message | None:
        query = select(Message).where(col(Message.enrollment_id) == enrollment_id, col(Message.key) == key)
        found: Message | None = await self._session.scalar(query)
        return found
