"""What a run was told and no wait has used yet."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from activities.calls import Cursor, EventSignal, EventsRead, ReadEvents, Sought
from workflows.contracts import Ledger, Received, Unread
from workflows.kit.steps import Wait

_MOST = 500
"""Events that a run keeps unused. The others it reads in the database, when a wait looks."""

_REMEMBERED = 1000
"""Ids of used events. One is told again within minutes, by the sweep, or never."""

_QUESTIONS = 50
"""Questions whose place among the unread events is remembered."""

_OVERLAP = timedelta(seconds=10)
"""Events are written side by side: one that was received a little earlier may have been written after."""


class Inbox:
    """Events in order of arrival, each once by its id; `unread` says which of them the database has alone."""

    def __init__(self, ledger: Ledger) -> None:
        self._named: dict[str, dict[str, Received]] = {}
        self._arrival: dict[str, int] = {}
        self._arrivals = 0
        self._used = dict.fromkeys(ledger.used)
        self._unread = ledger.unread
        for received in ledger.inbox:
            self._put(received)

    def __len__(self) -> int:
        return len(self._arrival)

    def __iter__(self) -> Iterator[Received]:
        everything = (received for named in self._named.values() for received in named.values())
        return iter(sorted(everything, key=self._arrived))

    def snapshot(self) -> dict[str, Any]:
        """The fields of the ledger that are the inbox's."""
        used = tuple(self._used)[-_REMEMBERED:]
        return {"inbox": tuple(self), "used": used, "unread": self._unread}

    def seen(self) -> tuple[str, ...]:
        """Ids of events that count no more in a new round."""
        return (*self._used, *self._arrival)[-_REMEMBERED:]

    def receive(self, event: EventSignal, now: datetime) -> bool:
        """Takes an event in. False when it was there before: an event counts once."""
        if event.id in self._used or event.id in self._arrival:
            return False
        if event.received is not None and len(self) >= _MOST:
            self.overflow(Cursor(at=event.received, id=event.id))
        else:
            self._put(_received(event, now))
        return True

    def overflow(self, first: Cursor) -> None:
        """The run is told of no events from this one on, which may lie before what was read already."""
        before = self._unread or Unread(since=first)
        self._unread = Unread(
            since=_earlier(before.since, first),
            read={question: _earlier(place, first) for question, place in before.read.items()},
        )

    def find(self, wait: Wait, since: datetime) -> Received | None:
        """The first event that a wait begun at `since` looks for."""
        found = (self._first(sought) for sought in _sought(wait, since))
        return min((one for one in found if one), key=self._arrived, default=None)

    def use(self, received: Received) -> None:
        """An event satisfies one wait once."""
        self._named.get(received.name, {}).pop(received.id, None)
        self._arrival.pop(received.id, None)
        self._used[received.id] = None

    def spend(self, id: str) -> bool:
        """Counts what is no event, once; False when it was counted before."""
        if id in self._used:
            return False
        self._used[id] = None
        return True

    def unread_by(self, wait: Wait, since: datetime) -> ReadEvents | None:
        """What a wait has to ask the database; None when the run was told of all that it may look for."""
        sought = _sought(wait, since)
        if self._unread is None or not sought:
            return None
        again = self._unread.told_again
        if again is not None and all(one.about is None and one.since >= again for one in sought):
            return None
        question = "; ".join(_question(one) for one in sought)
        if question in self._unread.read_all:
            return None
        place = self._unread.read.get(question, self._unread.since)
        return ReadEvents(question=question, sought=sought, since=place)

    def take(self, page: EventsRead, now: datetime) -> None:
        """Takes in a page of unread events: all of them are such as its question asks for."""
        for event in page.events:
            if event.id not in self._used and event.id not in self._arrival:
                self._put(_received(event, event.received or now))
        assert self._unread is not None
        received = [event.received for event in page.events if event.received]
        read, read_all = dict(self._unread.read), self._unread.read_all
        place = page.more or (Cursor(at=max(received) - _OVERLAP) if received else read.get(page.question))
        if place is not None:
            read[page.question] = place
        if page.more is None:
            read_all = (*read_all, page.question)
        self._unread = Unread(
            since=self._unread.since,
            told_again=self._unread.told_again or (now if page.more is None else None),
            read=dict(list(read.items())[-_QUESTIONS:]),
            read_all=read_all[-_QUESTIONS:],
        )

    def _put(self, received: Received) -> None:
        self._arrivals += 1
        self._arrival[received.id] = self._arrivals
        self._named.setdefault(received.name, {})[received.id] = received

    def _arrived(self, received: Received) -> int:
        return self._arrival[received.id]

    def _first(self, sought: Sought) -> Received | None:
        """The one that arrived first. Of one name they stand in order."""
        candidates = [
            next((one for one in self._named.get(name, {}).values() if _matches(sought, one)), None)
            for name in sought.names
        ]
        return min((one for one in candidates if one), key=self._arrived, default=None)


def _earlier(one: Cursor, other: Cursor) -> Cursor:
    return min(one, other, key=lambda cursor: (cursor.at, cursor.id))


def _sought(wait: Wait, since: datetime) -> tuple[Sought, ...]:
    return tuple(pattern.sought(since) for pattern in wait.patterns if not pattern.void)


def _matches(sought: Sought, received: Received) -> bool:
    return sought.matches(received.name, received.about, received.meets, received.at)


def _question(sought: Sought) -> str:
    about = sought.about or ""
    return f"{'|'.join(sought.names)} {about} {sought.meets or ''} {sought.since.isoformat()}"


def _received(event: EventSignal, at: datetime) -> Received:
    return Received(
        id=event.id, name=event.name, about=event.about, choice=event.choice, meets=event.meets, at=at
    )
