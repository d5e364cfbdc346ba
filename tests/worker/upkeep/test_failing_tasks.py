"""Runs whose workflow task fails have a failure's row, as long as Temporal reports them."""

from sqlalchemy import select

from store.tables import Failure
from tests.worker.upkeep.conftest import until
from tests.workflows.stack import Stack
from worker.upkeep.failing_tasks import FailingTasks


async def failures(stack: Stack) -> list[Failure]:
    async with stack.composition.database.read() as session:
        return list(await session.scalars(select(Failure)))


async def test_a_failing_task_is_kept_with_its_text_and_forgotten_when_it_fails_no_more(stack: Stack) -> None:
    run = await stack.enroll("impatient", rest=False)
    found = FailingTasks(stack.client, stack.composition.database)

    async def kept() -> bool:
        await found.run()
        return bool(await failures(stack))

    await until(kept, 40)  # the second attempt comes after ten seconds
    await found.run()
    rows = await failures(stack)
    assert [(row.enrollment_id, row.activity, row.code) for row in rows] == [
        (run.enrolled.id, "workflow_task", "workflow_worker_unhandled_failure")
    ]
    assert rows[0].attempt >= 2
    assert "datetime.datetime.now" in rows[0].text
    await run.handle.terminate("seen")

    async def forgotten() -> bool:
        return not await kept()

    await until(forgotten, 10)
