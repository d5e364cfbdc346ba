"""What a run tells its row of itself."""

import asyncio
from datetime import timedelta

from activities.calls import Call, RunStatus
from activities.statuses import Statuses
from store.database import Database
from store.tables import Enrollment
from tests.activities.conftest import Ordered, perform, rows
from tests.store.rows import NOON


async def test_the_row_takes_the_latest_of_what_its_run_tells(database: Database, ordered: Ordered) -> None:
    statuses = Statuses(database)
    told = [
        RunStatus(status="paused", at=NOON, number=1),
        RunStatus(status="parked", at=NOON + timedelta(1), number=3, fault="misfit at send_email:a#1"),
        RunStatus(status="running", at=NOON, number=2),
    ]
    calls: list[Call[RunStatus]] = [ordered(status, f"record_status#{status.number}") for status in told]
    await asyncio.gather(*(perform(statuses.record, call) for call in calls))
    [row] = await rows(database, Enrollment)
    assert (row.run_status, row.run_status_at) == ("parked", NOON + timedelta(1))
    assert (row.run_status_number, row.fault) == (3, "misfit at send_email:a#1")


async def test_a_run_without_a_row_may_tell_it_too(database: Database, ordered: Ordered) -> None:
    call = ordered(RunStatus(status="paused", at=NOON, number=1))
    lost = call.model_copy(update={"enrollment_id": "welcome-series:con_gone:1"})
    await perform(Statuses(database).record, lost)
    [row] = await rows(database, Enrollment)
    assert row.run_status == "running"
