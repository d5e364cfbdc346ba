"""Which events a wait takes."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.calls import EmailResult
from workflows.contracts import Ledger, Received
from workflows.events import OrderCompleted
from workflows.kit import Email
from workflows.kit.events import Pattern
from workflows.kit.inbox import Inbox
from workflows.kit.steps import Wait

SENT = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HELLO = Email("welcome/hello", EmailResult(message_id="msg_1"), SENT)


def got(name: str, after: timedelta, message_id: str | None = None) -> Received:
    return Received(id="evt_1", name=name, about=message_id, at=SENT + after)


@pytest.mark.parametrize(
    ("pattern", "received", "taken"),
    [
        (HELLO.seen, got("email.opened", SECOND, "msg_1"), True),
        (HELLO.seen, got("email.opened", -SECOND, "msg_1"), True),
        (HELLO.seen, got("email.opened", SECOND, "msg_2"), False),
        (HELLO.seen, got("site.visited", SECOND), True),
        (HELLO.seen, got("site.visited", -SECOND), False),
        (HELLO.clicked, got("email.opened", SECOND, "msg_1"), False),
        (OrderCompleted.pattern(), got("order.completed", SECOND), False),
        (OrderCompleted.pattern(), got("order.completed", 3 * SECOND), True),
        (OrderCompleted.pattern(since=SENT), got("order.completed", SECOND), True),
        (Email("x", EmailResult(skipped="no_consent"), SENT).seen, got("site.visited", SECOND), False),
    ],
)
def test_patterns(pattern: Pattern, received: Received, taken: bool) -> None:
    """The wait itself began two seconds after the mail was sent."""
    wait = Wait(method="wait_for", label="it", returns=None, samples=(), patterns=(pattern,))
    inbox = Inbox(Ledger(started=SENT, inbox=(received,)))
    assert (inbox.find(wait, SENT + 2 * SECOND) == received) is taken
