"""What contacts agreed to, topic by topic."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.drafts import ConsentGrant
from store.tables import Consent


class Consents:
    """Rows are only added. The latest of a topic counts; of two at the same time, the one that refuses."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, contact_id: str, topic: str, grant: ConsentGrant) -> None:
        """Add the grant, unless the topic's latest already says the same."""
        latest = (await self._latest(contact_id)).get(topic)
        if latest and _repeats(grant, latest):
            return
        now = clock.now()
        at = min(grant.at or now, now)  # one from the future would outlive every later refusal
        self._session.add(
            Consent(
                contact_id=contact_id,
                topic=topic,
                granted=grant.granted,
                source=grant.source,
                proof=grant.proof,
                at=at,
            )
        )
        await self._session.flush()

    async def granted(self, contact_id: str) -> dict[str, bool]:
        """What counts now, by topic. A topic never spoken of is not in it."""
        return {topic: row.granted for topic, row in (await self._latest(contact_id)).items()}

    async def _latest(self, contact_id: str) -> dict[str, Consent]:
        query = (
            select(Consent)
            .where(col(Consent.contact_id) == contact_id)
            .order_by(col(Consent.at), col(Consent.granted).desc(), col(Consent.id))
        )
        return {row.topic: row for row in await self._session.scalars(query)}


def _repeats(grant: ConsentGrant, latest: Consent) -> bool:
    same = (grant.granted, grant.source, grant.proof) == (latest.granted, latest.source, latest.proof)
    return same and grant.at in (None, latest.at)
