"""The ledger while a run writes it."""

from datetime import datetime
from typing import Any

from activities.calls import Entry, EventSignal
from workflows.contracts import Ledger, OpenWait, Received, ResumePolicy
from workflows.kit.steps import Done, Step, StepFailed, Wait

_REMEMBERED = 500
"""Ids of earlier rounds' events. One is told again within minutes, by the sweep, or never."""


class Journal:
    """Steps done, waits that are open, and the inbox. Continue-as-new carries `snapshot()` to the next run."""

    def __init__(self, ledger: Ledger) -> None:
        self.started = ledger.started
        self.round = ledger.round
        self.entries = {entry.key: entry for entry in ledger.entries}
        self.open = {wait.key: wait for wait in ledger.open}
        self.inbox = list(ledger.inbox)
        self.paused = ledger.paused
        self._used = dict.fromkeys(ledger.used)
        self._earlier = {entry.key: entry for entry in ledger.earlier}
        self._unstored = dict.fromkeys(ledger.unstored)

    def snapshot(self) -> Ledger:
        return Ledger(
            started=self.started,
            round=self.round,
            entries=tuple(self.entries.values()),
            unstored=tuple(self._unstored),
            earlier=tuple(self._earlier.values()),
            open=tuple(self.open.values()),
            inbox=tuple(self.inbox),
            used=tuple(self._used),
            paused=self.paused,
        )

    def next_round(self, now: datetime) -> Ledger:
        """An empty ledger for the round that follows.

        Its waits look from their own start or from a message of that round, so events that came before are let go;
        of their ids enough are kept to know one that is told twice.
        """
        seen = [*self._used, *(received.id for received in self.inbox)]
        return Ledger(
            started=now,
            round=self.round + 1,
            earlier=self.unstored(),
            used=tuple(seen[-_REMEMBERED:]),
            paused=self.paused,
        )

    def recall(self, step: Step[Any], key: str) -> Done[Any] | None:
        """What the ledger knows of a step, or None. A recorded failure is raised again."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        if entry.failed is not None:
            raise StepFailed(key, entry.failed)
        return Done(key, step.load(entry.result), entry.at)

    def record(
        self,
        step: Step[Any],
        key: str,
        at: datetime,
        *,
        result: Any = None,
        failed: str | None = None,
        stored: bool,
    ) -> None:
        """Enters a step that is over. `stored`: its activity has written it to the database already."""
        self.open.pop(key, None)
        recorded = step.dump(result) if failed is None else None
        self.entries[key] = Entry(key=key, terms=dict(step.terms), result=recorded, failed=failed, at=at)
        if not stored:
            self._unstored[key] = None

    def unstored(self) -> tuple[Entry, ...]:
        return (*self._earlier.values(), *(self.entries[key] for key in self._unstored))

    def stored(self, entries: tuple[Entry, ...]) -> None:
        for entry in entries:
            self._unstored.pop(entry.key, None)
            self._earlier.pop(entry.key, None)

    def begin(self, wait: Wait, key: str, now: datetime) -> OpenWait:
        """The wait as it is open now; one taken over from an earlier run keeps the time it began."""
        return self.open.setdefault(key, OpenWait(key=key, terms=dict(wait.terms), since=now, clock=now))

    def receive(self, event: EventSignal, now: datetime) -> bool:
        """Puts an event into the inbox. False when it was there before: an event counts once."""
        if event.id in self._used or any(known.id == event.id for known in self.inbox):
            return False
        self.inbox.append(Received(**event.model_dump(), at=now))
        return True

    def find(self, wait: Wait, since: datetime) -> Received | None:
        """The first event in the inbox that a wait begun at `since` looks for."""
        return next(
            (got for got in self.inbox if any(pattern.matches(got, since) for pattern in wait.patterns)), None
        )

    def use(self, received: Received) -> None:
        """An event satisfies one wait once."""
        self.inbox.remove(received)
        self._used[received.id] = None

    def pause(self, now: datetime) -> None:
        """A run that is paused stays so since the first time."""
        self.paused = self.paused or now

    def resume(self, now: datetime, policy: ResumePolicy) -> None:
        """Only the clocks of open waits move: an event that came during the pause still counts."""
        if self.paused is None:
            return
        gone = now - self.paused
        self.paused = None
        for key, wait in self.open.items():
            if policy == "restart_wait":
                self.open[key] = wait.model_copy(update={"clock": now})
            elif policy == "active_time":
                self.open[key] = wait.model_copy(update={"clock": wait.clock + gone})
