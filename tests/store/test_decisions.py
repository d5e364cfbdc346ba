"""Decisions and marks."""

from datetime import timedelta

from store.database import Database
from store.decisions import Decisions
from store.marks import Marks
from tests.store.rows import NOON, make_contact


async def test_decisions_are_newest_first(database: Database) -> None:
    async with database.begin() as session:
        contact, decisions = await make_contact(session), Decisions(session)
        for hour, reason in enumerate(["no_consent", "suppressed", "allowed"]):
            at = NOON + timedelta(hours=hour)
            row = {"contact_id": contact.id, "template": "welcome/hello", "verdict": "skip"}
            await decisions.record([{**row, "reason": reason, "at": at}])
        rows, cursor = await decisions.page(contact.id, limit=2)
        rest, end = await decisions.page(contact.id, limit=2, cursor=cursor)
    assert [row.reason for row in (*rows, *rest)] == ["allowed", "suppressed", "no_consent"]
    assert end is None


async def test_a_mark_moves(database: Database) -> None:
    async with database.begin() as session:
        marks = Marks(session)
        assert await marks.get("reconciled") is None
        await marks.set("reconciled", NOON)
        assert await marks.get("reconciled") == NOON
        await marks.set("reconciled", NOON + timedelta(minutes=1))
        assert await marks.get("reconciled") == NOON + timedelta(minutes=1)
