"""What is known of rows whose run may be gone."""

from datetime import timedelta
from typing import Any

from store.database import Database
from store.presence import Numbers, Presence, Standing
from store.progress import LastStep, Progress
from store.recoveries import Recoveries
from store.tables import Contact, Enrollment
from tests.store.rows import NOON, make_contact, make_enrollment

LATER = NOON + timedelta(minutes=1)


async def running(database: Database, entry: str, **fields: Any) -> Enrollment:
    async with database.begin() as session:
        contact: Contact = await make_contact(session)
        known: dict[str, Any] = {"status": "running", "started_at": NOON, **fields}
        return await make_enrollment(session, contact, entry, **known)


async def row(database: Database, id: str) -> Enrollment:
    async with database.read() as session:
        return await session.get_one(Enrollment, id)


async def test_rows_are_counted_by_workflow_without_those_that_are_lost_or_do_not_run(
    database: Database,
) -> None:
    await running(database, "1")
    await running(database, "2", started_at=LATER)
    await running(database, "3", missing_since=NOON)
    await running(database, "4", missing_since=NOON, lost_at=NOON)
    await running(database, "5", status="ended")
    await running(database, "6", workflow="lead-nurturing")
    async with database.read() as session:
        numbers = await Presence(session).numbers(LATER)
    assert numbers == {"welcome-series": Numbers(3, 2, 1), "lead-nurturing": Numbers(1, 1, 0)}


async def test_a_row_is_missing_then_lost_then_found(database: Database) -> None:
    id = (await running(database, "1")).id
    async with database.begin() as session:
        await Presence(session).mark_lost([id], NOON)
        await Presence(session).mark_missing([id], NOON)
        await Presence(session).mark_missing([id], LATER)
        assert [(row.id, row.missing_since) for row in (await Presence(session).missing(10))[0]] == [
            (id, NOON)
        ], "since it was first missed"
        await Presence(session).mark_lost([id], LATER)
        assert await Presence(session).running("welcome-series", LATER, 10) == [Standing(id, NOON, LATER)]
        await Presence(session).mark_found([id])
        assert await Presence(session).missing(10) == ([], None)
        assert await Presence(session).known([id, "nobody"]) == {id}


async def test_a_step_brings_its_round_and_the_rounds_first_its_parameters(database: Database) -> None:
    id = (await running(database, "1")).id
    told = []
    for minute, step in enumerate(
        [LastStep("sleep:a#1"), LastStep("r2/sleep:a#1", 2, {"year": 2}), LastStep("r2/sleep:b#1", 2)]
    ):
        async with database.begin() as session:
            await Progress(session).set_steps({id: step}, NOON + timedelta(minutes=minute))
        found = await row(database, id)
        told.append((found.round, found.round_params))
    assert told == [(1, None), (2, {"year": 2}), (2, {"year": 2})]


async def test_a_row_that_is_recovered_reads_its_events_and_has_no_fault(database: Database) -> None:
    lost = await running(database, "1", missing_since=NOON, lost_at=LATER, run_status="parked", fault="x")
    id = lost.id
    async with database.begin() as session:
        await Recoveries(session).prepare(lost, NOON, {"order.completed"})
        await Recoveries(session).finish(id, "r2")
    found = await row(database, id)
    assert (found.unread_from, found.missing_since, found.lost_at) == (NOON, None, None)
    assert (found.run_status, found.fault, found.release) == ("running", None, "r2")
