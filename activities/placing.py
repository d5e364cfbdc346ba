"""The re-entry rule: which contacts get a row of their own, and which are kept out by the one they have."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from activities.catalogue import Listed
from store import clock
from store.contact_batches import ContactBatch, Upserted
from store.contacts import ConflictingIds, ContactDraft
from store.enrollments import Enrollments
from store.suppressions import Suppressions
from store.tables import Contact, Enrollment

MARKETING = "marketing"

Reason = Literal["started", "already_running", "already_enrolled", "too_soon", "same_entry", "lost"]
Warned = Literal["no_consent", "opted_out", "no_email", "suppressed"]


class UnknownContact(LookupError):
    """No contact has this id."""

    def __init__(self, contact_id: str) -> None:
        super().__init__(f"no contact {contact_id!r}")
        self.contact_id = contact_id


@dataclass(frozen=True)
class Entry:
    """Whom to enroll in what. `params` are checked; `key` is the caller's name for this entry, `reported_by` that of
    the API key that brings the contact's consent."""

    workflow: Listed
    contact: ContactDraft
    params: Mapping[str, Any]
    key: str | None = None
    reported_by: str | None = None


@dataclass(frozen=True)
class Place:
    """A row: a `new` one, or the one that keeps the contact out. `again_at`: until when."""

    row: Enrollment
    reason: Reason
    warnings: tuple[Warned, ...] = ()
    again_at: datetime | None = None
    new: bool = False


Refused = ConflictingIds | UnknownContact


async def place_all(
    session: AsyncSession, entries: Sequence[Entry], suppressions: Suppressions
) -> list[Place | Refused]:
    """Decides the entries in order, in the caller's transaction, with the contacts locked, and writes new rows."""
    known = await ContactBatch(session).upsert(
        [entry.contact for entry in entries], [entry.reported_by for entry in entries]
    )
    placing = [(entry, one) for entry, one in zip(entries, known, strict=True) if isinstance(one, Upserted)]
    earlier = await _earlier(session, placing)
    emails = {one.contact.email for _, one in placing if one.contact.email}
    suppressed = await suppressions.reasons(emails)
    places: list[Place | Refused] = []
    for entry, one in zip(entries, known, strict=True):
        if isinstance(one, Upserted):
            mine = earlier.setdefault((entry.workflow.slug, one.contact.id), [])
            place = _place(entry, one.contact, mine, _warnings(one, suppressed))
            mine += [place.row] if place.new else []
            places.append(place)
        else:
            places.append(one if isinstance(one, ConflictingIds) else UnknownContact(str(entry.contact.id)))
    await Enrollments(session).insert_all(
        [place.row for place in places if isinstance(place, Place) and place.new]
    )
    return places


async def _earlier(
    session: AsyncSession, placing: Sequence[tuple[Entry, Upserted]]
) -> dict[tuple[str, str], list[Enrollment]]:
    """What each contact has in the workflow it is to enter, oldest first. A new contact has nothing."""
    subjects: dict[str, set[str]] = {}
    for entry, one in placing:
        if not one.created:
            subjects.setdefault(entry.workflow.slug, set()).add(one.contact.id)
    earlier: dict[tuple[str, str], list[Enrollment]] = {}
    for slug, ids in subjects.items():
        for row in await Enrollments(session).of_subjects(slug, sorted(ids)):
            earlier.setdefault((slug, row.subject_id), []).append(row)
    return earlier


def _place(
    entry: Entry, contact: Contact, earlier: Sequence[Enrollment], warnings: tuple[Warned, ...]
) -> Place:
    same = next((row for row in earlier if row.entry == entry.key), None)
    if same:
        return Place(same, "lost" if _is_lost(same) else "same_entry", warnings)
    kept_out = _kept_out(entry.workflow, earlier[-1]) if earlier else None
    if kept_out:
        return Place(earlier[-1], kept_out[0], warnings, kept_out[1])
    return Place(_row(entry, contact, entry.key or _number(earlier)), "started", warnings, new=True)


def _kept_out(listed: Listed, latest: Enrollment) -> tuple[Reason, datetime | None] | None:
    """Why the re-entry rule keeps the contact out, and until when."""
    lost = _is_lost(latest)
    if latest.status != "ended" and not lost:
        return "already_running", None
    match listed.reentry.rule:
        case "always":
            return None
        case "once":
            return "lost" if lost else "already_enrolled", None
        case "after":
            again_at = latest.created_at + listed.reentry.wait
            if clock.now() >= again_at:
                return None
            return "lost" if lost else "too_soon", again_at


def _is_lost(row: Enrollment) -> bool:
    """Temporal has lost its run: an operator recovers it or lets it go."""
    return row.status != "ended" and row.lost_at is not None


def _number(earlier: Sequence[Enrollment]) -> str:
    """One more than the highest so far. A caller's key that looks like a number counts: none is taken twice."""
    numbers = (int(row.entry) for row in earlier if row.entry.isascii() and row.entry.isdigit())
    return str(max(numbers, default=0) + 1)


def _row(entry: Entry, contact: Contact, name: str) -> Enrollment:
    return Enrollment(
        id=f"{entry.workflow.slug}:{contact.id}:{name}",
        workflow=entry.workflow.slug,
        subject_kind=entry.workflow.kind,
        subject_id=contact.id,
        contact_id=contact.id,
        entry=name,
        params=dict(entry.params),
        release=entry.workflow.release,
    )


def _warnings(one: Upserted, suppressed: Collection[str]) -> tuple[Warned, ...]:
    holds: dict[Warned, bool] = {
        "no_consent": not one.consents.get(MARKETING),
        "opted_out": one.opted_out,
        "no_email": not one.contact.email,
        "suppressed": one.contact.email in suppressed,
    }
    return tuple(name for name, is_so in holds.items() if is_so)
