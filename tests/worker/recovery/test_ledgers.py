"""The ledger of a lost run, from its rows."""

from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from store.effects import TrailEntry
from store.tables import Enrollment
from tests.store.rows import NOON
from worker.recovery.ledgers import counts_from, ledger_of

HELLO = TrailEntry("send_email:welcome/hello#1", {"message_id": "msg_1"}, None, NOON)
CLICK: dict[str, JsonValue] = {"id": "evt_1", "name": "email.clicked", "at": NOON.isoformat()}
HEARD = TrailEntry("wait_for:seen#1", CLICK, None, NOON + timedelta(hours=1), {"within": 60})
REFUSED = TrailEntry("score:five#1", None, "no_contact", NOON + timedelta(hours=2))


def row(**fields: Any) -> Enrollment:
    return Enrollment(
        id="patient:con_1:1", workflow="patient", subject_kind="contact", subject_id="con_1", entry="1",
        release="r1", created_at=NOON - timedelta(seconds=5), started_at=NOON - timedelta(seconds=4), **fields,
    )  # fmt: skip


def test_steps_are_entries_and_what_is_left_counts_from_the_last() -> None:
    ledger = ledger_of(row(), [HELLO, HEARD, REFUSED])
    assert [(entry.key, entry.result, entry.failed) for entry in ledger.entries] == [
        (step.key, step.result, step.failed) for step in (HELLO, HEARD, REFUSED)
    ]
    assert ledger.entries[1].terms == {"within": 60}
    assert ledger.unstored == ()
    assert ledger.waiting_since == counts_from(row(), [HELLO, HEARD, REFUSED]) == REFUSED.at


def test_events_are_read_again_from_the_beginning_but_those_that_were_used() -> None:
    ledger = ledger_of(row(), [HELLO, HEARD])
    assert ledger.unread is not None
    assert ledger.unread.since.at == row().created_at
    assert ledger.used == ("evt_1",)


def test_without_a_step_everything_counts_from_the_start() -> None:
    assert ledger_of(row(), []).waiting_since == row().started_at


def test_only_the_steps_of_the_current_round_are_entries() -> None:
    second = HELLO._replace(key="r2/send_email:welcome/hello#1", at=NOON + timedelta(days=365))
    ledger = ledger_of(row(round=2), [HELLO, HEARD, second])
    assert [entry.key for entry in ledger.entries] == [second.key]
    assert (ledger.round, ledger.started) == (2, HEARD.at)
    assert ledger.used == ("evt_1",), "an event of an earlier round counts once too"


def test_what_was_called_off_and_the_steps_of_a_close_are_none() -> None:
    called_off = TrailEntry("score:old#1", {"skipped": "withdrawn"}, None, NOON)
    closing = TrailEntry("end/update_crm:lost#1", {}, None, NOON)
    assert ledger_of(row(), [HELLO, called_off, closing]).entries == ledger_of(row(), [HELLO]).entries
