"""Idempotency keys: who comes first with a key does the work, and all others are given its answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from store import clock
from store.statements import insert_each_new, update_one
from store.tables import IdempotencyKey

LEASE = timedelta(seconds=30)
KEPT = timedelta(hours=24)

_PLACE = (col(IdempotencyKey.api_key_id), col(IdempotencyKey.route), col(IdempotencyKey.key))


class Claim(NamedTuple):
    """One call with a key. `owner` is the call's own name."""

    api_key_id: str
    route: str
    key: str
    digest: str
    owner: str

    @property
    def place(self) -> tuple[str, str, str]:
        return self.api_key_id, self.route, self.key


class Answer(NamedTuple):
    """What the first call with the key was answered."""

    status: int
    body: str


Verdict = Answer | Literal["ours", "running", "other_body"]


class IdempotencyKeys:
    """Leases and times are the machine's: they guard against its faults."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, claims: Sequence[Claim]) -> list[Verdict]:
        """For each call: whether it is the one to do the work. A call that crashed is taken over after its lease."""
        now = clock.machine()
        rows = [IdempotencyKey(**one._asdict(), leased_until=now + LEASE, created_at=now) for one in claims]
        ours = await insert_each_new(self._session, rows, "owner")
        verdicts: list[Verdict] = []
        for one in claims:
            verdicts.append("ours" if one.owner in ours else await self._known(one, now))
        return verdicts

    async def save(self, answers: Sequence[tuple[Claim, Answer]]) -> None:
        """Keep the answers, each unless another call took the work over."""
        for claim, answer in answers:
            chosen = update(IdempotencyKey).where(_held(claim))
            await self._session.execute(chosen.values(status=answer.status, body=answer.body))

    async def free(self, claim: Claim) -> None:
        """Forget the key: nothing final was answered."""
        await self._session.execute(delete(IdempotencyKey).where(_held(claim)))

    async def sweep(self) -> None:
        """Forget what was kept long enough."""
        old = clock.machine() - KEPT
        await self._session.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < old))

    async def _known(self, claim: Claim, now: datetime) -> Verdict:
        query = select(IdempotencyKey).where(tuple_(*_PLACE) == claim.place)
        row = (await self._session.scalars(query.execution_options(populate_existing=True))).one_or_none()
        if row is None:
            return "running"  # freed between the two statements: the caller comes again
        old = row.created_at + KEPT <= now
        if not old and row.digest != claim.digest:
            return "other_body"
        if not old and row.status is not None:
            return Answer(row.status, row.body or "")
        if not old and row.leased_until > now:
            return "running"
        return "ours" if await self._take_over(claim, row.owner, now) else "running"

    async def _take_over(self, claim: Claim, owner: str, now: datetime) -> bool:
        chosen = update(IdempotencyKey).where(
            tuple_(*_PLACE) == claim.place, col(IdempotencyKey.owner) == owner
        )
        fresh = {
            "digest": claim.digest,
            "owner": claim.owner,
            "leased_until": now + LEASE,
            "status": None,
            "body": None,
            "created_at": now,
        }
        return await update_one(self._session, chosen.values(**fresh))


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(tuple_(*_PLACE) == claim.place, col(IdempotencyKey.owner) == claim.owner)
