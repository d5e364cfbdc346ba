"""How waits end when a history is told again."""

from datetime import datetime

from workflows.analysis.branches import Again
from workflows.analysis.told import Told
from workflows.contracts import Received
from workflows.kit.steps import Wait


class Waking:
    """Waits as a run keeps them. `now` is set by whoever tells the history."""

    def __init__(self, told: Told, now: datetime) -> None:
        self.now = now
        self.leaving = False
        self._told = told
        self._journal = told.journal
        self._inbox = told.journal.inbox
        self._asleep: dict[str, tuple[Wait, datetime | None]] = {}  # in the order in which they look for news
        self._over: dict[str, Received | None] = {}

    async def gate(self) -> None:
        """Before a step begins: an end stops the path; a pause, or a continue-as-new that is due, holds it."""
        self._told.stop()
        while self._journal.paused or self.leaving or self._told.migrating:
            await Again()
            self._told.stop()

    async def wait(self, wait: Wait, key: str) -> Received | None:
        if wait.patterns and all(pattern.void for pattern in wait.patterns):
            return None
        self._told.stop()
        if not self._look(wait, key):
            self._asleep[key] = (wait, self._journal.paused)
            while key not in self._over:
                await Again()
                self._told.stop()
        return self._over.pop(key)

    def wake(self, fired: set[str]) -> bool:
        """Wakes whom a timer or news concerns; whether there were any. Of two waits for one event, the one that looks
        longer has it."""
        woken = False
        for key, (wait, paused) in list(self._asleep.items()):
            found = not paused and self._inbox.find(wait, self._journal.open[key].since)
            if key in fired or self._journal.paused != paused or found:
                fired.discard(key)
                woken = True
                del self._asleep[key]
                if not self._look(wait, key):
                    self._asleep[key] = (wait, self._journal.paused)
        return woken

    def _look(self, wait: Wait, key: str) -> bool:
        """Whether the wait is over; its answer is then in `_over`."""
        opened = self._journal.open[key]
        if self._journal.paused:
            return False
        found = self._inbox.find(wait, opened.since)
        if found:
            self._inbox.use(found)
        read = self._inbox.unread_by(wait, opened.since) is None
        if found or (read and wait.due(opened.clock) <= self.now):
            self._over[key] = found
            return True
        return False
