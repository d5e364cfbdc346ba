"""What upkeep does for tasks: answers that were not told are told, and tasks go with their enrollment."""

from datetime import timedelta

from activities.answering import Answering
from store import clock
from store.tables import Task
from store.tasks import Tasks
from tests.workflows.stack import Run, Stack
from tests.workflows.test_runs import reconciled
from worker.upkeep.sweeping import Sweep
from workflows.contracts import Exit


async def only_task(run: Run) -> Task:
    async with run.stack.composition.database.read() as session:
        ((task,), _) = await Tasks(session).page(enrollment_id=run.enrolled.id)
    return task


async def test_an_answer_that_a_crash_left_untold_is_told(stack: Stack) -> None:
    run = await stack.enroll("approving")
    task = await only_task(run)
    database = stack.composition.database
    await Answering(database, None).write(task.id, choice="no", comment=None, by="ann")  # type: ignore[arg-type]  # writing tells nobody
    sweep = Sweep(stack.composition)
    await sweep.answers()
    assert (await only_task(run)).delivered_at is None, "whoever wrote it may still be at it"
    async with database.begin() as session:
        row = await session.get(Task, task.id)
        assert row
        row.done_at = clock.now() - timedelta(minutes=2)
    await sweep.answers()
    assert (await only_task(run)).delivered_at
    assert await run.outcome() == "refused"


async def test_a_run_that_is_terminated_takes_its_tasks_along(stack: Stack) -> None:
    run = await stack.enroll("approving")
    await run.handle.terminate("test")
    await reconciled(stack, run, "ended")
    assert (await only_task(run)).status == "withdrawn"


async def test_a_run_that_ends_withdraws_its_tasks_and_one_that_goes_on_has_them_again(stack: Stack) -> None:
    run = await stack.enroll("approving")
    await run.update("exit", Exit())
    await run.outcome()
    assert (await only_task(run)).status == "withdrawn"
    history = await run.handle.fetch_history()
    signalled = [
        e for e in history.events if e.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    before = [
        e.event_id
        for e in history.events
        if e.HasField("workflow_task_completed_event_attributes") and e.event_id < signalled[0].event_id - 1
    ]
    await run.reset(before[-1], reset_reapply_exclude_types=[1, 2])
    await reconciled(stack, run, "running")
    assert (await only_task(run)).status == "open"
