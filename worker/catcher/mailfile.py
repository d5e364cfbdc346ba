"""The SQLite file that holds the mails. Used from one thread; every method may raise `sqlite3.Error`."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from store import clock
from store.ids import new_id
from worker.catcher.message import Summary, clean, subject_and_id

_SCHEMA = """
PRAGMA auto_vacuum = FULL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS mail (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, message_id TEXT NOT NULL, recipients TEXT NOT NULL,
    subject TEXT NOT NULL, received_at TEXT NOT NULL, sought TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mail_received ON mail (received_at);
CREATE TABLE IF NOT EXISTS recipient (address TEXT, seq INTEGER, PRIMARY KEY (address, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS raw (seq INTEGER PRIMARY KEY, content BLOB NOT NULL);
"""
_SUMMARY = "mail.id, message_id, recipients, subject, received_at"
_INSERT = (
    "INSERT INTO mail (id, message_id, recipients, subject, received_at, sought)"
    " VALUES (?, ?, ?, ?, ?, ?) RETURNING seq"
)

Place = tuple[str, int]  # where a page of a list ended: time and number of its last mail


@dataclass(frozen=True)
class Query:
    """Which mails: to this address (any case), with this in recipients or subject, received since then."""

    to: str | None = None
    search: str | None = None
    since: datetime | None = None

    def where(self) -> tuple[str, list[str]]:
        """An SQL condition on `mail` and its parameters."""
        conditions, parameters = ["TRUE"], []
        if self.to:
            conditions.append("mail.seq IN (SELECT seq FROM recipient WHERE address = ?)")
            parameters.append(clean(self.to).strip().casefold())
        if self.search:
            conditions.append("instr(sought, ?)")
            parameters.append(clean(self.search).strip().casefold())
        if self.since:
            conditions.append("received_at >= ?")
            parameters.append(_stamp(self.since))
        return " AND ".join(conditions), parameters


class MailFile:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def check(self) -> None:
        self._db.execute("SELECT 1 FROM mail LIMIT 1").fetchone()

    def insert(self, mails: Iterable[tuple[list[str], bytes]]) -> None:
        """Stores (recipients, bytes), all or none. They are on disk on return."""
        with self._transaction():
            for recipients, raw in mails:
                self._insert([clean(address) for address in recipients], raw)

    def page(self, query: Query, after: Place | None, count: int) -> tuple[list[Summary], Place | None]:
        """The next `count` mails, newest first, and where they end; None when there are no more."""
        condition, parameters = query.where()
        rows = self._db.execute(
            f"SELECT {_SUMMARY}, seq FROM mail WHERE {condition} AND (received_at, seq) < (?, ?)"
            " ORDER BY received_at DESC, seq DESC LIMIT ?",
            (*parameters, *(after or ("~", 0)), count),  # every time sorts before "~"
        ).fetchall()
        end = (rows[-1][4], rows[-1][5]) if len(rows) == count else None
        return [_summary(*row[:5]) for row in rows], end

    def find(self, mail_id: str) -> tuple[Summary, bytes] | None:
        row = self._db.execute(
            f"SELECT {_SUMMARY}, content FROM mail JOIN raw USING (seq) WHERE mail.id = ?", (clean(mail_id),)
        ).fetchone()
        return None if row is None else (_summary(*row[:5]), row[5])

    def delete(self, query: Query) -> None:
        """Deletes the mails that match, and gives their space back."""
        condition, parameters = query.where()
        chosen = f"(SELECT mail.seq FROM mail WHERE {condition})"
        with self._transaction():
            self._db.execute(f"DELETE FROM raw WHERE seq IN {chosen}", parameters)
            self._db.execute(f"DELETE FROM mail WHERE seq IN {chosen}", parameters)
            self._db.execute("DELETE FROM recipient WHERE seq NOT IN (SELECT seq FROM mail)")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _insert(self, recipients: list[str], raw: bytes) -> None:
        subject, message_id = subject_and_id(raw)
        to = ", ".join(recipients)
        row = (new_id("mail"), message_id, to, subject, _stamp(clock.now()), f"{to}\n{subject}".casefold())
        (seq,) = self._db.execute(_INSERT, row).fetchone()
        self._db.execute("INSERT INTO raw VALUES (?, ?)", (seq, raw))
        addresses = {address.casefold() for address in recipients}
        self._db.executemany("INSERT INTO recipient VALUES (?, ?)", [(address, seq) for address in addresses])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _stamp(at: datetime) -> str:
    """A text that sorts as the times do. Times without a zone are UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def _summary(mail_id: str, message_id: str, to: str, subject: str, received_at: str) -> Summary:
    at = datetime.fromisoformat(received_at)
    return Summary(id=mail_id, message_id=message_id, to=to, subject=subject, received_at=at)
