"""Rows and runs are compared: what Temporal or the database has lost is found, and a wrong namespace loses nobody."""

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from store import clock
from store.enrollments import Enrollments
from store.presence import Presence
from store.tables import Enrollment
from tests.store.rows import make_contact, make_enrollment
from tests.worker.upkeep.conftest import comparison_with, delete, findings, until
from tests.workflows.stack import Run, Stack
from worker.upkeep.comparing import Comparison


async def seen(stack: Stack, run: Run) -> None:
    """Until visibility shows the run."""

    async def visible() -> bool:
        return bool((await stack.client.count_workflows(f"WorkflowId = '{run.enrolled.id}'")).count)

    await until(visible, 10)


async def known(client: Client) -> None:
    """Until the server has taken notice of the client's new namespace."""

    async def answers() -> bool:
        try:
            await client.count_workflows("ExecutionStatus = 'Running'")
        except RPCError:
            return False
        return True

    await until(answers, 20)


async def begun_a_while_ago(stack: Stack, count: int) -> list[str]:
    """Rows that say `running` and never had a run."""
    async with stack.composition.database.begin() as session:
        contact = await make_contact(session)
        rows = [
            await make_enrollment(
                session, contact, f"{number:03}", "patient", status="running", started_at=clock.now()
            )
            for number in range(count)
        ]
    return [row.id for row in rows]


async def row(stack: Stack, id: str) -> Enrollment:
    async with stack.composition.database.read() as session:
        found = await Enrollments(session).get(id)
    assert found is not None
    return found


async def test_a_deleted_run_is_missing_at_the_first_look_and_lost_at_the_second(
    stack: Stack, comparison: Comparison
) -> None:
    run, other = await stack.enroll("patient"), await stack.enroll("patient")
    await comparison.run()
    assert (await run.row()).missing_since is None
    await delete(run)
    await comparison.run()
    first = await run.row()
    assert (first.missing_since is not None, first.lost_at) == (True, None)
    await comparison.run()
    assert (await run.row()).lost_at is not None
    assert (await run.row()).status == "running"
    assert (await other.row()).missing_since is None
    assert await findings(stack) == {}


async def test_a_run_that_is_there_again_is_missing_no_more(stack: Stack, comparison: Comparison) -> None:
    run = await stack.enroll("patient")
    await seen(stack, run)
    async with stack.composition.database.begin() as session:
        await session.merge(
            Enrollment(
                **{**(await run.row()).model_dump(), "missing_since": clock.now(), "lost_at": clock.now()}
            )
        )
    await comparison.run()
    assert ((await run.row()).missing_since, (await run.row()).lost_at) == (None, None)


async def test_many_that_are_missing_at_once_are_told_of_and_nobody_is_lost(
    stack: Stack, comparison: Comparison
) -> None:
    ids = await begun_a_while_ago(stack, 21)
    await comparison.run()
    await comparison.run()
    told = (await findings(stack))["stores_part"].details
    assert (told["rows"], told["runs"], told["missing"], told["namespace"]) == (21, 0, 21, "default")
    assert told["temporal"] == stack.client.service_client.config.target_host
    rows = [await row(stack, id) for id in ids]
    assert all(one.missing_since and not one.lost_at for one in rows)
    async with stack.composition.database.begin() as session:
        await Enrollments(session).mark_ended(ids[0], "exited", None, clock.now())
    await comparison.run()
    assert "stores_part" not in await findings(stack)
    assert (await row(stack, ids[1])).lost_at is not None, "twenty may be lost"


async def test_in_a_wrong_namespace_nobody_is_lost(stack: Stack) -> None:
    month = Duration(seconds=30 * 86_400)
    await stack.client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace="other", workflow_execution_retention_period=month)
    )
    address = stack.client.service_client.config.target_host
    wrong = await Client.connect(address, namespace="other", data_converter=pydantic_data_converter)
    await known(wrong)
    runs = [await stack.enroll("patient", rest=False) for _ in range(21)]
    for _ in range(2):
        await comparison_with(stack, wrong).run()
    told = (await findings(stack))["stores_part"].details
    assert (told["rows"], told["runs"], told["namespace"]) == (21, 0, "other")
    assert [run for run in runs if (await run.row()).lost_at] == []
    for run in runs:
        await seen(stack, run)
    await comparison_with(stack, stack.client).run()
    assert await findings(stack) == {}
    assert [run for run in runs if (await run.row()).missing_since] == []


async def test_those_that_ended_while_many_were_missed_are_settled(
    stack: Stack, comparison: Comparison
) -> None:
    await begun_a_while_ago(stack, 21)
    run = await stack.enroll("patient")
    await run.handle.terminate("while another namespace was asked")
    async with stack.composition.database.begin() as session:
        await Presence(session).mark_missing([run.enrolled.id], clock.now())
    await comparison.run()
    assert (await findings(stack))["stores_part"].details["missing"] == 21
    assert (await run.row()).outcome == "terminated"


async def test_a_run_without_a_row_is_named_until_it_has_one(stack: Stack, comparison: Comparison) -> None:
    run = await stack.enroll("patient")
    kept = await run.row()
    async with stack.composition.database.begin() as session:
        await session.delete(kept)
    await seen(stack, run)
    await comparison.run()
    assert (await findings(stack))["runs_without_row"].details == {"count": 1, "ids": [run.enrolled.id]}
    async with stack.composition.database.begin() as session:
        session.add(Enrollment(**kept.model_dump()))
    await comparison.run()
    assert await findings(stack) == {}


async def test_a_run_that_closed_long_ago_settles_its_row(stack: Stack, comparison: Comparison) -> None:
    run = await stack.enroll("patient")
    await run.handle.terminate("an older database says that it runs")
    await comparison.run()
    assert ((await run.row()).status, (await run.row()).outcome) == ("ended", "terminated")
