"""Enrolling: the re-entry rule, the row, then the run. A repeated call completes what a crash cut off."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import Catalogue, Listed
from activities.placing import MARKETING, Entry, Place, Reason, Refused, UnknownContact, Warned, place_all
from activities.runs import Runs, RunsUnavailable, StartRun
from activities.together import Together, done_by
from store.contacts import ContactDraft, Contacts
from store.database import Database
from store.enrollments import Enrollments
from store.suppressions import Suppressions
from store.tables import Contact, Enrollment

__all__ = [
    "MARKETING",
    "Enrolled",
    "Enroller",
    "Entry",
    "Reason",
    "UnknownContact",
    "UnknownWorkflow",
    "Warned",
]

ENTRY_KEY = r"^[A-Za-z0-9._-]{1,64}$"
_PLACED_TOGETHER = 50
_MARKED_TOGETHER = 200
_STARTED_AT_ONCE = 32
_TO_FINISH = 1.0  # seconds that starts under way are left, so that few are broken off


class UnknownWorkflow(LookupError):
    """No workflow of this name is installed; `known` are those that are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no workflow {name!r}; installed are: {', '.join(known) or 'none'}")
        self.name = name
        self.known = list(known)


@dataclass(frozen=True)
class Enrolled:
    """The answer to an enrollment. When it was kept out (`created` is false), `id` is the one in its way.

    `again_at`: when a contact that came too soon may enter.
    """

    id: str
    workflow: str
    contact_id: str
    status: str
    created: bool
    reason: Reason
    warnings: tuple[Warned, ...]
    again_at: datetime | None = None


@dataclass(frozen=True)
class _Marked:
    """How a row stands after its run was started: `by_us` when it was this call that noted it."""

    status: str
    by_us: bool
    started: bool = True


class Enroller:
    """Enrolls contacts. `suppression_keys` hash suppressed addresses: the newest first."""

    def __init__(
        self, database: Database, runs: Runs, catalogue: Catalogue, *, suppression_keys: Sequence[bytes]
    ) -> None:
        self._database = database
        self._runs = runs
        self._catalogue = catalogue
        self._suppression_keys = suppression_keys
        self._placing = Together(self._place_all, _PLACED_TOGETHER)
        self._marking = Together(self._mark_all, _MARKED_TOGETHER)
        self._starting = asyncio.Semaphore(_STARTED_AT_ONCE)  # of all batches

    def entry(
        self,
        workflow: str,
        contact: ContactDraft | str,
        params: Mapping[str, Any] | None = None,
        entry_key: str | None = None,
        reported_by: str | None = None,
    ) -> Entry:
        """One enrollment, checked; `reported_by` is the name of the key that asks for it.

        Raises UnknownWorkflow, ValueError for a wrong entry key, and ValidationError for params that the workflow does
        not take."""
        listed = self._listed(workflow)
        if entry_key is not None and not re.fullmatch(ENTRY_KEY, entry_key):
            raise ValueError(f"entry_key must match {ENTRY_KEY}")
        checked = listed.params.model_validate(dict(params or {}), extra="forbid").model_dump(mode="json")
        draft = contact if isinstance(contact, ContactDraft) else ContactDraft(id=contact)
        return Entry(listed, draft, checked, entry_key, reported_by)

    async def enroll(
        self,
        workflow: str,
        contact: ContactDraft | str,
        params: Mapping[str, Any] | None = None,
        entry_key: str | None = None,
    ) -> Enrolled:
        """Enrolls one contact, given by a draft (found or made) or by its id. Raises what `entry` and `enter` do."""
        return await self.enter(self.entry(workflow, contact, params, entry_key))

    async def enter(self, entry: Entry) -> Enrolled:
        """Raises UnknownContact, ConflictingIds, and RunsUnavailable: the row is then started later."""
        place = await self._placing(entry)
        if not isinstance(place, Place):
            raise place
        if place.row.status != "pending":
            return _enrolled(place)
        await self.start_run(place.row)
        return _enrolled(place, await self._marking(place.row))

    async def enroll_all(self, entries: Sequence[Entry], within: float) -> list[Enrolled | Refused]:
        """Writes all rows, in one transaction, then starts as many runs as it can `within` the seconds given.

        The others keep the status `pending`, and are started later. Raises TimeoutError when nothing was written.
        """
        until = asyncio.get_running_loop().time() + within
        async with asyncio.timeout_at(until):
            places = await self._place_all(entries)
        rows = {
            one.row.id: one.row for one in places if isinstance(one, Place) and one.row.status == "pending"
        }
        marked = await self._begin_all(rows, until)
        return _answers(places, marked)

    async def complete(self, row: Enrollment) -> None:
        """Starts the run of a row that was left pending, and marks it started."""
        await self.start_run(row)
        await self._marking(row)

    async def complete_all(self, rows: Sequence[Enrollment], within: float) -> int:
        """The same for many, `within` seconds; gives how many were started. One that fails leaves the others alone."""
        until = asyncio.get_running_loop().time() + within
        marked = await self._begin_all({row.id: row for row in rows}, until)
        return sum(isinstance(mark, _Marked) for mark in marked.values())

    async def start_run(self, row: Enrollment) -> None:
        """Starts the run and leaves the row to the call that wrote it, which is told that it created it."""
        await self._runs.start(
            StartRun(
                id=row.id,
                workflow=self._listed(row.workflow),
                subject_kind=row.subject_kind,
                subject_id=row.subject_id,
                entry=row.entry,
                release=row.release,
                params=row.params,
            )
        )

    def _listed(self, workflow: str) -> Listed:
        listed = self._catalogue.find(workflow)
        if listed is None:
            raise UnknownWorkflow(workflow, list(self._catalogue))
        return listed

    async def _place_all(self, entries: Sequence[Entry]) -> list[Place | Refused]:
        async def work(session: AsyncSession) -> list[Place | Refused]:
            return await place_all(session, entries, Suppressions(session, *self._suppression_keys))

        return await self._database.write(work)

    async def _begin_all(
        self, rows: Mapping[str, Enrollment], until: float
    ) -> dict[str, _Marked | BaseException | None]:
        beginning = _Beginning(until - _TO_FINISH)
        return await done_by(until, {id: self._begin(row, beginning) for id, row in rows.items()})

    async def _begin(self, row: Enrollment, beginning: "_Beginning") -> _Marked | None:
        """None when the run could not be started now. The first to find Temporal away spares the others the wait."""
        async with self._starting:
            if beginning.away or asyncio.get_running_loop().time() > beginning.until:
                return None
            try:
                await self.start_run(row)
            except RunsUnavailable:
                beginning.away = True
                return None
        return await self._marking(row)

    async def _mark_all(self, rows: Sequence[Enrollment]) -> list[_Marked]:
        """Of many calls that meet one pending row, one is told that it started it."""
        async with self._database.begin() as session:
            store = Enrollments(session)
            ours = await store.mark_started([row.id for row in rows])
            others = {row.id for row in rows if row.id not in ours}
            standing = {row.id: row for row in await store.of_ids(sorted(others))}
        marks = []
        for row in rows:
            if row.id in standing:
                now = standing[row.id]
                marks.append(_Marked(now.status, False, started=now.started_at is not None))
            else:
                marks.append(_Marked("running", row.id in ours))
                ours.discard(row.id)
        return marks


