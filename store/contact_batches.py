"""Many contacts at once, in a few statements. What is not simple is left to `Contacts`, one after the other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store.consents import Consents, Report, opted_out
from store.contacts import ConflictingIds, Contacts, agreed, change_plainly, new_contact
from store.drafts import ContactDraft
from store.statements import insert_each_new
from store.tables import Contact

Refused = ConflictingIds | LookupError
_IDS = ("id", "external_id", "email")
_Found = list[Contact]


@dataclass(frozen=True)
class Upserted:
    """A contact, locked, with what it now agrees to, by topic.

    `opted_out`: the draft brought a grant that changed nothing, because the contact refuses the topic.
    """

    contact: Contact
    created: bool
    consents: Mapping[str, bool]
    opted_out: bool


@dataclass(frozen=True)
class _Done:
    """`said` is what is still to be recorded."""

    contact: Contact
    created: bool
    said: Report


class ContactBatch:
    """Does what `Contacts.upsert` does, draft by draft. Drafts that have to do with each other are left to it."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def upsert(
        self, drafts: Sequence[ContactDraft], reporters: Sequence[str | None]
    ) -> list[Upserted | Refused]:
        """One result for each draft: an error spoils its own draft alone.

        `reporters`: for each draft, the name of the key that brings its consent.
        """
        found = await self._find(drafts, locked=True)
        alone = _unrelated(drafts, found)
        fresh = [at for at in alone if not found[at] and not drafts[at].id]
        made = await self._insert({at: drafts[at] for at in fresh})
        if others := [drafts[at] for at in fresh if at not in made]:  # another call made them meanwhile
            await self._find(others, locked=True)  # in order, before they are done one by one
        done: list[_Done | Refused] = []
        for at, (draft, reporter) in enumerate(zip(drafts, reporters, strict=True)):
            report = Report(draft.consent, reporter)
            if at in made:
                done.append(_Done(made[at], True, report))
            elif at in alone and len(found[at]) == 1 and change_plainly(found[at][0], draft):
                done.append(_Done(found[at][0], False, report))
            else:
                done.append(await self._one(draft, reporter))
        await self._session.flush()
        consents = await self._record(done, new={contact.id for contact in made.values()})
        return [
            _upserted(one, draft, consents[one.contact.id]) if isinstance(one, _Done) else one
            for draft, one in zip(drafts, done, strict=True)
        ]

    async def find(self, drafts: Sequence[ContactDraft]) -> list[Contact | None]:
        """The contact that each draft names, as `Contacts.find` finds it. None where its ids name two."""
        return [
            _named(draft, found)
            for draft, found in zip(drafts, await self._find(drafts, locked=False), strict=True)
        ]

    async def _find(self, drafts: Sequence[ContactDraft], *, locked: bool) -> list[_Found]:
        """The contacts that each draft's ids name; locked in one order, so that two batches cannot block each other."""
        wanted = {name: [id for draft in drafts if (id := getattr(draft, name))] for name in _IDS}
        given = {name: ids for name, ids in wanted.items() if ids}
        by_id: dict[tuple[str, str], Contact] = {}
        for contact in await self._session.scalars(_named_by(tuple(given), locked), given):
            by_id |= {(name, id): contact for name in _IDS if (id := getattr(contact, name))}
        return [
            list({(one := by_id[id]).id: one for id in _ids(draft) if id in by_id}.values())
            for draft in drafts
        ]

    async def _insert(self, drafts: Mapping[int, ContactDraft]) -> dict[int, Contact]:
        """New contacts, without those that another call made meanwhile. All batches insert in the same order."""
        if not drafts:
            return {}
        ordered = sorted(drafts.items(), key=lambda item: item[1].email or item[1].external_id or "")
        made = {at: new_contact(draft) for at, draft in ordered}
        inserted = await insert_each_new(self._session, list(made.values()))
        return {at: contact for at, contact in made.items() if contact.id in inserted}

    async def _one(self, draft: ContactDraft, reporter: str | None) -> _Done | Refused:
        try:
            return _Done(*await Contacts(self._session).upsert(draft, reporter), said=Report({}))
        except (ConflictingIds, LookupError) as error:
            return error

    async def _record(self, done: Sequence[_Done | Refused], new: set[str]) -> dict[str, dict[str, bool]]:
        said = {one.contact.id: one.said for one in done if isinstance(one, _Done)}
        counts = await Consents(self._session).record_all(said, new)
        return {id: counts.get(id, {}) for id in said}


def _named(draft: ContactDraft, found: _Found) -> Contact | None:
    try:
        return agreed(dict(_ids(draft)), found)
    except ConflictingIds:
        return None


@cache
def _named_by(ids: tuple[str, ...], locked: bool) -> Select[Contact]:
    """The contacts that any of these ids name, given as lists. Made once: making it costs more than asking it."""
    named = [col(getattr(Contact, name)).in_(bindparam(name, expanding=True)) for name in ids]
    query = select(Contact).where(or_(*named)).order_by(col(Contact.id))
    return query.with_for_update().execution_options(populate_existing=True) if locked else query


def _upserted(one: _Done, draft: ContactDraft, consents: Mapping[str, bool]) -> Upserted:
    return Upserted(one.contact, one.created, consents, opted_out(draft.consent, consents))


def _ids(draft: ContactDraft) -> list[tuple[str, str]]:
    return [(name, id) for name in _IDS if (id := getattr(draft, name))]


def _unrelated(drafts: Sequence[ContactDraft], found: Sequence[_Found]) -> set[int]:
    """Those that share no id, and no contact, with another."""
    names = [
        [*_ids(draft), *(("contact", contact.id) for contact in contacts)]
        for draft, contacts in zip(drafts, found, strict=True)
    ]
    count = Counter(chain.from_iterable(names))
    return {at for at, mine in enumerate(names) if all(count[name] == 1 for name in mine)}
