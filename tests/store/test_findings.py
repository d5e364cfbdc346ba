"""What upkeep finds wrong, as long as it finds it."""

from store.database import Database
from store.findings import Findings
from store.tables import Failure, Finding
from store.task_failures import TaskFailures
from tests.activities.conftest import rows


async def test_a_finding_keeps_the_time_it_was_first_found_until_it_is_right_again(
    database: Database,
) -> None:
    told: list[Finding] = []
    for details in ({"rows": 3}, {"rows": 4}, None):
        async with database.begin() as session:
            await Findings(session).set("stores_part", details)
            session.expire_all()
            told += [found] if (found := await Findings(session).get("stores_part")) else []
    assert [finding.details for finding in told] == [{"rows": 3}, {"rows": 4}]
    assert told[0].since == told[1].since < told[1].at
    async with database.read() as session:
        assert await Findings(session).all() == []


async def test_a_failing_task_has_one_row_with_its_latest_attempt(database: Database) -> None:
    async with database.begin() as session:
        await TaskFailures(session).tell("w:c:1", "unhandled_failure", "KeyError", 2)
        await TaskFailures(session).tell("w:c:1", "non_deterministic_error", "another", 7)
        await TaskFailures(session).tell("w:c:2", "unhandled_failure", "KeyError", 2)
        assert await TaskFailures(session).forget_others({"w:c:1", "w:c:3"}) == {"w:c:1"}
    (row,) = await rows(database, Failure)
    assert (row.enrollment_id, row.code, row.text) == ("w:c:1", "non_deterministic_error", "another")
    assert (row.attempt, row.count, row.first_at < row.at) == (7, 7, True)
