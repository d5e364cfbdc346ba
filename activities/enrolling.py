"""Enrolling: the re-entry rule, the row, then the run. A repeated call completes what a crash cut off."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import Catalogue, Listed
from activities.runs import Runs, StartRun
from store import clock
from store.contacts import ContactDraft, Contacts
from store.database import Database
from store.enrollments import Enrollments
from store.suppressions import Suppressions
from store.tables import Contact, Enrollment

ENTRY_KEY = r"^[A-Za-z0-9._-]{1,64}$"
MARKETING = "marketing"

Reason = Literal["started", "already_running", "already_enrolled", "too_soon", "same_entry"]
Warned = Literal["no_consent", "no_email", "suppressed"]


class UnknownWorkflow(LookupError):
    """No workflow of this name is installed; `known` are those that are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no workflow {name!r}; installed are: {', '.join(known) or 'none'}")
        self.name = name
        self.known = list(known)


class UnknownContact(LookupError):
    """No contact has this id."""

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"no contact {contact_id!r}")
        self.contact_id = contact_id


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
class _Place:
    """What the first transaction left: a row, ours (`new`) or the one that keeps us out."""

    row: Enrollment
    reason: Reason
    warnings: tuple[Warned, ...] = ()
    again_at: datetime | None = None
    new: bool = False


class Enroller:
    """Enrolls contacts. `suppression_keys` hash suppressed addresses: the newest first."""

    def __init__(
        self, database: Database, runs: Runs, catalogue: Catalogue, *, suppression_keys: Sequence[bytes]
    ) -> None:
        self._database = database
        self._runs = runs
        self._catalogue = catalogue
        self._suppression_keys = suppression_keys

    async def enroll(
        self,
        workflow: str,
        contact: ContactDraft | str,
        params: Mapping[str, Any] | None = None,
        entry_key: str | None = None,
    ) -> Enrolled:
        """Enrolls one contact, given by a draft (found or made) or by its id.

        Raises UnknownWorkflow, UnknownContact, ConflictingIds, ValidationError for params that the workflow
        does not take, ValueError for a wrong entry key, and RunsUnavailable: the row is then started later.
        """
        listed = self._listed(workflow)
        if entry_key is not None and not re.fullmatch(ENTRY_KEY, entry_key):
            raise ValueError(f"entry_key must match {ENTRY_KEY}")
        checked = listed.params.model_validate(dict(params or {}), extra="forbid").model_dump(mode="json")
        async with self._database.begin() as session:
            found = await _contact(session, contact)
            place = await self._place(session, listed, found, checked, entry_key)
        return await self._start(listed, place)

    async def complete(self, row: Enrollment) -> None:
        """Starts the run of a row that was left pending, and marks it started."""
        await self.start_run(row)
        await self._mark(row)

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

    async def _place(
        self, session: AsyncSession, listed: Listed, contact: Contact, params: dict[str, Any], key: str | None
    ) -> _Place:
        warnings = await self._warnings(session, contact)
        rows = Enrollments(session)
        same = await rows.find_entry(listed.slug, contact.id, key) if key else None
        if same:
            return _Place(same, "same_entry", warnings)
        latest = await rows.latest(listed.slug, contact.id)
        kept_out = _kept_out(listed, latest) if latest else None
        if latest and kept_out:
            reason, again_at = kept_out
            return _Place(latest, reason, warnings, again_at)
        row = _row(listed, contact, params, key or str(await rows.count_entries(listed.slug, contact.id) + 1))
        await rows.insert(row)
        return _Place(row, "started", warnings, new=True)

    async def _warnings(self, session: AsyncSession, contact: Contact) -> tuple[Warned, ...]:
        warnings: list[Warned] = []
        if not (await Contacts(session).consents(contact.id)).get(MARKETING):
            warnings.append("no_consent")
        if not contact.email:
            warnings.append("no_email")
        elif await Suppressions(session, *self._suppression_keys).reason(contact.email):
            warnings.append("suppressed")
        return tuple(warnings)

    async def _start(self, listed: Listed, place: _Place) -> Enrolled:
        """Of many calls that meet one pending row, that which marks it started is told that it created it."""
        row, reason, created = place.row, place.reason, False
        if row.status == "pending":
            await self.start_run(row)
            row, marked = await self._mark(row)
            created = marked or (place.new and row.started_at is None)  # it may have ended already
            reason = "started" if created else "same_entry" if reason == "same_entry" else "already_running"
        return Enrolled(
            id=row.id,
            workflow=listed.slug,
            contact_id=row.subject_id,
            status=row.status,
            created=created,
            reason=reason,
            warnings=place.warnings,
            again_at=place.again_at,
        )

    async def _mark(self, row: Enrollment) -> tuple[Enrollment, bool]:
        async with self._database.begin() as session:
            rows = Enrollments(session)
            marked = await rows.mark_started(row.id)
            return await rows.get(row.id) or row, marked


async def _contact(session: AsyncSession, contact: ContactDraft | str) -> Contact:
    """The contact, locked: enrollments of one contact are decided one after the other."""
    contacts = Contacts(session)
    if isinstance(contact, ContactDraft):
        return (await upserted(contacts, contact))[0]
    locked = await contacts.lock(contact)
    if locked is None:
        raise UnknownContact(contact)
    return locked


async def upserted(contacts: Contacts, draft: ContactDraft) -> tuple[Contact, bool]:
    """The contact of the draft, locked, and whether it is new. Raises UnknownContact and ConflictingIds."""
    try:
        return await contacts.upsert(draft)
    except LookupError:
        raise UnknownContact(str(draft.id)) from None


def _kept_out(listed: Listed, latest: Enrollment) -> tuple[Reason, datetime | None] | None:
    """Why the re-entry rule keeps the contact out, and until when."""
    if latest.status != "ended":
        return "already_running", None
    match listed.reentry.rule:
        case "always":
            return None
        case "once":
            return "already_enrolled", None
        case "after":
            again_at = latest.created_at + listed.reentry.wait
            return ("too_soon", again_at) if clock.now() < again_at else None


def _row(listed: Listed, contact: Contact, params: dict[str, Any], entry: str) -> Enrollment:
    return Enrollment(
        id=f"{listed.slug}:{contact.id}:{entry}",
        workflow=listed.slug,
        subject_kind=listed.kind,
        subject_id=contact.id,
        contact_id=contact.id,
        entry=entry,
        params=params,
        release=listed.release,
    )
