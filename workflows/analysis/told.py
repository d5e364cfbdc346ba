"""What a run has been told, as it takes it in."""

from datetime import datetime

from activities.calls import Cursor, Entry, EventSignal, EventsRead
from workflows.analysis.recorded import News
from workflows.contracts import Exit, HandedOver, Ledger, Resume
from workflows.kit.ends import Ended, Ending
from workflows.kit.journal import Journal


class Told:
    """The inbox, pauses and ends. `migrating`: an operator asked it to continue as new."""

    def __init__(self, before: Ledger, goals: frozenset[str]) -> None:
        self.journal = Journal(before)
        self.ending = Ending(*before.ending) if before.ending else None
        self.migrating = False
        self._goals = goals

    def hear(self, news: News, now: datetime) -> None:
        match news:
            case EventSignal():
                if self.journal.inbox.receive(news, now):
                    self._end_by(news)
            case Cursor():
                self.journal.inbox.overflow(news)
            case EventsRead():
                self.journal.inbox.take(news, now)
            case Resume(policy=policy):
                self.journal.resume(now, policy)
            case Exit(reason=reason):
                self._end(Ending("exited", reason))
            case HandedOver(id=id, update=update):
                if self.journal.inbox.spend(id):
                    self.hear(update or "pause", now)
            case "pause":
                self.journal.pause(now)
            case "migrate":
                self.migrating = True
            case "cancel":
                self._end(Ending("exited", "cancelled"))

    def stop(self) -> None:
        if self.ending is not None:
            raise Ended(self.ending)

    def spend(self, entry: Entry) -> None:
        """An event that a step ended with satisfies no other."""
        spent = entry.result.get("id") if isinstance(entry.result, dict) else None
        for received in [one for one in self.journal.inbox if one.id == spent]:
            self.journal.inbox.use(received)

    def _end_by(self, event: EventSignal) -> None:
        if event.name in self._goals:
            self._end(Ending("converted", event.name))
        elif event.name == "contact.unsubscribed":
            self._end(Ending("unsubscribed"))

    def _end(self, ending: Ending) -> None:
        self.ending = self.ending or ending
