"""What contacts agreed to, topic by topic."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.drafts import ConsentGrant
from store.ids import new_id
from store.statements import insert_values, table_of
from store.tables import Consent, Contact


class _Said(NamedTuple):
    """A row of `consent`."""

    id: str
    contact_id: str
    topic: str
    granted: bool
    source: str
    proof: str | None
    at: datetime


_consents = table_of(Consent)
_OF_CONTACTS = select(*(_consents.c[name] for name in _Said._fields)).where(
    _consents.c.contact_id.in_(bindparam("contact_ids", expanding=True))
)


class Consents:
    """Rows are only added. The latest of a topic counts; of two at the same time, the one that refuses."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, contact_id: str, topic: str, grant: ConsentGrant) -> None:
        """Add the grant, unless the topic's latest already says the same."""
        await self.record_all({contact_id: {topic: grant}})

    async def record_all(
        self, said: Mapping[str, Mapping[str, ConsentGrant]], new: Collection[str] = ()
    ) -> dict[str, dict[str, bool]]:
        """Add what each contact said; of `new` ones nothing was known. Gives what counts now, by contact and topic."""
        latest = await self._latest([id for id in said if id not in new])
        added = []
        for contact_id, grants in said.items():
            known = latest.setdefault(contact_id, {})
            for topic, grant in grants.items():
                if topic in known and _repeats(grant, known[topic]):
                    continue
                row = _row(contact_id, topic, grant)
                added.append(row)
                known[topic] = max(known.get(topic, row), row, key=_rank)
        await insert_values(self._session, Consent, [row._asdict() for row in added])
        await self._mark_changed({row.contact_id for row in added} - set(new))
        return {id: _granted(rows) for id, rows in latest.items()}

    async def _mark_changed(self, contact_ids: Collection[str]) -> None:
        """What is known of them has changed: lists by the last change show them."""
        if contact_ids:
            chosen = update(Contact).where(col(Contact.id).in_(contact_ids))
            await self._session.execute(chosen.values(updated_at=clock.now()))

    async def granted(self, contact_id: str) -> dict[str, bool]:
        """What counts now, by topic. A topic never spoken of is not in it."""
        return (await self.granted_by([contact_id])).get(contact_id, {})

    async def granted_by(self, contact_ids: Collection[str]) -> dict[str, dict[str, bool]]:
        """The same of many contacts, by contact. One who never spoke is not in it."""
        return {id: _granted(rows) for id, rows in (await self._latest(contact_ids)).items()}

    async def _latest(self, contact_ids: Collection[str]) -> dict[str, dict[str, _Said]]:
        latest: dict[str, dict[str, _Said]] = {}
        if contact_ids:
            found = await self._session.execute(_OF_CONTACTS, {"contact_ids": list(contact_ids)})
            for row in sorted((_Said(*row) for row in found), key=_rank):
                latest.setdefault(row.contact_id, {})[row.topic] = row
        return latest


def _row(contact_id: str, topic: str, grant: ConsentGrant) -> _Said:
    now = clock.now()
    at = min(grant.at or now, now)  # one from the future would outlive every later refusal
    return _Said(
        id=new_id("cns"),
        contact_id=contact_id,
        topic=topic,
        granted=grant.granted,
        source=grant.source,
        proof=grant.proof,
        at=at,
    )


def _rank(row: _Said) -> tuple[datetime, bool, str]:
    return row.at, not row.granted, row.id


def _granted(rows: Mapping[str, _Said]) -> dict[str, bool]:
    return {topic: row.granted for topic, row in rows.items()}


def _repeats(grant: ConsentGrant, latest: _Said) -> bool:
    same = (grant.granted, grant.source, grant.proof) == (latest.granted, latest.source, latest.proof)
    return same and grant.at in (None, latest.at)
