"""The visible status of enrollments: what is listed, counted and shown is the same."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from store import clock
from store.database import Database
from store.effects import Effects
from store.enrollments import Enrollments
from store.statuses import AUTHOR, NO_ANSWER, Statuses, VisibleStatus
from store.tables import Enrollment, Failure
from store.task_failures import WORKFLOW_TASK
from tests.store.rows import NOON, make_contact, make_enrollment

FAULT = "path_error:ZeroDivisionError in path, line 31"
RUNNING: dict[str, Any] = {"status": "running", "started_at": NOON}

ROWS: dict[VisibleStatus, dict[str, Any]] = {
    "pending": {},
    "running": RUNNING,
    "paused": {**RUNNING, "run_status": "paused", "run_status_at": NOON},
    "parked": {**RUNNING, "run_status": "parked", "run_status_at": NOON, "fault": FAULT},
    "failing": RUNNING,
    "lost": {**RUNNING, "lost_at": NOON},
    "ended": {"status": "ended", "outcome": "exited", "ended_at": NOON, "run_status": "paused"},
}


async def fail(session: AsyncSession, id: str, key: str, attempt: int = 2, **fields: Any) -> None:
    failure = {"activity": "send_email", "code": "provider_unavailable", "text": "421 busy", **fields}
    await Effects(session).fail(enrollment_id=id, key=key, attempt=attempt, **failure)


@pytest.fixture
async def of_each(database: Database) -> dict[VisibleStatus, str]:
    """An enrollment of each status."""
    ids: dict[VisibleStatus, str] = {}
    async with database.begin() as session:
        contact = await make_contact(session)
        for status, fields in ROWS.items():
            ids[status] = (await make_enrollment(session, contact, status, **fields)).id
        await fail(session, ids["failing"], "send_email:a#1")
        await Effects(session).fail("sweep", "value_error", "of no enrollment", attempt=3)
        await fail(session, ids["paused"], "send_email:a#1")
        await fail(session, ids["parked"], FAULT, 1, activity=AUTHOR, code="path_error", text="division by 0")
    return ids


async def statuses(database: Database) -> dict[str, str]:
    async with database.read() as session:
        rows, _ = await Enrollments(session).page()
        standings = await Statuses(session).of(rows)
    return {row.id: standing.status for row, standing in zip(rows, standings, strict=True)}


async def test_lists_filters_and_counts_agree(database: Database, of_each: dict[VisibleStatus, str]) -> None:
    assert await statuses(database) == {id: status for status, id in of_each.items()}
    async with database.read() as session:
        for status in get_args(VisibleStatus):
            rows, _ = await Enrollments(session).page(status=status)
            assert [row.id for row in rows] == [of_each[status]], status
        counts = await Statuses(session).counts()
    assert counts == {("welcome-series", status): 1 for status in of_each}


async def test_who_stands_still_has_the_reason(database: Database, of_each: dict[VisibleStatus, str]) -> None:
    async with database.read() as session:
        rows = await Enrollments(session).of_ids(list(of_each.values()))
        found = {one.status: one for one in await Statuses(session).of(rows)}
    assert {status for status, one in found.items() if one.problem} == {"parked", "failing", "lost"}
    parked, failing = found["parked"].problem, found["failing"].problem
    assert parked
    assert (parked.code, parked.text, parked.since) == (FAULT, "division by 0", NOON)
    assert failing
    assert (failing.code, failing.text, failing.step) == (
        "provider_unavailable",
        "421 busy",
        "send_email:a#1",
    )
    assert (failing.attempt, failing.count, failing.since) == (2, 1, found["failing"].since)


async def test_a_first_failure_is_no_status(database: Database) -> None:
    async with database.begin() as session:
        id = (await make_enrollment(session, await make_contact(session), **RUNNING)).id
        await fail(session, id, "send_email:a#1", attempt=1)
    assert await statuses(database) == {id: "running"}


async def test_a_mail_without_an_answer_counts_at_once(database: Database) -> None:
    async with database.begin() as session:
        id = (await make_enrollment(session, await make_contact(session), **RUNNING)).id
        await fail(session, id, "send_email:a#1", attempt=1, code=NO_ANSWER)
    assert await statuses(database) == {id: "failing"}


async def test_a_step_that_is_done_fails_no_more(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        sent = (await make_enrollment(session, contact, "1", **RUNNING)).id
        gave_up = (await make_enrollment(session, contact, "2", **RUNNING)).id
        renamed = (await make_enrollment(session, contact, "3", **RUNNING)).id
        for id in (sent, gave_up, renamed):
            await fail(session, id, "send_email:a#1")
        await Effects(session).record({(sent, "send_email:a#1"): {"message_id": "msg_1"}}, clock.now())
        step: dict[str, Any] = {"terms": {}, "result": None, "failed": "refused", "at": NOON}
        await Effects(session).store_steps({(gave_up, "send_email:a#1"): step})
        long_ago = clock.now() - timedelta(hours=1)
        await session.execute(
            update(Failure).where(col(Failure.enrollment_id) == renamed).values(at=long_ago)
        )
    assert set((await statuses(database)).values()) == {"running"}


async def test_failing_workflow_tasks_count_as_long_as_they_are_told(database: Database) -> None:
    async with database.begin() as session:
        id = (await make_enrollment(session, await make_contact(session), **RUNNING)).id
        await fail(session, id, "workflow_task", 1, activity=WORKFLOW_TASK, code="NonDeterministicError")
    assert await statuses(database) == {id: "failing"}


async def test_lists_by_time(database: Database) -> None:
    async with database.begin() as session:
        contact = await make_contact(session)
        old: dict[str, Any] = {"created_at": NOON}
        await make_enrollment(session, contact, "1", **old)
        ended = await make_enrollment(
            session, contact, "2", **old, status="ended", ended_at=NOON + timedelta(days=2)
        )
        new = await make_enrollment(session, contact, "4", created_at=NOON + timedelta(days=2))
        day = NOON + timedelta(days=1)
        for after, expected in (
            ({"created_after": day}, {new.id}),
            ({"ended_after": day}, {ended.id}),
        ):
            rows, _ = await Enrollments(session).page(**after)  # type: ignore[arg-type]
            assert {row.id for row in rows} == expected, after


@pytest.mark.parametrize("status", ["parked", "paused", "failing", "lost"])
async def test_the_few_are_found_without_reading_the_many(
    database: Database, of_each: dict[VisibleStatus, str], status: VisibleStatus
) -> None:
    """No plan reads the table of enrollments from end to end."""
    said: list[Any] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM enrollment" in statement:
            said.append((statement, parameters))

    reading = database._reading.sync_engine
    async with database.begin() as session:
        many = [Enrollment(**_many(number)) for number in range(3000)]
        await Enrollments(session).insert_all(many)
        await session.execute(text("ANALYZE"))
    event.listen(reading, "before_cursor_execute", note)
    try:
        async with database.read() as session:
            rows, _ = await Enrollments(session).page(status=status)
            assert [row.id for row in rows] == [of_each[status]]
    finally:
        event.remove(reading, "before_cursor_execute", note)
    ((statement, parameters),) = said
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.read() as session:
        connection = await session.connection()
        plan = [str(row) for row in (await connection.exec_driver_sql(explain + statement, parameters)).all()]
    scans = [
        line
        for line in plan
        if "Seq Scan on enrollment" in line
        or "SCAN enrollment" in line
        or "USING INDEX ix_enrollment_newest" in line
    ]
    assert not scans, "\n".join(plan)


def _many(number: int) -> dict[str, Any]:
    return {
        "id": f"lead-nurturing:con_{number}:1",
        "workflow": "lead-nurturing",
        "subject_kind": "contact",
        "subject_id": f"con_{number}",
        "entry": "1",
        "release": "r1",
        "status": "running" if number % 2 else "ended",
        "created_at": NOON + timedelta(seconds=number),
    }
