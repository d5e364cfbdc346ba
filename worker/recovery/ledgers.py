"""The ledger of a run that is lost, from what the database has recorded of it."""

import re
from collections.abc import Sequence
from datetime import datetime

from activities.calls import Cursor, Entry
from store.effects import TrailEntry
from store.messages import WITHDRAWN
from store.tables import Enrollment
from workflows.contracts import Ledger, Unread
from workflows.kit.fit import CLOSING

_ROUND = re.compile(r"r(\d+)/")
_RECEIVED = {"id", "name", "at"}  # what the result of a wait for an event has


def ledger_of(row: Enrollment, trail: Sequence[TrailEntry]) -> Ledger:
    """The steps of the row's round. What waits after them began with the last one: of more there is no record.

    Events are read again from the beginning of the round: one that came before the last step may still be looked
    for, as with `since=hello`. Those that have satisfied a wait are known by their ids.
    """
    before = [entry.at for entry in trail if _round(entry.key) < row.round]
    began = max(before, default=row.created_at)
    return Ledger(
        started=began,
        round=row.round,
        entries=tuple(
            Entry(key=entry.key, terms=entry.terms, result=entry.result, failed=entry.failed, at=entry.at)
            for entry in trail
            if _round(entry.key) == row.round and _is_asked_for(entry)
        ),
        used=tuple(id for entry in trail for id in _event_id(entry)),
        unread=Unread(since=Cursor(at=began)),
        waiting_since=counts_from(row, trail),
        paused=row.run_status_at if row.run_status == "paused" else None,
    )


def counts_from(row: Enrollment, trail: Sequence[TrailEntry]) -> datetime:
    """From when what is left to wait counts: the last recorded step, or the start."""
    return max((entry.at for entry in trail), default=row.started_at or row.created_at)


def _round(key: str) -> int:
    found = _ROUND.match(key)
    return int(found[1]) if found else 1


def _is_asked_for(entry: TrailEntry) -> bool:
    """Not what was called off when its code was edited away, nor a step of the close, done once all the same."""
    return entry.result != {"skipped": WITHDRAWN} and not CLOSING.match(entry.key)


def _event_id(entry: TrailEntry) -> tuple[str, ...]:
    """Of the event that ended a wait."""
    result = entry.result
    return (str(result["id"]),) if isinstance(result, dict) and result.keys() >= _RECEIVED else ()
