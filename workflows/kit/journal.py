"""The ledger while a run writes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from activities.calls import Entry
from workflows.contracts import Ledger, OpenWait, ResumePolicy
from workflows.kit.inbox import Inbox
from workflows.kit.steps import Done, Step, StepFailed


class Journal:
    """Steps done, waits that are open, and the inbox. Continue-as-new carries `snapshot()` to the next run."""

    def __init__(self, ledger: Ledger) -> None:
        self.started = ledger.started
        self.round = ledger.round
        self.entries = {entry.key: entry for entry in ledger.entries}
        self.open = {wait.key: wait for wait in ledger.open}
        self.inbox = Inbox(ledger)
        self.paused = ledger.paused
        self.moved = ledger.moved
        self._waiting_since = ledger.waiting_since
        self._earlier = {entry.key: entry for entry in ledger.earlier}
        self._unstored = dict.fromkeys(ledger.unstored)

    def snapshot(self) -> Ledger:
        """The ledger as it is now, for the run that goes on from here."""
        ledger = Ledger(
            started=self.started,
            round=self.round,
            entries=tuple(self.entries.values()),
            unstored=tuple(self._unstored),
            earlier=tuple(self._earlier.values()),
            open=tuple(self.open.values()),
            paused=self.paused,
            waiting_since=self._waiting_since,
            moved=self.moved,
        )
        return ledger.model_copy(update=self.inbox.snapshot())

    def next_round(self, now: datetime) -> Ledger:
        """An empty ledger for the round that follows.

        Its waits look from their own start or from a message of that round, so events that came before are let go;
        of their ids enough are kept to know one that is told twice.
        """
        return Ledger(
            started=now,
            round=self.round + 1,
            earlier=self.unstored(),
            used=self.inbox.seen(),
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
        self._waiting_since = None
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

    def begin(self, key: str, terms: Mapping[str, JsonValue], now: datetime) -> OpenWait:
        """The wait as it is open now; one taken over from an earlier run keeps the time it began."""
        opened = self.open.get(key)
        if opened is None:
            began = min(now, self._waiting_since) if self._waiting_since else now
            opened = OpenWait(key=key, since=began, clock=began)
        self.open[key] = opened.model_copy(update={"terms": dict(terms)} if terms else {})
        return self.open[key]

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