@dataclass
class _Beginning:
    """The starts of one batch: until when one may begin, by the loop's time, and whether Temporal is `away`."""

    until: float
    away: bool = False


def _answers(
    places: Sequence[Place | Refused], marked: Mapping[str, _Marked | BaseException | None]
) -> list[Enrolled | Refused]:
    """The answers to a batch. Of entries that share a row, the first is told that it created it."""
    answers: list[Enrolled | Refused] = []
    told: set[str] = set()
    for place in places:
        if isinstance(place, Place):
            mark = marked.get(place.row.id)
            if isinstance(mark, _Marked):
                answers.append(_enrolled(place, replace(mark, by_us=mark.by_us and place.row.id not in told)))
                told.add(place.row.id)
            else:
                answers.append(_enrolled(place))
        else:
            answers.append(place)
    return answers


def _enrolled(place: Place, mark: _Marked | None = None) -> Enrolled:
    """The answer by what was found and, when its run was started, by how the row stands after that."""
    row, created, reason = place.row, place.new, place.reason
    if mark:
        created = mark.by_us or (place.new and not mark.started)  # it may have ended already
        reason = "started" if created else "same_entry" if reason == "same_entry" else "already_running"
    return Enrolled(
        id=row.id,
        workflow=row.workflow,
        contact_id=row.subject_id,
        status=mark.status if mark else row.status,
        created=created,
        reason=reason,
        warnings=place.warnings,
        again_at=place.again_at,
    )


async def upserted(contacts: Contacts, draft: ContactDraft, reported_by: str) -> tuple[Contact, bool]:
    """The contact of the draft, locked, and whether it is new. Raises UnknownContact and ConflictingIds."""
    try:
        return await contacts.upsert(draft, reported_by)
    except LookupError:
        raise UnknownContact(str(draft.id)) from None
