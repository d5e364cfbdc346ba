"""Enrollments as lists, re-entry rules and the sweep read them."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from store.database import Database
from store.enrollments import Enrollments
from store.pages import WrongCursor
from store.progress import LastStep, Progress
from tests.store.rows import NOON, make_contact, make_enrollment


async def test_an_entry_is_taken_once(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        await make_enrollment(session, contact)
    with pytest.raises(IntegrityError):
        async with database.begin() as session:
            await make_enrollment(session, contact)


async def test_statuses_only_go_forward(database: Database) -> None:
    async with database.begin() as session:
        enrollments = Enrollments(session)
        id = (await make_enrollment(session, await make_contact(session))).id
        assert await enrollments.mark_started([id]) == {id}
        assert not await enrollments.mark_started([id])
        assert await enrollments.mark_ended(id, "converted", "order.completed", NOON)
        assert not await enrollments.mark_ended(id, "terminated", None, NOON)
        assert not await enrollments.mark_started([id])
    async with database.read() as session:
        row = await Enrollments(session).get(id)
    assert row is not None
    assert (row.status, row.outcome, row.reason, row.ended_at) == (
        "ended",
        "converted",
        "order.completed",
        NOON,
    )
    assert row.started_at is not None


async def test_of_two_words_of_a_run_the_later_counts(database: Database) -> None:
    async with database.begin() as session:
        enrollments = Enrollments(session)
        id = (await make_enrollment(session, await make_contact(session))).id
        assert await enrollments.set_run_status(id, "paused", NOON, 2)
        assert not await enrollments.set_run_status(id, "running", NOON, 1)
    async with database.read() as session:
        row = await Enrollments(session).get(id)
    assert row is not None
    assert (row.run_status, row.run_status_at, row.run_status_number) == ("paused", NOON, 2)


async def test_the_step_is_the_latest(database: Database) -> None:
    async with database.begin() as session:
        id = (await make_enrollment(session, await make_contact(session))).id
        await Progress(session).set_steps({id: LastStep("sleep:a#1")}, NOON)
        await Progress(session).set_steps({id: LastStep("sleep:b#1")}, NOON + timedelta(seconds=1))
        await Progress(session).set_steps({id: LastStep("sleep:a#1")}, NOON)
    async with database.read() as session:
        row = await Enrollments(session).get(id)
    assert row is not None
    assert (row.step, row.step_at) == ("sleep:b#1", NOON + timedelta(seconds=1))


async def test_the_subjects_of_a_workflow_oldest_first(database: Database) -> None:
    async with database.begin() as session:
        enrollments, contact = Enrollments(session), await make_contact(session)
        await make_enrollment(session, contact, "2", created_at=NOON + timedelta(days=1))
        await make_enrollment(session, contact, "1", created_at=NOON)
        await make_enrollment(session, contact, "40", workflow="lead-nurturing")
        rows = await enrollments.of_subjects("welcome-series", [contact.id, "con_nobody"])
        assert [row.entry for row in rows] == ["1", "2"]


async def test_running_pending_and_ended_are_told_apart(database: Database) -> None:
    async with database.begin() as session:
        enrollments, contact = Enrollments(session), await make_contact(session)
        for entry, status in enumerate(["pending", "running", "ended"]):
            await make_enrollment(
                session, contact, str(entry), status=status, created_at=NOON + timedelta(hours=entry)
            )
        assert [row.status for row in await enrollments.running_for([contact.id])] == [
            "pending",
            "running",
        ]
        assert [row.status for row in await enrollments.running(10)] == ["running"]
        assert await enrollments.running(10, (await enrollments.running(10))[0].id) == []
        assert await enrollments.unstarted(NOON, 10) == []
        assert [row.entry for row in await enrollments.unstarted(NOON + timedelta(minutes=1), 10)] == ["0"]


async def test_pages_are_newest_first_and_filtered(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        for entry in range(7):  # two made at each time: the id orders them
            await make_enrollment(session, contact, str(entry), created_at=NOON + timedelta(hours=entry // 2))
        await make_enrollment(session, contact, workflow="lead-nurturing", status="running")
    async with database.read() as session:
        enrollments = Enrollments(session)
        first, cursor = await enrollments.page(workflow="welcome-series", limit=4)
        assert cursor is not None
        second, end = await enrollments.page(workflow="welcome-series", limit=4, cursor=cursor)
        assert [row.entry for row in (*first, *second)] == ["6", "5", "4", "3", "2", "1", "0"]
        assert end is None
        rows, _ = await enrollments.page(contact_id=contact.id, status="running")
        assert [row.workflow for row in rows] == ["lead-nurturing"]
        assert await enrollments.page(step="sleep:a#1") == ([], None)


async def test_rows_that_come_meanwhile_shift_no_page(database: Database) -> None:
    async with database.begin() as session:
        enrollments, contact = Enrollments(session), await make_contact(session)
        for entry in range(4):
            await make_enrollment(session, contact, str(entry), created_at=NOON + timedelta(hours=entry))
        _, cursor = await enrollments.page(limit=2)
        await make_enrollment(session, contact, "new", created_at=NOON + timedelta(days=1))
        rows, _ = await enrollments.page(limit=2, cursor=cursor)
        assert [row.entry for row in rows] == ["1", "0"]


async def test_whatever_changes_while_pages_are_turned_comes_later(database: Database) -> None:
    """A sync by `updated_after` sees the last state of each row, and ends."""
    async with database.begin() as session:
        contact = await make_contact(session)
        for number in range(6):
            day = NOON + timedelta(days=number)
            await make_enrollment(session, contact, str(number), created_at=NOON, updated_at=day)
    id = f"welcome-series:{contact.id}:"
    seen: list[tuple[str, str]] = []
    cursor, changes = None, iter(("1", "5"))
    while cursor or not seen:
        async with database.begin() as session:
            rows, cursor = await Enrollments(session).page(updated_after=NOON, limit=2, cursor=cursor)
            seen += [(row.entry, row.status) for row in rows]
            if entry := next(changes, None):
                await Enrollments(session).mark_started([id + entry])
    unchanged = [(entry, "pending") for entry in ("1", "2", "3", "4")]
    assert seen == [*unchanged, ("1", "running"), ("5", "running")]


@pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "W10", "WyJhIiwiYiJd", "WzEsMl0", "é", "\ud800"])
async def test_a_wrong_cursor_is_refused(database: Database, cursor: str) -> None:
    async with database.read() as session:
        with pytest.raises(WrongCursor, match="leave it out"):
            await Enrollments(session).page(cursor=cursor)
