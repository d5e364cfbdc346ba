"""What a run keeps of the events that it is told, and how it reads those that it is not told."""

from datetime import UTC, datetime, timedelta

from activities.calls import Cursor, EventSignal, EventsRead
from workflows.contracts import Ledger
from workflows.events import OrderCompleted, SiteVisited
from workflows.kit.inbox import Inbox
from workflows.kit.steps import Wait

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
VISIT = Wait(method="wait_for", label="visit", returns=None, samples=(), patterns=(SiteVisited.pattern(),))
ORDER = Wait(method="wait_for", label="order", returns=None, samples=(), patterns=(OrderCompleted.pattern(),))


def later(seconds: int) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def visit(number: int) -> EventSignal:
    return EventSignal(id=f"evt_{number}", name="site.visited", received=later(number))


def test_an_event_counts_once_and_the_first_that_came_is_found() -> None:
    inbox = Inbox(Ledger(started=BEGAN))
    assert inbox.receive(visit(2), later(2))
    assert inbox.receive(visit(1), later(3))
    assert not inbox.receive(visit(2), later(4))
    found = inbox.find(VISIT, BEGAN)
    assert found is not None
    assert found.id == "evt_2"
    inbox.use(found)
    assert not inbox.receive(visit(2), later(5))
    assert [received.id for received in inbox] == ["evt_1"]


def test_pages_are_read_until_the_last_and_then_the_run_is_told_again() -> None:
    inbox = Inbox(Ledger(started=BEGAN))
    assert inbox.unread_by(VISIT, BEGAN) is None
    inbox.overflow(Cursor(at=later(10)))
    asked = inbox.unread_by(VISIT, BEGAN)
    assert asked is not None
    assert (asked.names, asked.since) == (("site.visited",), Cursor(at=later(10)))
    inbox.take(EventsRead(question=asked.question, events=(visit(11),), more=Cursor(at=later(12))), later(20))
    again = inbox.unread_by(VISIT, BEGAN)
    assert again is not None
    assert again.since == Cursor(at=later(12))
    inbox.take(EventsRead(question=asked.question), later(30))
    assert inbox.unread_by(VISIT, BEGAN) is None
    assert inbox.unread_by(ORDER, BEGAN) is not None, "another question has not been read"
    assert inbox.unread_by(ORDER, later(31)) is None, "it began when the run was told again"


def test_an_event_that_comes_late_is_read_though_its_place_is_passed() -> None:
    inbox = Inbox(Ledger(started=BEGAN))
    inbox.overflow(Cursor(at=later(10)))
    asked = inbox.unread_by(VISIT, BEGAN)
    assert asked is not None
    inbox.take(EventsRead(question=asked.question, more=Cursor(at=later(50))), later(60))
    inbox.overflow(Cursor(at=later(20)))
    late = inbox.unread_by(VISIT, BEGAN)
    assert late is not None
    assert late.since == Cursor(at=later(20))


def test_a_run_goes_on_with_what_it_carries() -> None:
    inbox = Inbox(Ledger(started=BEGAN))
    inbox.receive(visit(1), later(1))
    inbox.overflow(Cursor(at=later(10)))
    carried = Inbox(Ledger(started=BEGAN).model_copy(update=inbox.snapshot()))
    assert carried.snapshot() == inbox.snapshot()
    assert carried.unread_by(VISIT, BEGAN) == inbox.unread_by(VISIT, BEGAN)
