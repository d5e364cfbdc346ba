"""What contacts agreed to, topic by topic, and what of it counts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.drafts import ConsentGrant
from store.ids import new_id
from store.pages import Page, newest_first
from store.statements import insert_values, table_of
from store.tables import Consent, Contact

Ignored = Literal["not_later", "no_proof", "known_proof", "granted_since"]


class Said(NamedTuple):
    """A row of `consent`: what a contact said about a topic."""

    id: str
    contact_id: str
    topic: str
    granted: bool
    source: str
    proof: str | None
    reported_by: str | None
    at: datetime
    recorded_at: datetime


class Report(NamedTuple):
    """What a contact said, by topic, and the name of the key that brought it; None: their own act, or a workflow's."""

    grants: Mapping[str, ConsentGrant]
    reported_by: str | None = None


class Counted(NamedTuple):
    """What counts of a topic: the last refusal, while it stands, and by row id why a row does not count."""

    refused_at: datetime | None
    ignored: Mapping[str, Ignored]

    @property
    def granted(self) -> bool:
        return self.refused_at is None


_consents = table_of(Consent)
_OF_CONTACTS = (
    select(*(_consents.c[name] for name in Said._fields))
    .where(_consents.c.contact_id.in_(bindparam("contact_ids", expanding=True)))
    .order_by(_consents.c.recorded_at, _consents.c.id)
)


def count(rows: Iterable[Said]) -> dict[str, Counted]:
    """What counts, by topic, of all that one contact ever said.

    A refusal stands. Any grant of a topic that was never refused counts. Once it was refused, a grant counts only if it

    - was given later (`at`) than every refusal of the topic, and
    - brings a proof that no earlier call recorded for this contact, of whatever topic.

    The order of recording decides only which proof is new: a refusal that is reported late stands as well. The rows of
    one call share their `recorded_at`, so one proof may serve several topics.
    """
    topics: dict[str, list[Said]] = {}
    proven: dict[str, datetime] = {}
    for row in rows:
        topics.setdefault(row.topic, []).append(row)
        if row.proof:
            proven[row.proof] = min(row.recorded_at, proven.get(row.proof, row.recorded_at))
    return {topic: _count(said, proven) for topic, said in topics.items()}


def _count(said: Sequence[Said], proven: Mapping[str, datetime]) -> Counted:
    refused_at = max((row.at for row in said if not row.granted), default=None)
    if refused_at is None:
        return Counted(None, {})
    ignored = {row.id: why for row in said if row.granted and (why := _why_not(row, refused_at, proven))}
    if len(ignored) == sum(row.granted for row in said):
        return Counted(refused_at, ignored)
    return Counted(None, ignored | {row.id: "granted_since" for row in said if not row.granted})


def _why_not(grant: Said, refused_at: datetime, proven: Mapping[str, datetime]) -> Ignored | None:
    """Why a grant does not count against the refusal."""
    if grant.at <= refused_at:
        return "not_later"
    if not grant.proof:
        return "no_proof"
    return "known_proof" if proven[grant.proof] < grant.recorded_at else None


def opted_out(grants: Mapping[str, ConsentGrant], counts: Mapping[str, bool]) -> bool:
    """Whether a grant among these changed nothing, because the contact refuses the topic."""
    return any(grant.granted and not counts.get(topic) for topic, grant in grants.items())


class Consents:
    """Rows are only added; `count` says what counts. Lock the contacts before anything is recorded."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, contact_id: str, report: Report) -> None:
        """Add what the contact said, unless they said the same before and nothing to the contrary counts since."""
        await self.record_all({contact_id: report})

    async def record_all(
        self, reports: Mapping[str, Report], new: Collection[str] = ()
    ) -> dict[str, dict[str, bool]]:
        """Add what each contact said; of `new` ones nothing was known. Gives what counts now, by contact and topic."""
        known = await self._of([id for id in reports if id not in new])
        now = clock.now()
        added: list[Said] = []
        for contact_id, report in reports.items():
            said = known.setdefault(contact_id, [])
            rows = _new_rows(contact_id, report, said, now)
            said += rows
            added += rows
        await insert_values(self._session, Consent, [row._asdict() for row in added])
        await self._mark_changed({row.contact_id for row in added} - set(new))
        return {id: _granted(said) for id, said in known.items()}

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
        return {id: _granted(said) for id, said in (await self._of(contact_ids)).items()}

    async def counted(self, contact_id: str) -> dict[str, Counted]:
        """What counts now, by topic, and why the rest does not."""
        return count((await self._of([contact_id])).get(contact_id, ()))

    async def page(self, contact_id: str, limit: int = 50, cursor: str | None = None) -> Page[Consent]:
        """All that the contact said, last recorded first."""
        query = select(Consent).where(col(Consent.contact_id) == contact_id)
        order, filters = [Consent.recorded_at, Consent.id], {"contact_id": contact_id}
        return await newest_first(self._session, query, order, limit, cursor, filters)

    async def _of(self, contact_ids: Collection[str]) -> dict[str, list[Said]]:
        said: dict[str, list[Said]] = {}
        if contact_ids:
            for row in await self._session.execute(_OF_CONTACTS, {"contact_ids": list(contact_ids)}):
                said.setdefault(row.contact_id, []).append(Said(*row))
        return said


def _new_rows(contact_id: str, report: Report, said: Sequence[Said], now: datetime) -> list[Said]:
    counted = count(said)
    return [
        Said(
            id=new_id("cns"),
            contact_id=contact_id,
            topic=topic,
            granted=grant.granted,
            source=grant.source,
            proof=grant.proof,
            reported_by=report.reported_by,
            at=min(grant.at or now, now),  # one from the future would outlive every later refusal
            recorded_at=now,
        )
        for topic, grant in report.grants.items()
        if topic not in counted
        or not _repeats(grant, [row for row in said if row.topic == topic], counted[topic], now)
    ]


def _repeats(grant: ConsentGrant, said: Sequence[Said], counted: Counted, now: datetime) -> bool:
    """Whether the same was said before, with nothing to the contrary since that counts.

    Without `at`, a grant is the same whenever it comes, and a refusal as long as the topic is refused.
    """
    at = grant.at if grant.at and grant.at <= now else None
    if at is None and counted.granted and not grant.granted:
        return False
    for row in reversed(said):
        if row.granted != grant.granted and row.id not in counted.ignored:
            return False
        same = (grant.granted, grant.source, grant.proof) == (row.granted, row.source, row.proof)
        if same and row.at == (at or row.recorded_at):
            return True
    return False


def _granted(said: Sequence[Said]) -> dict[str, bool]:
    return {topic: counted.granted for topic, counted in count(said).items()}
